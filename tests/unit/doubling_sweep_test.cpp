// When a table is looked through for what can be forgotten.
#include "server/doubling_sweep.hpp"

#include <map>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::chrono_literals;

class DoublingSweepTest : public ::testing::Test {
 protected:
  // One more entry after another, and how often all of them were looked through.
  std::size_t grow(DoublingSweep& sweep, int entries) {
    std::size_t sweeps = 0;
    for (int i = 0; i < entries; ++i) {
      bool looked = false;
      sweep.run(table_, now_, [&](const auto& entry) {
        looked = true;
        return entry.second;
      });
      if (looked) ++sweeps;
      table_.emplace(next_++, idle_);
    }
    return sweeps;
  }

  std::map<int, bool> table_;  // whether each is idle
  bool idle_ = false;
  int next_ = 0;
  core::Time now_ = core::Time(1h);
};

TEST_F(DoublingSweepTest, FewEntriesAreLeftAlone) {
  DoublingSweep sweep(100);
  idle_ = true;
  EXPECT_EQ(grow(sweep, 100), 0u);
  EXPECT_EQ(grow(sweep, 1), 1u);
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(DoublingSweepTest, EntriesThatAreAllInUseAreLookedThroughEachTimeTheyHaveDoubled) {
  DoublingSweep sweep(100);
  EXPECT_EQ(grow(sweep, 1'601), 5u) << "at 100, 200, 400, 800, 1600";
  EXPECT_EQ(table_.size(), 1'601u);
}

TEST_F(DoublingSweepTest, WhatIsIdleIsForgottenHoweverLongItGoesOn) {
  DoublingSweep sweep(100);
  idle_ = true;
  EXPECT_EQ(grow(sweep, 10'000), 99u);
  EXPECT_LE(table_.size(), 100u);
}

TEST_F(DoublingSweepTest, WhereTheTableCannotDoubleAnyMoreItIsLookedThroughOnceASecond) {
  DoublingSweep sweep(100, 150);
  EXPECT_EQ(grow(sweep, 1'000), 1u) << "at 100";
  now_ += DoublingSweep::kInterval;
  EXPECT_EQ(grow(sweep, 1'000), 1u);
  now_ += DoublingSweep::kInterval - 1ns;
  EXPECT_EQ(grow(sweep, 1'000), 0u);
}

}  // namespace
}  // namespace server
