// How often a password may be tried.
#include "server/attempts.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::chrono_literals;

using Answer = Attempts::Answer;

core::Address address(const std::string& host) {
  return *core::Address::parse(host + ":4000");
}

const core::Time kNow = core::Time(1h);

TEST(Attempts, SoManyAMinuteForOneAccountFromOneAddress) {
  Attempts attempts(3);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow), Answer::kTaken);
  }
  EXPECT_EQ(attempts.take("ALICE", address("192.0.2.1"), kNow), Answer::kTooMany);
  EXPECT_EQ(attempts.take("bob", address("192.0.2.1"), kNow), Answer::kTaken);
  EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow + 20s), Answer::kTaken);
}

TEST(Attempts, AStrangerDoesNotUseUpThoseOfTheOwner) {
  Attempts attempts(3);
  for (int i = 0; i < 1'000; ++i) attempts.take("alice", address("192.0.2.1"), kNow);
  EXPECT_EQ(attempts.take("alice", address("192.0.2.2"), kNow), Answer::kTaken);
}

TEST(Attempts, MoreAMinuteForAnAddressWhateverItTries) {
  Attempts attempts(3);
  for (std::size_t i = 0; i < 3 * Attempts::kOfAddress; ++i) {
    EXPECT_EQ(attempts.take("nick" + std::to_string(i), address("192.0.2.1"), kNow),
              Answer::kTaken);
  }
  EXPECT_EQ(attempts.take("carol", address("192.0.2.1"), kNow), Answer::kTooManyOfAddress);
  EXPECT_EQ(attempts.take("carol", address("192.0.2.2"), kNow), Answer::kTaken);
}

TEST(Attempts, MoreAMinuteForAnAccountFromWherever) {
  Attempts attempts(3);
  for (std::size_t i = 0; i < 3 * Attempts::kOfAccount; ++i) {
    EXPECT_EQ(attempts.take("alice", address("192.0.2." + std::to_string(i)), kNow),
              Answer::kTaken);
  }
  EXPECT_EQ(attempts.take("alice", address("192.0.2.99"), kNow), Answer::kTooManyOfAccount);
  EXPECT_EQ(attempts.take("bob", address("192.0.2.99"), kNow), Answer::kTaken);
  EXPECT_EQ(attempts.take("alice", core::Address(), kNow), Answer::kTaken)
      << "who is trusted is counted apart";
}

TEST(Attempts, WhereNoAccountIsNamedTheAddressHasFewer) {
  Attempts attempts(3);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(attempts.take({}, address("192.0.2.1"), kNow), Answer::kTaken);
  }
  EXPECT_EQ(attempts.take({}, address("192.0.2.1"), kNow), Answer::kTooManyOfAddress);
  EXPECT_EQ(attempts.take({}, address("192.0.2.2"), kNow), Answer::kTaken);
}

TEST(Attempts, ACustomerOfIpv6IsOneWhateverAddressItPicks) {
  Attempts attempts(1);
  EXPECT_EQ(attempts.take("alice", address("[2001:db8::1]"), kNow), Answer::kTaken);
  EXPECT_EQ(attempts.take("alice", address("[2001:db8::2]"), kNow), Answer::kTooMany);
  EXPECT_EQ(attempts.take("alice", address("[2001:db8:0:1::1]"), kNow), Answer::kTaken);
}

TEST(Attempts, WhatIsRefusedCostsNothing) {
  Attempts attempts(1);
  EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow), Answer::kTaken);
  const std::size_t remembered = attempts.remembered();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow), Answer::kTooMany);
  }
  EXPECT_EQ(attempts.remembered(), remembered);
  for (const char* const account : {"bob", "carol", "dave"}) {
    EXPECT_EQ(attempts.take(account, address("192.0.2.1"), kNow), Answer::kTaken);
  }
  EXPECT_EQ(attempts.take("erin", address("192.0.2.1"), kNow), Answer::kTooManyOfAddress);
}

TEST(Attempts, AnAddressThatIsNoneIsLimitedForEachAccountOnly) {
  Attempts attempts(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(attempts.take({}, core::Address(), kNow), Answer::kTaken);
    EXPECT_EQ(attempts.take("nick" + std::to_string(i), core::Address(), kNow), Answer::kTaken);
  }
  EXPECT_EQ(attempts.take("nick0", core::Address(), kNow), Answer::kTooMany);
}

TEST(Attempts, ZeroIsNoLimitAndAnotherOneHoldsAtOnce) {
  Attempts attempts(0);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow), Answer::kTaken);
  }
  attempts.set_per_minute(1);
  EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow), Answer::kTaken);
  EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow), Answer::kTooMany);
}

TEST(Attempts, TheOldOnesAreForgotten) {
  Attempts attempts(5);
  core::Time now = kNow;
  for (int i = 0; i < 20'000; ++i) {
    now += 1s;
    attempts.take("nick" + std::to_string(i), address("192.0.2.1"), now);
  }
  EXPECT_LE(attempts.remembered(), 2048u);
}

// Names as long as lines, none of them old.
TEST(Attempts, NoMoreAreRememberedThanMayBe) {
  Attempts attempts(5);
  const std::string tail(4'000, 'x');
  Answer answer = Answer::kTaken;
  for (int i = 0; answer == Answer::kTaken && i < 200'000; ++i) {
    answer = attempts.take(std::to_string(i) + tail, core::Address(), kNow);
  }
  EXPECT_EQ(answer, Answer::kTooManyAtAll);
  EXPECT_LE(attempts.remembered(), Attempts::kRememberedMost);
  EXPECT_EQ(attempts.take("alice", address("192.0.2.1"), kNow + 1min), Answer::kTaken);
}

}  // namespace
}  // namespace server
