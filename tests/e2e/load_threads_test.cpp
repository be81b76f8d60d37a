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

  Server server_{{"--loops", "2", "--set", "limits.max_lag=64KiB"}};
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
