// Sending by the schedule.
#include "client/load/pacer.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"

namespace load {

Pacer::Pacer(SendTarget& target, double messages_per_second, std::int64_t start_ns)
    : target_(target),
      all_(target.senders_of_all()),
      period_ns_(1e9 / messages_per_second),
      start_ns_(start_ns),
      issued_(target.senders()),
      is_behind_(target.senders()) {
  HUBBUB_ASSERT(messages_per_second > 0 && target.senders() > 0);
  for (std::size_t sender = 0; sender < target.senders(); ++sender) {
    numbers_.push_back(target.number_of(sender));
  }
}

std::int64_t Pacer::due_ns_of_all(std::uint64_t message) const {
  return start_ns_ + std::llround(static_cast<double>(message) * period_ns_);
}

std::int64_t Pacer::due_ns(std::uint64_t message) const {
  const std::uint64_t round = message / numbers_.size();
  return due_ns_of_all(round * all_ + numbers_[message % numbers_.size()]);
}

std::uint64_t Pacer::due_of_all_by(std::int64_t now_ns) const {
  if (now_ns < start_ns_) return 0;
  auto due = static_cast<std::uint64_t>(static_cast<double>(now_ns - start_ns_) / period_ns_);
  while (due_ns_of_all(due) <= now_ns) ++due;  // rounding, at most a step either way
  while (due > 0 && due_ns_of_all(due - 1) > now_ns) --due;
  return due;
}

std::uint64_t Pacer::due_by(std::int64_t now_ns) const {
  const std::uint64_t due = due_of_all_by(now_ns);
  const auto in_this_round = std::lower_bound(numbers_.begin(), numbers_.end(), due % all_);
  return due / all_ * numbers_.size() +
         static_cast<std::uint64_t>(in_this_round - numbers_.begin());
}

// Of the first `due` messages, those of one sender.
std::uint64_t Pacer::due_of(std::size_t sender, std::uint64_t due) const {
  return (due + issued_.size() - 1 - sender) / issued_.size();
}

bool Pacer::catch_up(std::size_t sender) {
  const std::uint64_t due = due_of(sender, next_);
  std::uint64_t& issued = issued_[sender];
  while (issued < due) {
    switch (target_.send(sender, due_ns(issued * issued_.size() + sender))) {
      case Sent::kYes:
        ++issued;
        break;
      case Sent::kLater:
        return false;
      case Sent::kNever:
        absent_ += due - issued;
        issued = due;
        break;
    }
  }
  return true;
}

std::int64_t Pacer::advance(std::int64_t now_ns) {
  const std::uint64_t due = due_by(now_ns);
  const std::uint64_t burst = std::min<std::uint64_t>(due - std::min(due, next_), kBurstMost);
  for (const std::uint64_t end = next_ + burst; next_ < end; ++next_) {
    const std::size_t sender = next_ % issued_.size();
    if (is_behind_[sender]) continue;
    const std::int64_t intended_ns = due_ns(next_);
    switch (target_.send(sender, intended_ns)) {
      case Sent::kYes:
        lateness_.record(static_cast<std::uint64_t>(now_ns - intended_ns));
        ++issued_[sender];
        break;
      case Sent::kNever:
        ++absent_;
        ++issued_[sender];
        break;
      case Sent::kLater:
        is_behind_[sender] = true;
        behind_.push_back(sender);
        break;
    }
  }
  std::erase_if(behind_, [this](std::size_t sender) {
    if (!catch_up(sender)) return false;
    is_behind_[sender] = false;
    return true;
  });
  const std::int64_t next_ns = next_ < due ? now_ns : due_ns(next_);
  return behind_.empty() ? next_ns : std::min(next_ns, now_ns + kRetryNs);
}

std::uint64_t Pacer::blocked() const {
  std::uint64_t count = 0;
  for (const std::size_t sender : behind_) count += due_of(sender, next_) - issued_[sender];
  return count;
}

std::uint64_t Pacer::overdue(std::int64_t now_ns) const {
  const std::uint64_t due = due_by(now_ns);
  return due > next_ ? due - next_ : 0;
}

}  // namespace load
