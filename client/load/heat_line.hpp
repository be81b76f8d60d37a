// HeatLine: the latencies of the last while in a few columns, one for each interval.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace load {

// A higher block is a greater latency. The scale is logarithmic, two powers of two to a block, and
// has the least that is shown at its foot, so that a line stays low as long as nothing happens and
// a tail of a hundred times shows at once. Keeps the newest kMost.
class HeatLine {
 public:
  static constexpr std::size_t kMost = 200;

  // A latency in nanoseconds; 0: nothing arrived, which shows as a blank.
  void add(std::uint64_t latency_ns);

  // The newest, the last one at the right: at most so many columns. UTF-8.
  std::string draw(std::size_t columns) const;

 private:
  std::deque<std::uint64_t> latencies_;
};

}  // namespace load
