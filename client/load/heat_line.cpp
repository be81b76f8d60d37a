// U+2581 to U+2588, the lower eighths of a block.
#include "client/load/heat_line.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace load {

void HeatLine::add(std::uint64_t latency_ns) {
  if (latencies_.size() == kMost) latencies_.pop_front();
  latencies_.push_back(latency_ns);
}

std::string HeatLine::draw(std::size_t columns) const {
  constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t count = std::min(columns, latencies_.size());
  const auto begin = latencies_.end() - static_cast<std::ptrdiff_t>(count);
  std::uint64_t least = 0;
  for (auto one = begin; one != latencies_.end(); ++one) {
    if (*one != 0 && (least == 0 || *one < least)) least = *one;
  }
  std::string line;
  for (auto one = begin; one != latencies_.end(); ++one) {
    if (*one == 0) {
      line += ' ';
      continue;
    }
    const double powers = std::log2(static_cast<double>(*one) / static_cast<double>(least));
    line += kBlocks[std::min(static_cast<std::size_t>(powers / 2), kBlocks.size() - 1)];
  }
  return line;
}

}  // namespace load
