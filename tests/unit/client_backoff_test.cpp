// How long a client waits before it connects again.
#include <set>

#include <gtest/gtest.h>

#include "client/terminal/backoff.hpp"

namespace client {
namespace {

using namespace std::chrono_literals;

TEST(ClientBackoff, TheFirstWaitIsShortAndDiffersBetweenClients) {
  std::set<core::Duration> waits;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    const core::Duration wait = Backoff(seed).next();
    EXPECT_GE(wait, 1s);
    EXPECT_LE(wait, 3s);
    waits.insert(wait);
  }
  EXPECT_GT(waits.size(), 90u);
}

TEST(ClientBackoff, WaitsGrowToTheMostAndNeverBeyond) {
  core::Duration longest{};
  Backoff backoff(7);
  for (int i = 0; i < 1000; ++i) {
    const core::Duration wait = backoff.next();
    EXPECT_GE(wait, Backoff::kLeast);
    EXPECT_LE(wait, Backoff::kMost);
    longest = std::max(longest, wait);
  }
  EXPECT_GT(longest, 20s);
}

TEST(ClientBackoff, AfterSuccessItBeginsAnew) {
  Backoff backoff(7);
  for (int i = 0; i < 100; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), 3s);
}

}  // namespace
}  // namespace client
