// Pace: how long who sends too fast has to wait, and when it is too much.
#include "server/pace.hpp"

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::chrono_literals;

class PaceTest : public ::testing::Test {
 protected:
  PaceTest() {
    limits_.input_rate = 10;
    limits_.input_burst = 5;
    limits_.input_patience = 10s;
  }

  void line() { pace_.charge(limits_, now_, 1, 0); }
  core::Duration wait() const { return pace_.wait(limits_, now_); }
  bool exhausted() const { return pace_.exhausted(limits_, now_); }

  Config::Limits limits_;
  Pace pace_;
  core::Time now_ = core::Time{} + 1h;
};

TEST_F(PaceTest, ABurstDoesNotWaitAndWhatFollowsIsPaced) {
  for (int i = 0; i < 5; ++i) {
    line();
    EXPECT_EQ(wait(), 0s) << i;
  }
  line();
  EXPECT_EQ(wait(), 100ms);
  now_ += 100ms;
  EXPECT_EQ(wait(), 0s);
  line();
  EXPECT_EQ(wait(), 100ms);
}

TEST_F(PaceTest, BytesCostAsWell) {
  pace_.charge(limits_, now_, 0, 6 * Pace::kBytesPerToken);
  EXPECT_EQ(wait(), 100ms);
}

TEST_F(PaceTest, APauseFillsTheBucketAgainAndNotBeyond) {
  for (int i = 0; i < 6; ++i) line();
  now_ += 1h;
  for (int i = 0; i < 5; ++i) line();
  EXPECT_EQ(wait(), 0s);
  line();
  EXPECT_EQ(wait(), 100ms);
}

TEST_F(PaceTest, WhoNeverPausesExhaustsThePatience) {
  for (int i = 0; i < 200 && !exhausted(); ++i) {
    line();
    now_ += wait();
    if (i < 90) {
      ASSERT_FALSE(exhausted()) << i;
    }
    line();
  }
  EXPECT_TRUE(exhausted());
}

TEST_F(PaceTest, WhoPausesNowAndThenIsNeverSentAway) {
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 20; ++j) line();
    EXPECT_GT(wait(), 0s);
    EXPECT_FALSE(exhausted());
    now_ += 3s;
  }
}

TEST_F(PaceTest, ZeroIsNoLimit) {
  limits_.input_rate = 0;
  for (int i = 0; i < 100'000; ++i) line();
  EXPECT_EQ(wait(), 0s);
  limits_.input_rate = 10;
  limits_.input_patience = 0s;
  for (int i = 0; i < 1000; ++i) line();
  now_ += 99s;
  EXPECT_GT(wait(), 0s);
  EXPECT_FALSE(exhausted());
}

}  // namespace
}  // namespace server
