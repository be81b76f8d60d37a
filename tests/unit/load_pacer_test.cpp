// The open loop's schedule, with a target that writes down what it is asked to send.
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/pacer.hpp"

namespace load {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 5 * kSecond;

class Recorder final : public SendTarget {
 public:
  explicit Recorder(std::size_t senders) : senders_(senders) {}

  std::size_t senders() const override { return senders_; }
  Sent send(std::size_t sender, std::int64_t intended_ns) override {
    if (gone.contains(sender)) return Sent::kNever;
    if (blocked.contains(sender)) return Sent::kLater;
    sent[sender].push_back(intended_ns);
    ++count;
    return Sent::kYes;
  }

  std::map<std::size_t, std::vector<std::int64_t>> sent;
  std::set<std::size_t> blocked;
  std::set<std::size_t> gone;
  std::size_t count = 0;

 private:
  std::size_t senders_;
};

TEST(Pacer, SendsTheFirstMessageAtTheStart) {
  Recorder target(1);
  Pacer pacer(target, 10, kStart);
  EXPECT_EQ(pacer.advance(kStart - 1), kStart);
  EXPECT_EQ(target.count, 0U);
  EXPECT_EQ(pacer.advance(kStart), kStart + kSecond / 10);
  EXPECT_EQ(target.count, 1U);
}

TEST(Pacer, KeepsTheRateOverTime) {
  Recorder target(7);
  Pacer pacer(target, 1234.5, kStart);
  std::int64_t now = kStart;
  while (now < kStart + 20 * kSecond) now = pacer.advance(now);
  EXPECT_NEAR(static_cast<double>(target.count), 1234.5 * 20, 2);
}

TEST(Pacer, SpreadsMessagesEvenlyOverSendersOutOfStep) {
  Recorder target(4);
  Pacer pacer(target, 400, kStart);
  pacer.advance(kStart + kSecond - 1);
  for (std::size_t sender = 0; sender < 4; ++sender) {
    const std::vector<std::int64_t>& times = target.sent[sender];
    ASSERT_EQ(times.size(), 100U);
    EXPECT_EQ(times.front(), kStart + static_cast<std::int64_t>(sender) * kSecond / 400);
    for (std::size_t i = 1; i < times.size(); ++i)
      EXPECT_EQ(times[i] - times[i - 1], kSecond / 100);
  }
}

TEST(Pacer, IntendsTheScheduledTimeHoweverLateItIs) {
  Recorder target(1);
  Pacer pacer(target, 100, kStart);
  pacer.advance(kStart + kSecond / 2);
  ASSERT_EQ(target.sent[0].size(), 51U);
  EXPECT_EQ(target.sent[0][3], kStart + 3 * kSecond / 100);
  EXPECT_EQ(pacer.lateness().max(), static_cast<std::uint64_t>(kSecond) / 2);
}

TEST(Pacer, SendsAtMostOneBurstAtOnceAndAsksToBeCalledAgain) {
  Recorder target(1);
  Pacer pacer(target, 1e6, kStart);
  const std::int64_t now = kStart + kSecond;
  EXPECT_EQ(pacer.advance(now), now);
  EXPECT_EQ(target.count, Pacer::kBurstMost);
  while (pacer.advance(now) == now) continue;
  EXPECT_EQ(target.count, 1'000'001U);
}

TEST(Pacer, LetsBlockedSenderHoldUpNobodyElse) {
  Recorder target(2);
  target.blocked = {0};
  Pacer pacer(target, 100, kStart);
  pacer.advance(kStart + kSecond - 1);
  EXPECT_EQ(target.sent[0].size(), 0U);
  EXPECT_EQ(target.sent[1].size(), 50U);
  EXPECT_EQ(pacer.blocked(), 50U);
  EXPECT_EQ(pacer.overdue(kStart + kSecond - 1), 0U);
}

TEST(Pacer, RetriesBlockedSenderSoonAndCatchesUpWithItsIntendedTimes) {
  Recorder target(2);
  target.blocked = {0};
  Pacer pacer(target, 100, kStart);
  const std::int64_t now = kStart + kSecond - 1;
  EXPECT_LE(pacer.advance(now), now + Pacer::kRetryNs);
  target.blocked.clear();
  pacer.advance(now);
  ASSERT_EQ(target.sent[0].size(), 50U);
  EXPECT_EQ(target.sent[0].front(), kStart);
  EXPECT_EQ(target.sent[0].back(), kStart + 98 * kSecond / 100);
  EXPECT_EQ(pacer.blocked(), 0U);
  pacer.advance(kStart + 2 * kSecond - 1);
  EXPECT_EQ(target.sent[0].size(), 100U);
}

TEST(Pacer, DoesNotCallBlockedSendersLateness) {
  Recorder target(1);
  target.blocked = {0};
  Pacer pacer(target, 100, kStart);
  pacer.advance(kStart);
  target.blocked.clear();
  pacer.advance(kStart + kSecond / 200);
  EXPECT_EQ(target.count, 1U);
  EXPECT_TRUE(pacer.lateness().empty());
}

TEST(Pacer, PassesOverSenderThatIsGone) {
  Recorder target(2);
  target.gone = {1};
  Pacer pacer(target, 100, kStart);
  pacer.advance(kStart + kSecond - 1);
  EXPECT_EQ(target.sent[0].size(), 50U);
  EXPECT_EQ(pacer.blocked(), 0U);
  EXPECT_EQ(pacer.absent(), 50U);
}

TEST(Pacer, AccountsForEveryMessageThatWasDue) {
  Recorder target(3);
  target.blocked = {0, 1};
  Pacer pacer(target, 300, kStart);
  pacer.advance(kStart + kSecond - 1);
  EXPECT_EQ(pacer.absent(), 0U);
  target.blocked = {0};
  target.gone = {1};
  pacer.advance(kStart + 2 * kSecond - 1);
  EXPECT_EQ(target.count, 200U);
  EXPECT_EQ(pacer.blocked(), 200U);
  EXPECT_EQ(pacer.absent(), 200U) << "also what it could not send before it went";
  EXPECT_EQ(pacer.overdue(kStart + 2 * kSecond - 1), 0U);
}

TEST(Pacer, CountsWhatItHadNoTurnToSendAsOverdue) {
  Recorder target(1);
  const Pacer pacer(target, 1000, kStart);
  EXPECT_EQ(pacer.overdue(kStart + kSecond), 1001U);
  EXPECT_EQ(pacer.overdue(kStart - 1), 0U);
  EXPECT_EQ(pacer.blocked(), 0U);
}

TEST(Pacer, BearsToBeAskedForAnEarlierTime) {
  Recorder target(1);
  Pacer pacer(target, 1000, kStart);
  pacer.advance(kStart + kSecond);
  pacer.advance(kStart);
  EXPECT_EQ(target.count, 1001U);
  EXPECT_EQ(pacer.overdue(kStart), 0U);
}

// Of a target of which each thread has a share of the senders.
class SharedRecorder final : public SendTarget {
 public:
  SharedRecorder(std::vector<std::size_t> numbers, std::size_t all)
      : numbers_(std::move(numbers)), all_(all) {}

