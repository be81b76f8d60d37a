// Latencies over time in one line.
#include <gtest/gtest.h>

#include "client/load/heat_line.hpp"

namespace load {
namespace {

std::string drawn(std::initializer_list<std::uint64_t> latencies, std::size_t columns = 80) {
  HeatLine line;
  for (const std::uint64_t latency : latencies) line.add(latency);
  return line.draw(columns);
}

TEST(HeatLine, IsLowWhereNothingHappens) {
  EXPECT_EQ(drawn({}), "");
  EXPECT_EQ(drawn({1000, 1100, 1900, 1000}), "▁▁▁▁");
}

TEST(HeatLine, RisesABlockForFourTimesTheLatency) {
  EXPECT_EQ(drawn({1000, 4000, 16'000, 64'000}), "▁▂▃▄");
  EXPECT_EQ(drawn({1000, 1'000'000'000'000}), "▁█") << "no further than the top";
}

TEST(HeatLine, AnIntervalWithoutAnyIsBlank) {
  EXPECT_EQ(drawn({1000, 0, 1000}), "▁ ▁");
  EXPECT_EQ(drawn({0, 0}), "  ");
}

TEST(HeatLine, ShowsTheNewestThatFit) {
  EXPECT_EQ(drawn({1'000'000, 1000, 16'000}, 2), "▁▃") << "and scales to these";
  EXPECT_EQ(drawn({1000}, 0), "");
  HeatLine line;
  for (std::size_t i = 0; i < HeatLine::kMost + 10; ++i) line.add(1000);
  EXPECT_EQ(line.draw(1000).size(), HeatLine::kMost * 3);
}

}  // namespace
}  // namespace load
