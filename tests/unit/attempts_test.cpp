// How often a password may be tried.
#include "server/attempts.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::chrono_literals;

core::Address address(const std::string& host) {
  return *core::Address::parse(host + ":4000");
}

const core::Time kNow = core::Time(1h);

TEST(Attempts, SoManyAMinuteForAnAccountWhoeverTries) {
  Attempts attempts(3);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(attempts.take("alice", address("192.0.2." + std::to_string(i)), kNow));
  }
  EXPECT_FALSE(attempts.take("ALICE", address("192.0.2.4"), kNow));
  EXPECT_TRUE(attempts.take("bob", address("192.0.2.4"), kNow));
  EXPECT_TRUE(attempts.take("alice", address("192.0.2.5"), kNow + 20s));
}

TEST(Attempts, SoManyAMinuteForAnAddressWhateverItTries) {
  Attempts attempts(3);
  for (const char* const account : {"alice", "bob", ""}) {
    EXPECT_TRUE(attempts.take(account, address("192.0.2.1"), kNow));
  }
  EXPECT_FALSE(attempts.take("carol", address("192.0.2.1"), kNow));
  EXPECT_TRUE(attempts.take("carol", address("192.0.2.2"), kNow));
}

TEST(Attempts, ACustomerOfIpv6IsOneWhateverAddressItPicks) {
  Attempts attempts(1);
  EXPECT_TRUE(attempts.take("alice", address("[2001:db8::1]"), kNow));
  EXPECT_FALSE(attempts.take("bob", address("[2001:db8::2]"), kNow));
  EXPECT_TRUE(attempts.take("bob", address("[2001:db8:0:1::1]"), kNow));
}

TEST(Attempts, WhatIsRefusedCostsNothing) {
  Attempts attempts(1);
  EXPECT_TRUE(attempts.take("alice", address("192.0.2.1"), kNow));
  EXPECT_FALSE(attempts.take("bob", address("192.0.2.1"), kNow));
  EXPECT_TRUE(attempts.take("bob", address("192.0.2.2"), kNow));
}

TEST(Attempts, AnAddressThatIsNoneIsNotCounted) {
  Attempts attempts(1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(attempts.take({}, core::Address(), kNow));
}

TEST(Attempts, ZeroIsNoLimitAndAnotherOneHoldsAtOnce) {
  Attempts attempts(0);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(attempts.take("alice", address("192.0.2.1"), kNow));
  attempts.set_per_minute(1);
  EXPECT_TRUE(attempts.take("alice", address("192.0.2.1"), kNow));
  EXPECT_FALSE(attempts.take("alice", address("192.0.2.1"), kNow));
}

TEST(Attempts, TheOldOnesAreForgotten) {
  Attempts attempts(5);
  core::Time now = kNow;
  for (int i = 0; i < 20'000; ++i) {
    now += 1s;
    attempts.take("nick" + std::to_string(i), core::Address(), now);
  }
  EXPECT_LE(attempts.remembered(), 2048u);
}

}  // namespace
}  // namespace server
