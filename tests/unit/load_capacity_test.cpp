// Whether so many connections can be had is said before the first is.
#include <string>

#include <gtest/gtest.h>

#include "client/load/capacity.hpp"

namespace load {
namespace {

constexpr Capacity kUsual{.descriptors = 20'000, .ports_per_source = 28'232};
constexpr Capacity kLarge{.descriptors = 2'000'000, .ports_per_source = 28'232};

Options idle(std::size_t clients, const char* address = "127.0.0.1:7777") {
  Options options;
  options.scenario = ScenarioKind::kIdle;
  options.clients = clients;
  options.address = *core::Address::parse(address);
  return options;
}

#define EXPECT_SAYS(words, sentence) \
  EXPECT_NE((sentence).value_or("").find(words), std::string::npos) << (sentence).value_or("")

TEST(LoadCapacity, IsEnoughForWhatFits) {
  EXPECT_FALSE(too_many(idle(19'900), kUsual));
  EXPECT_FALSE(too_many(idle(28'232), kLarge));
}

TEST(LoadCapacity, OfDescriptorsIsNamedWithWhatHelps) {
  const auto sentence = too_many(idle(30'000), kUsual);
  EXPECT_SAYS("30,000 clients need 30,036 descriptors, and this process may have 20,000", sentence);
  EXPECT_SAYS("RLIMIT_NOFILE", sentence);
  EXPECT_SAYS("ulimit -n 30036", sentence);
  EXPECT_SAYS("2 testers of 15,000 clients", sentence);
}

TEST(LoadCapacity, OfDescriptorsIsLessWithMoreThreads) {
  Options options = idle(19'960);
  EXPECT_FALSE(too_many(options, kUsual));
  options.threads = 4;
  EXPECT_TRUE(too_many(options, kUsual));
}

TEST(LoadCapacity, WithHardlyADescriptorIsNotDividedAmongTesters) {
  EXPECT_SAYS("and this process may have 20", too_many(idle(100), {20, 28'232}));
}

TEST(LoadCapacity, OfPortsIsNamedWithWhatHelps) {
  const auto sentence = too_many(idle(100'000, "192.0.2.1:7777"), kLarge);
  EXPECT_SAYS("100,000 clients from 1 address", sentence);
  EXPECT_SAYS("192.0.2.1:7777: 28,232 for each address", sentence);
  EXPECT_SAYS("ip_local_port_range", sentence);
  EXPECT_SAYS("Name 4 addresses of this machine, each with --source", sentence);
}

TEST(LoadCapacity, OfPortsGrowsWithTheSources) {
  Options options = idle(100'000);
  for (const char* const source : {"127.0.0.1:0", "127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0"}) {
    options.sources.push_back(*core::Address::parse(source));
  }
  EXPECT_FALSE(too_many(options, kLarge));
  options.sources.pop_back();
  EXPECT_TRUE(too_many(options, kLarge));
}

TEST(LoadCapacity, OfPortsIsWhatTheKernelSays) {
  EXPECT_GT(local_ports(), 1'000U);
  EXPECT_LE(local_ports(), 65'536U);
}

}  // namespace
}  // namespace load
