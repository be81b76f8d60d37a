// What the log and the metrics hear of those who are refused.
#include "server/refusals.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/captured_log.hpp"

namespace server {
namespace {

using namespace std::chrono_literals;

std::size_t lines(const core::support::CapturedLog& log) {
  const std::string text = log.text();
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class RefusalsTest : public ::testing::Test {
 protected:
  void note(Cause cause) { refusals_.note(cause, "192.0.2.1:4000", "for a reason", now_); }

  core::support::CapturedLog log_;
  Refusals refusals_;
  core::Time now_ = core::Time{} + 1h;
};

TEST_F(RefusalsTest, EachIsOneLineWithItsCauseAndAddress) {
  note(Cause::kIdle);
  EXPECT_TRUE(log_.has("refused cause=idle address=192.0.2.1:4000 why=\"for a reason\"\n"))
      << log_.text();
  EXPECT_EQ(lines(log_), 1U);
}

TEST_F(RefusalsTest, EachIsCountedByItsCause) {
  for (int i = 0; i < 3; ++i) note(Cause::kFull);
  for (int i = 0; i < 1000; ++i) note(Cause::kTooFast);
  Refusals::Counts expected{};
  expected[static_cast<std::size_t>(Cause::kFull)] = 3;
  expected[static_cast<std::size_t>(Cause::kTooFast)] = 1000;
  EXPECT_EQ(refusals_.counts(), expected);
}

TEST_F(RefusalsTest, ManyAtOnceAreSoManyLinesAndTheNextSaysHowManyWereLeftOut) {
  for (int i = 0; i < 1000; ++i) note(Cause::kProxyHeader);
  EXPECT_EQ(lines(log_), LogLimiter::kRate.burst);
  EXPECT_FALSE(log_.has("suppressed="));
  now_ += LogLimiter::kRate.interval;
  for (int i = 0; i < 1000; ++i) note(Cause::kProxyHeader);
  EXPECT_EQ(lines(log_), LogLimiter::kRate.burst + 1);
  EXPECT_TRUE(log_.has("suppressed=980\n")) << log_.text();
}

TEST_F(RefusalsTest, WhyIsQuotedSoThatNobodysWordsPassForALineOfTheLog) {
  refusals_.note(Cause::kEnded, "192.0.2.1:4000", "spam\" address=192.0.2.9\n\x1b[2J", now_);
  EXPECT_TRUE(
      log_.has("refused cause=ended address=192.0.2.1:4000 "
               "why=\"spam\\\" address=192.0.2.9\\u000a\\u001b[2J\"\n"))
      << log_.text();
  EXPECT_EQ(lines(log_), 1U);
}

TEST_F(RefusalsTest, OneCauseDoesNotSilenceAnother) {
  for (int i = 0; i < 1000; ++i) note(Cause::kFull);
  note(Cause::kWrongProtocol);
  EXPECT_TRUE(log_.has("refused cause=wrong_protocol "));
}

}  // namespace
}  // namespace server
