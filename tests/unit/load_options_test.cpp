// The command line of hubbub-load, and the assertions on it.
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/options.hpp"

namespace load {
namespace {

using Parsed = std::variant<Options, ExitRequest>;

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "hubbub-load");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options accepted(const std::vector<const char*>& arguments) {
  const Parsed parsed = parse(arguments);
  if (const auto* exit = std::get_if<ExitRequest>(&parsed)) {
    ADD_FAILURE() << exit->text;
    return {};
  }
  return std::get<Options>(parsed);
}

// The message for the user.
std::string refused(const std::vector<const char*>& arguments) {
  const Parsed parsed = parse(arguments);
  const auto* exit = std::get_if<ExitRequest>(&parsed);
  if (exit == nullptr) return "it was accepted";
  EXPECT_EQ(exit->status, kCouldNotRun);
  EXPECT_TRUE(exit->to_stderr);
  return exit->text;
}

#define EXPECT_REFUSED(words, ...) \
  EXPECT_NE(refused({__VA_ARGS__}).find(words), std::string::npos) << refused({__VA_ARGS__})

TEST(LoadOptions, HaveDefaults) {
  const Options echo = accepted({"echo"});
  EXPECT_EQ(echo.scenario, ScenarioKind::kEcho);
  EXPECT_EQ(echo.address.to_string(), "127.0.0.1:7007");
  EXPECT_EQ(echo.clients, 100U);
  EXPECT_EQ(echo.window, 1U);
  EXPECT_EQ(echo.rate, Options::kRateDefault);
  EXPECT_EQ(echo.size, 64U);
  const Options broadcast = accepted({"broadcast"});
  EXPECT_EQ(broadcast.scenario, ScenarioKind::kBroadcast);
  EXPECT_EQ(broadcast.address.to_string(), "127.0.0.1:7777");
  EXPECT_EQ(broadcast.publishers, 1U);
  EXPECT_EQ(broadcast.room, "#load");
}

TEST(LoadOptions, TakeEveryValue) {
  const Options options = accepted({"broadcast",  "--connect", "127.0.0.2:9",
                                    "--clients",  "1000",      "--publishers",
                                    "7",          "--rate",    "2.5",
                                    "--duration", "30s",       "--warmup",
                                    "500ms",      "--drain",   "1min",
                                    "--size",     "1KiB",      "--server-pid",
                                    "42",         "--room",    "#x",
                                    "--json",     "out.json",  "--quiet",
                                    "--assert",   "p99<5ms",   "--server-metrics",
                                    "[::1]:9777"});
  EXPECT_EQ(options.address.to_string(), "127.0.0.2:9");
  EXPECT_EQ(options.clients, 1000U);
  EXPECT_EQ(options.publishers, 7U);
  EXPECT_EQ(options.rate, 2.5);
  EXPECT_EQ(options.duration, std::chrono::seconds(30));
  EXPECT_EQ(options.warmup, std::chrono::milliseconds(500));
  EXPECT_EQ(options.drain, std::chrono::minutes(1));
  EXPECT_EQ(options.size, 1024U);
  EXPECT_EQ(options.server_pid, 42);
  EXPECT_EQ(options.server_metrics, core::Address::parse("[::1]:9777"));
  EXPECT_EQ(options.room, "#x");
  EXPECT_EQ(options.json, "out.json");
  EXPECT_TRUE(options.quiet);
  ASSERT_EQ(options.assertions.size(), 1U);
}

TEST(LoadOptions, TakeAssertionsTogetherAndOneByOne) {
  EXPECT_EQ(accepted({"echo", "--assert", "p99<5ms", "lost==0"}).assertions.size(), 2U);
  EXPECT_EQ(accepted({"echo", "--assert", "p99<5ms", "--assert", "lost==0"}).assertions.size(), 2U);
}

TEST(LoadOptions, HaveDefaultsForRooms) {
  const Options rooms = accepted({"rooms", "--clients", "200"});
  EXPECT_EQ(rooms.rooms, 10U);
  EXPECT_EQ(rooms.zipf, 1.0);
  EXPECT_EQ(rooms.overlap, 1U);
  EXPECT_EQ(rooms.publishers, 20U);
  EXPECT_EQ(accepted({"churn"}).rooms, 1U);
  EXPECT_EQ(accepted({"idle"}).publishers, 10U);
  EXPECT_EQ(accepted({"slow", "--clients", "50"}).stalled, 5U);
  EXPECT_EQ(accepted({"slow", "--stalled", "7"}).stalled, 7U);
  EXPECT_EQ(accepted({"slow", "--stalled", "30%"}).stalled, 30U);
}

TEST(LoadOptions, SpreadManyClientsOverLoopbackAddresses) {
  EXPECT_TRUE(accepted({"echo", "--clients", "25000"}).sources.empty());
  const Options many = accepted({"echo", "--clients", "60000"});
  ASSERT_EQ(many.sources.size(), 3U);
  EXPECT_EQ(many.sources[2].to_string(), "127.0.0.3:0");
  EXPECT_TRUE(accepted({"echo", "--clients", "60000", "--connect", "192.0.2.1:7"}).sources.empty());
}

TEST(LoadOptions, TakeThreads) {
  EXPECT_EQ(accepted({"echo"}).threads, 1U);
  EXPECT_EQ(accepted({"broadcast", "--threads", "3"}).threads, 3U);
  const std::size_t all = accepted({"broadcast", "--threads", "auto"}).threads;
  EXPECT_GE(all, 1U);
  EXPECT_LE(all, 64U);
  EXPECT_LE(accepted({"echo", "--clients", "1", "--threads", "auto"}).threads, 1U);
  EXPECT_REFUSED("--threads takes a number from 1 to 64", "echo", "--threads", "0");
  EXPECT_REFUSED("--threads takes a number from 1 to 64", "echo", "--threads", "many");
  EXPECT_REFUSED("2 clients are too few for 3 threads", "echo", "--clients", "2", "--threads", "3");
}

TEST(LoadOptions, TakeSources) {
  const Options options = accepted({"echo", "--source", "127.0.0.9", "--source", "127.0.0.10"});
  ASSERT_EQ(options.sources.size(), 2U);
  EXPECT_EQ(options.sources[0].to_string(), "127.0.0.9:0");
  EXPECT_REFUSED("--source", "echo", "--source", "localhorst");
  EXPECT_REFUSED("--source", "echo", "--source", "::1");
}

TEST(LoadOptions, TakeSizesThatDiffer) {
  const Options options = accepted({"rooms", "--size", "64:9,1KiB:1"});
  EXPECT_EQ(options.size, 1024U);
  EXPECT_EQ(options.sizes->least(), 64U);
  EXPECT_REFUSED("all messages have one size", "echo", "--size", "64-128");
  EXPECT_REFUSED("--size", "rooms", "--size", "64-");
}

TEST(LoadOptions, RefuseRoomsThatCannotBe) {
  EXPECT_REFUSED("--rooms is not for the broadcast scenario", "broadcast", "--rooms", "3");
  EXPECT_REFUSED("--churn is not for the rooms scenario", "rooms", "--churn", "3");
  EXPECT_REFUSED("nobody can be in 3 of 2 rooms", "rooms", "--rooms", "2", "--overlap", "3");
  EXPECT_REFUSED("too few for 60 rooms", "rooms", "--rooms", "60");
  EXPECT_REFUSED("--zipf", "rooms", "--zipf", "-1");
  EXPECT_REFUSED("leave none", "slow", "--stalled", "100%");
  EXPECT_REFUSED("--stalled", "slow", "--stalled", "101%");
  EXPECT_REFUSED("give a --rate", "churn", "--window", "5");
  EXPECT_REFUSED("among the idle", "idle", "--publishers", "1");
}

TEST(LoadOptions, RefuseMissingOrUnknownScenario) {
  EXPECT_REFUSED("a scenario is missing");
  EXPECT_REFUSED("no scenario 'flood'", "flood");
}

TEST(LoadOptions, RefuseValuesThatAreNone) {
  EXPECT_REFUSED("--clients", "echo", "--clients", "0");
  EXPECT_REFUSED("--clients", "echo", "--clients", "12x");
  EXPECT_REFUSED("--clients", "echo", "--clients", "-1");
  EXPECT_REFUSED("--rate", "echo", "--rate", "0");
  EXPECT_REFUSED("--rate", "echo", "--rate", "nan");
  EXPECT_REFUSED("--rate", "echo", "--rate", "fast");
  EXPECT_REFUSED("--window", "echo", "--window", "0");
  EXPECT_REFUSED("--duration", "echo", "--duration", "5");
  EXPECT_REFUSED("--duration", "echo", "--duration", "0s");
  EXPECT_REFUSED("--size", "echo", "--size", "31");
  EXPECT_REFUSED("--size", "echo", "--size", "2MiB");
  EXPECT_REFUSED("--connect", "echo", "--connect", "example.org:7");
  EXPECT_REFUSED("--connect", "echo", "--connect", "127.0.0.1:0");
  EXPECT_REFUSED("--room", "broadcast", "--room", "load");
  EXPECT_REFUSED("--room", "broadcast", "--room", "#a b");
  EXPECT_REFUSED("--room", "broadcast", "--room", "#a\r\n/quit");
  EXPECT_REFUSED("--server-pid", "echo", "--server-pid", "me");
}

TEST(LoadOptions, AcceptTheSmallestMessage) {
  EXPECT_EQ(accepted({"echo", "--size", "32"}).size, 32U);
}

TEST(LoadOptions, RefuseBothLoopsAtOnce) {
  EXPECT_REFUSED("exclude each other", "echo", "--rate", "5", "--window", "5");
}

TEST(LoadOptions, RefuseWhatBelongsToTheOtherScenario) {
  EXPECT_REFUSED("--publishers is not for", "echo", "--publishers", "2");
  EXPECT_REFUSED("--room is not for", "echo", "--room", "#x");
  EXPECT_REFUSED("--dialect is not for", "echo", "--dialect", "redis");
}

TEST(LoadOptions, ConnectWhereServersOfTheDialectListen) {
  EXPECT_EQ(accepted({"echo"}).dialect, "echo");
  EXPECT_EQ(accepted({"broadcast"}).dialect, "chat");
  EXPECT_EQ(accepted({"broadcast", "--dialect", "redis"}).address.port(), 6379);
  EXPECT_EQ(accepted({"broadcast", "--dialect", "nats"}).address.port(), 4222);
  EXPECT_EQ(accepted({"broadcast", "--dialect", "irc"}).address.port(), 6667);
}

TEST(LoadOptions, RefuseWhatTheDialectCannotSay) {
  EXPECT_REFUSED("no dialect 'smtp'; there are chat, redis, nats and irc", "broadcast", "--dialect",
                 "smtp");
  EXPECT_REFUSED("in irc a text has at most", "broadcast", "--dialect", "irc", "--size", "500");
}

TEST(LoadOptions, RefuseTopologiesThatCannotBe) {
  EXPECT_REFUSED("at least 2 clients", "broadcast", "--clients", "1");
  EXPECT_REFUSED("11 publishers are more than 10 clients", "broadcast", "--clients", "10",
                 "--publishers", "11");
  EXPECT_REFUSED("more pairs than can be followed", "broadcast", "--clients", "10000",
                 "--publishers", "10000");
  EXPECT_REFUSED("more messages outstanding", "broadcast", "--clients", "1000", "--publishers",
                 "1000", "--window", "65536");
}

TEST(LoadOptions, RefuseAssertionOnServerWithoutItsProcess) {
  EXPECT_REFUSED("needs --server-pid", "echo", "--assert", "server_cpu<50%");
  EXPECT_REFUSED("needs --server-metrics", "echo", "--assert", "server_deliveries_per_send>8");
  EXPECT_REFUSED("such as 127.0.0.1:9777, not 'monitor:9777'", "echo", "--server-metrics",
                 "monitor:9777");
  EXPECT_REFUSED("--server-metrics takes", "echo", "--server-metrics", "127.0.0.1:0");
  EXPECT_EQ(accepted({"echo", "--server-pid", "1", "--assert", "server_cpu<50%"}).assertions.size(),
            1U);
}

TEST(LoadOptions, RefuseUnknownMetricAndListThoseThereAre) {
  EXPECT_REFUSED("no metric is called 'p98'", "echo", "--assert", "p98<5ms");
  EXPECT_REFUSED("throughput, ", "echo", "--assert", "p98<5ms");
}

TEST(LoadOptions, RefuseUnknownOption) {
  EXPECT_REFUSED("--fast", "echo", "--fast");
}

TEST(LoadOptions, PrintVersionAndHelp) {
  const Parsed version = parse({"--version"});
  ASSERT_TRUE(std::holds_alternative<ExitRequest>(version));
  EXPECT_EQ(std::get<ExitRequest>(version).status, kRan);
  EXPECT_EQ(std::get<ExitRequest>(version).text, "hubbub-load " HUBBUB_VERSION "\n");
  const Parsed help = parse({"--help"});
  ASSERT_TRUE(std::holds_alternative<ExitRequest>(help));
  EXPECT_EQ(std::get<ExitRequest>(help).status, kRan);
  EXPECT_NE(std::get<ExitRequest>(help).text.find("broadcast"), std::string::npos);
}

Result result_with_latencies() {
  Result result;
  result.seconds = 2;
  result.window.completed = 3000;
  for (std::uint64_t i = 0; i < 100; ++i) result.latency.record(4'000'000);
  return result;
}

bool holds(std::string_view text) {
  return Assertion::parse(text).holds(result_with_latencies());
}

TEST(Assertion, ComparesTimesWithDurations) {
  EXPECT_TRUE(holds("p99<5ms"));
  EXPECT_FALSE(holds("p99<3ms"));
  EXPECT_TRUE(holds("p50 >= 3999us"));
}

TEST(Assertion, ComparesRatesAndCountsWithNumbers) {
  EXPECT_TRUE(holds("throughput>1499.5"));
  EXPECT_FALSE(holds("throughput>1500"));
  EXPECT_TRUE(holds("lost==0"));
}

TEST(Assertion, KnowsEveryComparison) {
  EXPECT_TRUE(holds("throughput==1500"));
  EXPECT_FALSE(holds("throughput!=1500"));
  EXPECT_TRUE(holds("throughput<=1500"));
  EXPECT_TRUE(holds("throughput>=1500"));
  EXPECT_FALSE(holds("throughput<1500"));
  EXPECT_FALSE(holds("throughput>1500"));
}

TEST(Assertion, ComparesSharesWithPercentages) {
  Result result = result_with_latencies();
  result.tester_cpu.total_ns = 1'000'000'000;
  EXPECT_TRUE(Assertion::parse("tester_cpu<=50%").holds(result));
  EXPECT_TRUE(Assertion::parse("tester_cpu<=0.5").holds(result));
  EXPECT_FALSE(Assertion::parse("tester_cpu<50%").holds(result));
}

TEST(Assertion, DoesNotHoldForMetricWithoutValue) {
  EXPECT_FALSE(holds("spread_p99<1h"));
  EXPECT_FALSE(holds("spread_p99>0"));
}

TEST(Assertion, RefusesWhatItDoesNotUnderstand) {
  for (const std::string_view text :
       {"", "p99", "p99<", "<5ms", "p99=5ms", "p99<>5ms", "p99<5", "p99<5 ms", "p99<-5ms",
        "lost==none", "lost==1e3", "lost==1x", "server_rss<5ms", "p99<5ms extra", "P99<5ms"}) {
    EXPECT_THROW(static_cast<void>(Assertion::parse(text)), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace load