  std::size_t senders() const override { return numbers_.size(); }
  std::size_t senders_of_all() const override { return all_; }
  std::size_t number_of(std::size_t sender) const override { return numbers_[sender]; }
  Sent send(std::size_t sender, std::int64_t intended_ns) override {
    sent[numbers_[sender]].push_back(intended_ns);
    return Sent::kYes;
  }

  std::map<std::size_t, std::vector<std::int64_t>> sent;

 private:
  std::vector<std::size_t> numbers_;
  std::size_t all_;
};

TEST(Pacer, OfSeveralThreadsKeepsTheScheduleOfOne) {
  Recorder one(7);
  Pacer single(one, 1234.5, kStart);
  SharedRecorder first({0, 3, 6}, 7);
  SharedRecorder second({1, 2, 4, 5}, 7);
  Pacer a(first, 1234.5, kStart);
  Pacer b(second, 1234.5, kStart);
  std::uint64_t overdue = 0;
  for (std::int64_t now = kStart - 5; now < kStart + 3 * kSecond; now += 1'234'567) {
    overdue = single.overdue(now);
    EXPECT_EQ(a.overdue(now) + b.overdue(now), overdue);
    for (Pacer* const pacer : {&single, &a, &b}) pacer->advance(now);
  }
  std::map<std::size_t, std::vector<std::int64_t>> all = first.sent;
  all.insert(second.sent.begin(), second.sent.end());
  EXPECT_EQ(all, one.sent);
}

TEST(Pacer, OfAThreadIsCalledAgainWhenItsOwnNextMessageIsDue) {
  SharedRecorder target({2}, 4);
  Pacer pacer(target, 4, kStart);
  EXPECT_EQ(pacer.advance(kStart), kStart + kSecond / 2);
  EXPECT_EQ(pacer.advance(kStart + kSecond / 2), kStart + kSecond / 2 + kSecond);
  EXPECT_EQ(target.sent[2].size(), 1U);
}

}  // namespace
}  // namespace load
