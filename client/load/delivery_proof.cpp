// The slow path of the proof: gaps, what fills them and what comes twice.
#include "client/load/delivery_proof.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace load {

Deliveries& Deliveries::operator+=(const Deliveries& other) {
  expected += other.expected;
  received += other.received;
  lost += other.lost;
  duplicated += other.duplicated;
  reordered += other.reordered;
  excused += other.excused;
  return *this;
}

DeliveryProof::DeliveryProof(std::size_t pairs, std::size_t gaps_most)
    : next_(pairs), gaps_most_(gaps_most) {
  HUBBUB_ASSERT(pairs <= kPairsMost);
}

Arrival DeliveryProof::arrived_in_disorder(std::size_t pair, std::uint32_t sequence,
                                           std::uint32_t sent) {
  if (sequence >= sent) {
    ++never_sent_;
    return Arrival::kNeverSent;
  }
  std::uint32_t& next = next_[pair];
  if (!begins_.empty() && next == begins_[pair] && sequence < next) {
    begins_[pair] = sequence;  // the first that arrives
    next = sequence + 1;
    return Arrival::kEarly;
  }
  Disorder& disorder = disorders_[pair];
  if (sequence > next) {
    add_gap(disorder, {next, sequence});
    next = sequence + 1;
    return Arrival::kAfterGap;
  }
  if (fill_gap(disorder, sequence)) {
    ++disorder.reordered;
    return Arrival::kReordered;
  }
  ++disorder.duplicated;
  return Arrival::kDuplicate;
}

void DeliveryProof::add_gap(Disorder& disorder, Gap gap) {
  std::vector<Gap>& gaps = disorder.gaps;
  if (gaps_ == gaps_most_) {
    const Gap oldest = gaps.empty() ? gap : gaps.front();
    disorder.given_up += oldest.end - oldest.begin;
    if (gaps.empty()) return;
    gaps.erase(gaps.begin());
    --gaps_;
  }
  gaps.push_back(gap);
  ++gaps_;
}

void DeliveryProof::insert_rest(Disorder& disorder, std::vector<Gap>::iterator at, Gap rest) {
  if (gaps_ == gaps_most_) {
    disorder.given_up += rest.end - rest.begin;
    return;
  }
  disorder.gaps.insert(at, rest);
  ++gaps_;
}

bool DeliveryProof::fill_gap(Disorder& disorder, std::uint32_t sequence) {
  std::vector<Gap>& gaps = disorder.gaps;
  const auto gap =
      std::upper_bound(gaps.begin(), gaps.end(), sequence,
                       [](std::uint32_t value, const Gap& g) { return value < g.end; });
  if (gap == gaps.end() || sequence < gap->begin) return false;
  const Gap after{sequence + 1, gap->end};
  gap->end = sequence;
  if (gap->begin == gap->end) {
    if (after.begin == after.end) {
      gaps.erase(gap);
      --gaps_;
    } else {
      *gap = after;
    }
  } else if (after.begin != after.end) {
    insert_rest(disorder, gap + 1, after);
  }
  return true;
}

Deliveries DeliveryProof::deliveries(std::size_t pair, std::uint32_t end) const {
  const std::uint32_t next = next_[pair];
  if (next == kNothing) return {};
  end = std::max(end, next);
  Deliveries result;
  result.expected = end - begin(pair);
  result.lost = end - next;
  const auto disorder = disorders_.find(pair);
  if (disorder != disorders_.end()) {
    result.lost += disorder->second.given_up;
    for (const Gap& gap : disorder->second.gaps) result.lost += gap.end - gap.begin;
    result.duplicated = disorder->second.duplicated;
    result.reordered = disorder->second.reordered;
  }
  result.received = result.expected - result.lost;
  if (!ends_.empty()) result.excused = begins_[pair] - std::min(begins_[pair], ends_[pair]);
  return result;
}

void DeliveryProof::expect_stays() {
  if (!begins_.empty()) return;
  begins_.resize(next_.size());
  ends_.resize(next_.size());
}

void DeliveryProof::leave(std::size_t pair, std::uint32_t end) {
  expect_stays();
  if (next_[pair] != kNothing) ends_[pair] = std::max(end, next_[pair]);
}

std::uint32_t DeliveryProof::excused_since(std::size_t pair, std::uint32_t sent) const {
  return ends_.empty() ? 0 : sent - std::min(sent, ends_[pair]);
}

void DeliveryProof::come(std::size_t pair) {
  expect_stays();
  begins_[pair] = next_[pair] = kNothing;
  const auto disorder = disorders_.find(pair);
  if (disorder == disorders_.end()) return;
  gaps_ -= disorder->second.gaps.size();
  disorders_.erase(disorder);
}

void DeliveryProof::settle(std::size_t pair, std::uint32_t begin) {
  if (next_[pair] == kNothing) begins_[pair] = next_[pair] = begin;
}

}  // namespace load
