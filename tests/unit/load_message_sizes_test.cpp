// Sizes of messages by distribution.
#include <map>
#include <string_view>

#include <gtest/gtest.h>

#include "client/load/message_sizes.hpp"

namespace load {
namespace {

std::map<std::size_t, int> count(const MessageSizes& sizes) {
  std::map<std::size_t, int> counts;
  for (std::uint32_t sender = 0; sender < 10; ++sender) {
    for (std::uint32_t sequence = 0; sequence < 10'000; ++sequence) {
      ++counts[sizes.of(sender, sequence)];
    }
  }
  return counts;
}

TEST(MessageSizes, AreAllAlikeWhereOneIsGiven) {
  const auto sizes = MessageSizes::parse("1KiB", 32, 4096);
  ASSERT_TRUE(sizes.has_value());
  EXPECT_TRUE(sizes->is_fixed());
  EXPECT_EQ(count(*sizes), (std::map<std::size_t, int>{{1024, 100'000}}));
}

TEST(MessageSizes, AreSpreadEvenlyOverRange) {
  const auto sizes = MessageSizes::parse("64-1KiB", 32, 4096);
  ASSERT_TRUE(sizes.has_value());
  EXPECT_EQ(sizes->least(), 64U);
  EXPECT_EQ(sizes->most(), 1024U);
  double sum = 0;
  for (const auto& [size, times] : count(*sizes)) sum += static_cast<double>(size) * times;
  EXPECT_NEAR(sum / 100'000, (64 + 1024) / 2.0, 10);
}

TEST(MessageSizes, HaveTheSharesThatAreGiven) {
  const auto sizes = MessageSizes::parse("64:3,256:1", 32, 4096);
  ASSERT_TRUE(sizes.has_value());
  const auto counts = count(*sizes);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_NEAR(counts.at(64), 75'000, 1000);
}

TEST(MessageSizes, AreRefusedWhereTheyMakeNoSense) {
  for (const std::string_view text : {"", "31", "5000", "64-", "-64", "64-64", "128-64", "64-8192",
                                      "64:0", "64:", "64:1,", "64:1,128", "x", "64:1,31:1"}) {
    EXPECT_FALSE(MessageSizes::parse(text, 32, 4096).has_value()) << text;
  }
}

}  // namespace
}  // namespace load
