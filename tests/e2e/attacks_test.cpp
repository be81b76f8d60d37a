// Under attack: while strangers do their worst, two people talk. Every line of theirs arrives, in
// order; the server stays within its memory; and when it is over, nothing of it is left.
#include "tests/e2e/attacks.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// What an attack may cost beside what was there: thousands of connections, what they are owed, and
// the allocator's and the sanitizer's slack.
constexpr std::size_t kGrowthMost = kSanitized ? 256 << 20 : 96 << 20;
constexpr Duration kAttackTime = 2s;

std::vector<std::string> arguments_for(const Attack& attack) {
  std::vector<std::string> arguments = {"--listen", "metrics=127.0.0.1:0", "--set",
                                        "limits.trusted=127.0.0.1"};
  for (const std::string_view setting : attack.settings) {
    arguments.insert(arguments.end(), {"--set", std::string(setting)});
  }
  return arguments;
}

class UnderAttack : public ::testing::TestWithParam<Attack> {
 protected:
  // What the other says next must be this.
  static void expect_next(Person& reader, const std::string& from, const std::string& text) {
    ASSERT_EQ(reader.sees("<" + from + ">"), "#lobby <" + from + "> " + text);
  }

  void talk_once() {
    const std::string text = "line " + std::to_string(++lines_);
    alice_.say(text);
    expect_next(bob_, "alice", text);
    bob_.say(text);
    expect_next(alice_, "bob", text);
    peak_ = std::max(peak_, server_.process().resident_bytes());
  }

  void talk_during_the_attack() {
    std::atomic<bool> over = false;
    std::jthread attacker([&] { GetParam().run(target_, over); });
    const auto end = Clock::now() + kAttackTime;
    try {
      while (Clock::now() < end && !HasFatalFailure()) talk_once();
    } catch (const Failure& failure) {
      ADD_FAILURE() << failure.what();
    }
    over = true;
  }

  std::string metrics() const {
    return Client(Way(target_.metrics, 1, "GET /metrics HTTP/1.1\r\n\r\n")).read_to_end();
  }

  Server server_{arguments_for(GetParam())};
  Target target_{server_.chat_port(), server_.echo_port(), server_.port_of("metrics")};
  Person alice_ = server_.person("alice");
  Person bob_ = server_.person("bob");
  std::size_t descriptors_ = server_.process().descriptors();
  std::size_t before_ = server_.process().resident_bytes();
  std::size_t peak_ = 0;
  std::size_t lines_ = 0;
};

TEST_P(UnderAttack, PeopleTalkOnAndNothingOfItRemains) {
  talk_during_the_attack();
  ASSERT_FALSE(HasFailure()) << "after " << lines_ << " lines each; the log:\n" << server_.log();
  EXPECT_LT(peak_ - std::min(peak_, before_), kGrowthMost);

  // Thousands wait in the kernel still to be let in, and to be found gone.
  const auto alone = [&] {
    alice_.say("are they gone?");  // what is sent to them finds out
    expect_next(bob_, "alice", "are they gone?");
    alice_.say("/who #lobby");
    return any_contains(alice_.settle(), "-- 2 in #lobby");
  };
  EXPECT_TRUE(wait_until(alone, 120s)) << "attackers are left in the room";
  EXPECT_TRUE(wait_until([&] { return server_.process().descriptors() == descriptors_; }))
      << server_.process().descriptors() << " descriptors, and " << descriptors_ << " before";
  talk_once();
  EXPECT_FALSE(server_.person("carol").ask("/time").empty());
  const std::string page = metrics();
  EXPECT_TRUE(contains(page, "\nhubbub_contained_exceptions_total{loop=\"0\"} 0\n")) << page;
  EXPECT_FALSE(contains(server_.log(), "exception")) << server_.log();
  EXPECT_LT(server_.log().size(), 64U << 10) << "an attack can fill the log";
  EXPECT_FALSE(contains(server_.log(), "address=::/64")) << "who has gone counts as somebody";
}

INSTANTIATE_TEST_SUITE_P(E2e, UnderAttack, ::testing::ValuesIn(attacks().begin(), attacks().end()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace e2e
