// Buckets: how often a value stayed below each of a few bounds, and the greatest one; what a
// monitoring system calls a histogram.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace core {

// A plain value, copied and added up across threads by whoever collects. `kBounds` ascend.
template <auto kBounds>
class Buckets {
 public:
  void add(std::int64_t value) {
    const auto bound = std::upper_bound(kBounds.begin(), kBounds.end(), value);
    ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
    sum_ += value;
    most_ = std::max(most_, value);
  }
  void add(const Buckets& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
    most_ = std::max(most_, other.most_);
  }

  static constexpr const auto& bounds() { return kBounds; }
  // Values below the bound of that index.
  std::uint64_t below(std::size_t index) const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= index; ++i) count += counts_[i];
    return count;
  }
  std::uint64_t count() const { return below(kBounds.size()); }
  std::int64_t sum() const { return sum_; }
  std::int64_t most() const { return most_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  std::int64_t sum_ = 0;
  std::int64_t most_ = 0;
};

// In nanoseconds: below a tenth of a millisecond, one, ten and a hundred.
using PassTimes = Buckets<std::array<std::int64_t, 4>{100'000, 1'000'000, 10'000'000, 100'000'000}>;

}  // namespace core
