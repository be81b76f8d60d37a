// hubbub-load on several threads against a server with several loops, and what it says where there
// is no room for its connections.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/process.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

std::string address(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

TEST(LoadLimits, AreSaidBeforeAnythingIsConnected) {
  const Outcome outcome = run({"prlimit", "--nofile=200:200", program("HUBBUB_LOAD"), "idle",
                               "--clients", "300", "--connect", "127.0.0.1:1"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.errors, "300 clients need 336 descriptors")) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, "this process may have 200")) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, "RLIMIT_NOFILE")) << outcome.errors;
}

// An unused user's limit of tasks: root has none. Some threads start, and a later one cannot.
TEST(LoadLimits, OfThreadsAreSaidAndNothingRunsOn) {
  const std::vector<std::string> limited = {"setpriv", "--reuid=54321", "--clear-groups",
                                            "prlimit", "--nproc=4:4",   program("HUBBUB_LOAD")};
  std::vector<std::string> asking = limited;
  asking.emplace_back("--version");
  if (run(asking).status != 0) GTEST_SKIP() << "cannot become another user";
  std::vector<std::string> starting = limited;
  starting.insert(starting.end(), {"idle", "--clients", "64", "--threads", "16", "--connect",
                                   "127.0.0.1:1", "--quiet"});
  const Outcome outcome = run(starting);
  EXPECT_EQ(outcome.status, 2) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, "hubbub-load: cannot start thread ")) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, " of 16: Resource temporarily unavailable"))
      << outcome.errors;
}

// A server with two loops, and testers with several threads.
class LoadThreads : public ::testing::Test {
 protected:
  static Outcome run_load(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("HUBBUB_LOAD"));
    arguments.insert(arguments.end(), {"--threads", "3", "--warmup", "200ms", "--duration", "1s",
                                       "--quiet", "--json", "-"});
    return run(arguments);
  }
  // The first number behind a key of the JSON.
  static std::uint64_t number(const Outcome& outcome, const std::string& key) {
    const std::string before = "\"" + key + "\": ";
    const std::size_t at = outcome.output.find(before);
    if (at != std::string::npos) return std::stoull(outcome.output.substr(at + before.size()));
    ADD_FAILURE() << "there is no " << key << " in:\n" << outcome.output << outcome.errors;
    return 0;
  }
  static void expect_clean(const Outcome& outcome) {
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    for (const char* const fault :
         {"lost", "duplicated", "reordered", "unexpected", "corrupted", "closed", "away"}) {
      EXPECT_EQ(number(outcome, fault), 0U) << fault << "\n" << outcome.errors;
    }
    EXPECT_EQ(number(outcome, "expected"), number(outcome, "received"));
  }

  Server server_{
      {"--loops", "2", "--set", "limits.max_lag=64KiB", "--listen", "metrics=127.0.0.1:0"}};
};

TEST_F(LoadThreads, CountEveryDeliveryOfABroadcastExactlyOnce) {
  const Outcome outcome = run_load({"broadcast", "--connect", address(server_.chat_port()),
                                    "--clients", "200", "--publishers", "7", "--window", "2"});
  expect_clean(outcome);
  EXPECT_GT(number(outcome, "sent"), 10U);
  EXPECT_EQ(number(outcome, "received"), number(outcome, "sent") * 199);
  EXPECT_EQ(number(outcome, "connected"), 200U);
  EXPECT_EQ(number(outcome, "stalls"), 0U);
}

TEST_F(LoadThreads, AskTheServerHowManySendsItsDeliveriesTook) {
  const Outcome outcome =
      run_load({"broadcast", "--connect", address(server_.chat_port()), "--clients", "50",
                "--window", "16", "--server-metrics", address(server_.port_of("metrics"))});
  expect_clean(outcome);
  const std::uint64_t deliveries = number(outcome, "server_deliveries");
  EXPECT_GT(deliveries, number(outcome, "received") / 4);
  EXPECT_LE(deliveries, number(outcome, "received"));
  EXPECT_GT(number(outcome, "server_sends"), 49U);
  EXPECT_LE(number(outcome, "server_sends"), deliveries + 1000) << "and answers about metrics";
  EXPECT_GE(number(outcome, "server_deliveries_per_send"), 1U);
  EXPECT_GT(number(outcome, "server_send_size_bytes"), 64U);
}

TEST_F(LoadThreads, ProveDeliveryToPeopleWhoComeAndGo) {
  const Outcome outcome =
      run_load({"churn", "--connect", address(server_.chat_port()), "--clients", "60", "--rooms",
                "5", "--overlap", "2", "--rate", "200", "--churn", "40"});
  expect_clean(outcome);
  EXPECT_GT(number(outcome, "returned"), 10U);
}

TEST_F(LoadThreads, AreAllBackAfterStorm) {
  const Outcome outcome = run_load(
      {"storm", "--connect", address(server_.chat_port()), "--clients", "100", "--rate", "200"});
  expect_clean(outcome);
  EXPECT_EQ(number(outcome, "returned"), 100U);
}

TEST_F(LoadThreads, GetEveryEchoBack) {
  const Outcome outcome = run_load({"echo", "--connect", address(server_.echo_port()), "--clients",
                                    "100", "--window", "4", "--assert", "received>1000"});
  expect_clean(outcome);
  EXPECT_EQ(number(outcome, "received"), number(outcome, "sent"));
}

// Bursts that are more than a reader may be behind: it is skipped to the newest, and told so.
TEST_F(LoadThreads, FindWhatAServerLeavesOutAndAgreeWithItOnHowMuch) {
  const Outcome outcome =
      run_load({"broadcast", "--connect", address(server_.chat_port()), "--clients", "30",
                "--publishers", "6", "--window", "64", "--size", "4000", "--assert", "lost==0"});
  EXPECT_EQ(outcome.status, 3) << outcome.errors;
  EXPECT_GT(number(outcome, "lost"), 0U);
  EXPECT_EQ(number(outcome, "lost"), number(outcome, "missed_announced"));
  EXPECT_EQ(number(outcome, "duplicated") + number(outcome, "reordered"), 0U);
}

}  // namespace
}  // namespace e2e
