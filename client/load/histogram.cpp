// What is asked of a histogram once, after everything was recorded.
#include "client/load/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"

namespace load {

double Histogram::mean() const {
  return empty() ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

Histogram& Histogram::operator+=(const Histogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    counts_[bucket] += other.counts_[bucket];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  return *this;
}

Histogram Histogram::operator-(const Histogram& earlier) const {
  Histogram result;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::uint64_t count = counts_[bucket] - earlier.counts_[bucket];
    result.counts_[bucket] = count;
    if (count == 0) continue;
    if (result.count_ == 0) result.min_ = std::max(bucket_begin(bucket), min_);
    result.max_ = std::min(bucket_begin(bucket) + bucket_width(bucket) - 1, max_);
    result.count_ += count;
  }
  result.sum_ = sum_ - earlier.sum_;
  return result;
}

std::uint64_t Histogram::quantile(double fraction) const {
  HUBBUB_ASSERT(fraction >= 0.0 && fraction <= 1.0);
  if (empty()) return 0;
  // The slack keeps 0.9 of ten values at the ninth although 0.9 * 10 is a little more than 9.
  const double rank = std::ceil(fraction * static_cast<double>(count_) * (1 - 1e-12));
  const std::uint64_t wanted =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count_);
  if (wanted == 1) return min_;
  if (wanted == count_) return max_;
  std::uint64_t passed = 0;
  std::size_t bucket = 0;
  while ((passed += counts_[bucket]) < wanted) ++bucket;
  const std::uint64_t middle = bucket_begin(bucket) + bucket_width(bucket) / 2;
  return std::clamp(middle, min_, max_);
}

}  // namespace load
