// The search for the highest rate that holds, against servers whose limit is known.
#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
#include "client/load/knee.hpp"

namespace load {
namespace {

TEST(KneeSearch, FindsTheLimitToWithinTenPercent) {
  for (const double limit : {1.0, 99.0, 100.0, 1234.0, 5e6}) {
    KneeSearch search(100);
    int probes = 0;
    while (const auto rate = search.next()) {
      ASSERT_LT(++probes, 80);
      search.tried(*rate <= limit);
    }
    EXPECT_LE(search.best(), limit);
    EXPECT_GT(search.best() * KneeSearch::kNear, limit);
  }
}

TEST(KneeSearch, GivesUpWhereNothingHolds) {
  KneeSearch search(100);
  int probes = 0;
  while (search.next()) {
    ASSERT_LT(++probes, 80);
    search.tried(false);
  }
  EXPECT_EQ(search.best(), 0);
}

TEST(KneeSearch, EndsWhereEverythingHolds) {
  KneeSearch search(100);
  int probes = 0;
  while (search.next()) {
    ASSERT_LT(++probes, 80);
    search.tried(true);
  }
  EXPECT_GT(search.best(), Options::kRateMost / 2);
}

TEST(KneeSearch, IsNotMisledByOneFailure) {
  KneeSearch search(100);
  int probes = 0;
  while (const auto rate = search.next()) {
    ASSERT_LT(++probes, 80);
    search.tried(*rate <= 1000 && probes != 2);
  }
  EXPECT_GT(search.best() * KneeSearch::kNear, 1000);
}

class Knees : public testing::Test {
 protected:
  void SetUp() override {
    options.scenario = ScenarioKind::kKnee;
    options.rate = 100;
    options.assertions = {Assertion::parse("p99<5ms")};
  }

  // A server that answers in a millisecond up to its limit, and in ten beyond.
  std::unique_ptr<Result> run(const Options& probe) {
    auto result = std::make_unique<Result>();
    result->seconds = 1;
    result->total.sent = static_cast<std::uint64_t>(*probe.rate);
    result->latency.record(*probe.rate <= limit ? 1'000'000 : 10'000'000);
    if (*probe.rate > tester_limit) result->overdue = result->total.sent / 2;
    if (++runs == interrupted_at) result->interrupted_while = "measuring";
    return result;
  }
  std::unique_ptr<Result> find() {
    const auto one = [this](const Options& probe) { return run(probe); };
    return find_knee(options, one, [](const Knee::Probe&) {});
  }

  Options options;
  double limit = 3000;
  double tester_limit = 1e12;
  int runs = 0;
  int interrupted_at = 0;
};

TEST_F(Knees, AreWhereTheAssertionsStopHolding) {
  const auto result = find();
  EXPECT_LE(result->knee->rate, 3000);
  EXPECT_GT(result->knee->rate, 2700);
  EXPECT_EQ(result->total.sent, static_cast<std::uint64_t>(result->knee->rate)) << "the best probe";
  EXPECT_EQ(exit_status(options, *result), kRan);
  EXPECT_TRUE(warnings(options, *result).empty());
}

TEST_F(Knees, MayBeAssertedThemselves) {
  options.assertions.push_back(Assertion::parse("knee>2000"));
  EXPECT_EQ(exit_status(options, *find()), kRan);
  limit = 1000;
  EXPECT_EQ(exit_status(options, *find()), kAssertionFailed);
}

TEST_F(Knees, SayWhenTheTesterWasTheBottleneck) {
  tester_limit = 1000;
  const auto result = find();
  EXPECT_LE(result->knee->rate, 1000);
  ASSERT_EQ(warnings(options, *result).size(), 1U);
  EXPECT_NE(warnings(options, *result)[0].find("the tester was the bottleneck"), std::string::npos);
}

TEST_F(Knees, DoubtFailuresOfTesterThatHadNoTimeLeft) {
  const auto busy = [this](const Options& probe) {
    auto result = run(probe);
    result->threads.resize(1);
    result->threads[0].cpu.total_ns = *probe.rate > limit ? 950'000'000 : 100'000'000;
    return result;
  };
  const auto result = find_knee(options, busy, [](const Knee::Probe&) {});
  EXPECT_NE(warnings(options, *result)[0].find("the tester was the bottleneck"), std::string::npos);
}

TEST_F(Knees, FailWhereNothingHolds) {
  limit = 0;
  EXPECT_EQ(exit_status(options, *find()), kAssertionFailed);
}

TEST_F(Knees, EndWithTheRunThatIsInterrupted) {
  interrupted_at = 3;
  const std::unique_ptr<Result> found = find();
  EXPECT_EQ(runs, 3);
  EXPECT_TRUE(found->interrupted());
  EXPECT_EQ(found->knee->probes.size(), 2U) << "what was cut short tells nothing of its rate";
  EXPECT_EQ(found->knee->rate, 200);
  EXPECT_EQ(exit_status(options, *found), kCouldNotRun);
}

TEST_F(Knees, ThatAreInterruptedBeforeARateWasTriedSaySo) {
  interrupted_at = 1;
  const std::unique_ptr<Result> found = find();
  ASSERT_FALSE(warnings(options, *found).empty());
  EXPECT_EQ(warnings(options, *found)[0], "interrupted while measuring: the search was not over");
  EXPECT_EQ(exit_status(options, *found), kCouldNotRun);
}

}  // namespace
}  // namespace load
