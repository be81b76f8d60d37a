// A histogram of latencies in the manner of HdrHistogram: log-linear buckets, so that one array of
// fixed size holds nanoseconds and hours alike with the same relative error.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace load {

// Counts values of any size. Each power of two is cut into 128 buckets, so a bucket's middle is
// within 1/256 of every value in it; values below 128 are exact. The sum wraps after 2^64 (a second
// each for eighteen thousand million values). Not thread-safe; 58 KiB.
class Histogram {
 public:
  static constexpr unsigned kPrecisionBits = 7;
  static constexpr std::size_t kPerPower = std::size_t{1} << kPrecisionBits;
  static constexpr std::size_t kBuckets = (64 - kPrecisionBits + 1) * kPerPower;

  // A few nanoseconds.
  void record(std::uint64_t value) {
    ++counts_[bucket_of(value)];
    ++count_;
    sum_ += value;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }

  // As if all that the other has had been recorded here.
  Histogram& operator+=(const Histogram& other);

  // What was recorded since `earlier`, a former state of this one. Its first and last value are
  // known only as their buckets are.
  Histogram operator-(const Histogram& earlier) const;

  std::uint64_t count() const { return count_; }
  std::uint64_t count_in(std::size_t bucket) const { return counts_[bucket]; }
  bool empty() const { return count_ == 0; }

  // Exact. 0 when empty.
  std::uint64_t min() const { return empty() ? 0 : min_; }
  std::uint64_t max() const { return max_; }
  double mean() const;

  // The value of nearest rank: the smallest that at least `fraction` of all values do not exceed,
  // within 1/256 of it; the first and the last value are exact. 0 when empty.
  std::uint64_t quantile(double fraction) const;

  static constexpr std::size_t bucket_of(std::uint64_t value) {
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    if (bits <= kPrecisionBits) return value;
    const unsigned shift = bits - 1 - kPrecisionBits;
    return shift * kPerPower + (value >> shift);
  }
  // The smallest value of a bucket, and how many values it holds.
  static constexpr std::uint64_t bucket_begin(std::size_t bucket) {
    if (bucket < 2 * kPerPower) return bucket;
    const std::size_t shift = bucket / kPerPower - 1;
    return (bucket - shift * kPerPower) << shift;
  }
  static constexpr std::uint64_t bucket_width(std::size_t bucket) {
    return bucket < 2 * kPerPower ? 1 : std::uint64_t{1} << (bucket / kPerPower - 1);
  }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

}  // namespace load
