// How many nicks may be registered from one address in a day.
#include "server/registrations.hpp"

#include <string>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::chrono_literals;

core::Address address(const std::string& host) {
  return core::Address::parse(host + ":4000").value();
}

TEST(Registrations, SoManyADayFromOneAddress) {
  Registrations registrations(2);
  const core::Time now{};
  EXPECT_TRUE(registrations.take(address("192.0.2.1"), now));
  EXPECT_TRUE(registrations.take(address("192.0.2.1"), now));
  EXPECT_FALSE(registrations.take(address("192.0.2.1"), now));
  EXPECT_TRUE(registrations.take(address("192.0.2.2"), now));
  EXPECT_FALSE(registrations.take(address("192.0.2.1"), now + 11h));
  EXPECT_TRUE(registrations.take(address("192.0.2.1"), now + 12h));
}

TEST(Registrations, WhatNothingCameOfIsGivenBack) {
  Registrations registrations(1);
  EXPECT_TRUE(registrations.take(address("192.0.2.1"), {}));
  registrations.give_back(address("192.0.2.1"), {});
  EXPECT_TRUE(registrations.take(address("192.0.2.1"), {}));
  EXPECT_FALSE(registrations.take(address("192.0.2.1"), {}));
}

TEST(Registrations, OfWhoIsTrustedAndAtZeroThereAreAnyNumber) {
  Registrations registrations(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(registrations.take(core::Address(), {}));
  EXPECT_TRUE(registrations.take(address("[2001:db8::1]"), {}));
  EXPECT_FALSE(registrations.take(address("[2001:db8::2]"), {})) << "one customer";
  registrations.set_per_day(0);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(registrations.take(address("[2001:db8::1]"), {}));
}

}  // namespace
}  // namespace server
