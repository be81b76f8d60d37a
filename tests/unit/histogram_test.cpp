// The latency histogram against the exact answers, from all values sorted.
#include "client/load/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace load {
namespace {

constexpr double kError = 1.0 / 128;

std::uint64_t exact_quantile(const std::vector<std::uint64_t>& sorted, double fraction) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sorted.size()) - 1e-6));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

void expect_quantiles_near_exact(std::vector<std::uint64_t> values) {
  Histogram histogram;
  for (const std::uint64_t value : values) histogram.record(value);
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto exact = static_cast<double>(exact_quantile(values, fraction));
    EXPECT_NEAR(static_cast<double>(histogram.quantile(fraction)), exact, exact * kError)
        << fraction;
  }
}

TEST(Histogram, AnswersZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.min(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0.0);
  EXPECT_EQ(histogram.quantile(0.5), 0U);
}

TEST(Histogram, GivesSingleValueForEveryQuantile) {
  Histogram histogram;
  histogram.record(123'456'789);
  for (const double fraction : {0.0, 0.5, 0.999, 1.0}) {
    EXPECT_EQ(histogram.quantile(fraction), 123'456'789U) << fraction;
  }
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 100; ++value) histogram.record(value);
  EXPECT_EQ(histogram.quantile(0.0), 0U);
  EXPECT_EQ(histogram.quantile(0.5), 49U);
  EXPECT_EQ(histogram.quantile(0.9), 89U);
  EXPECT_EQ(histogram.quantile(0.99), 98U);
  EXPECT_EQ(histogram.quantile(1.0), 99U);
}

TEST(Histogram, TakesTheNearestRankWhereTheProductIsNotQuiteWhole) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 10; ++value) histogram.record(value);
  EXPECT_EQ(histogram.quantile(0.7), 7U);  // 0.7 * 10 is 7.000000000000001 for a naive ceil
  EXPECT_EQ(histogram.quantile(0.71), 8U);
}

TEST(Histogram, GivesTheFirstAndTheLastValueExactly) {
  Histogram histogram;
  for (const std::uint64_t value : {1'000'003U, 1'000'001U, 1'000'005U}) histogram.record(value);
  EXPECT_EQ(histogram.quantile(0.0), 1'000'001U);
  EXPECT_EQ(histogram.quantile(1.0), 1'000'005U);
}

TEST(Histogram, KeepsCountMinMaxAndMeanExactly) {
  Histogram histogram;
  for (const std::uint64_t value : {1'000'003U, 5U, 77'777U}) histogram.record(value);
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_EQ(histogram.min(), 5U);
  EXPECT_EQ(histogram.max(), 1'000'003U);
  EXPECT_DOUBLE_EQ(histogram.mean(), (1'000'003.0 + 5 + 77'777) / 3);
}

TEST(Histogram, IsNearExactQuantilesOfEvenLatencies) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::uint64_t> even(1'000, 50'000'000);
  std::vector<std::uint64_t> values(100'000);
  for (auto& value : values) value = even(random);
  expect_quantiles_near_exact(values);
}

TEST(Histogram, IsNearExactQuantilesOfLongTailedLatencies) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> skewed(11, 2.5);
  std::vector<std::uint64_t> values(100'000);
  for (auto& value : values) value = static_cast<std::uint64_t>(skewed(random));
  expect_quantiles_near_exact(values);
}

TEST(Histogram, IsNearExactQuantilesOfTwoFarPeaks) {
  std::vector<std::uint64_t> values(9'900, 50'000);
  values.insert(values.end(), 100, 3'000'000'000);
  expect_quantiles_near_exact(values);
}

TEST(Histogram, HoldsValuesOfEverySize) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      const std::uint64_t value = (std::uint64_t{1} << shift) + offset;
      const std::size_t bucket = Histogram::bucket_of(value);
      ASSERT_LT(bucket, Histogram::kBuckets) << value;
      EXPECT_LE(Histogram::bucket_begin(bucket), value);
      EXPECT_LT(value - Histogram::bucket_begin(bucket), Histogram::bucket_width(bucket)) << value;
    }
  }
}

TEST(Histogram, HasBucketsThatFollowOnEachOtherWithoutGap) {
  for (std::size_t bucket = 0; bucket + 1 < Histogram::kBuckets; ++bucket) {
    const std::uint64_t end = Histogram::bucket_begin(bucket) + Histogram::bucket_width(bucket);
    ASSERT_EQ(Histogram::bucket_begin(bucket + 1), end) << bucket;
    ASSERT_EQ(Histogram::bucket_of(end - 1), bucket);
    ASSERT_EQ(Histogram::bucket_of(end), bucket + 1);
  }
  EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), Histogram::kBuckets - 1);
}

TEST(Histogram, HasBucketsNoWiderThanTheirError) {
  for (std::size_t bucket = Histogram::kPerPower; bucket < Histogram::kBuckets; ++bucket) {
    ASSERT_LE(static_cast<double>(Histogram::bucket_width(bucket)),
              static_cast<double>(Histogram::bucket_begin(bucket)) * kError)
        << bucket;
  }
}

TEST(Histogram, AddsAnotherAsIfItHadBeenRecordedHere) {
  Histogram one;
  Histogram other;
  Histogram both;
  for (std::uint64_t value = 1; value < 100'000; value += 37) {
    (value % 2 == 0 ? one : other).record(value * value);
    both.record(value * value);
  }
  one += other;
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.min(), both.min());
  EXPECT_EQ(one.max(), both.max());
  EXPECT_EQ(one.mean(), both.mean());
  EXPECT_EQ(one.quantile(0.99), both.quantile(0.99));
  one += Histogram();
  EXPECT_EQ(one.min(), both.min());
}

TEST(HistogramDeathTest, RefusesFractionsThatAreNone) {
  Histogram histogram;
  EXPECT_DEATH(static_cast<void>(histogram.quantile(99)), "");
}

TEST(Histogram, TellsWhatWasRecordedSinceAnEarlierState) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 1000; ++value) histogram.record(value);
  const Histogram earlier = histogram;
  for (std::uint64_t value = 5000; value < 6000; ++value) histogram.record(value);
  const Histogram since = histogram - earlier;
  EXPECT_EQ(since.count(), 1000U);
  EXPECT_NEAR(static_cast<double>(since.quantile(0.5)), 5500, 5500.0 / 128);
  EXPECT_NEAR(static_cast<double>(since.min()), 5000, 5000.0 / 128);
  EXPECT_EQ(since.max(), 5999U);
  EXPECT_NEAR(since.mean(), 5499.5, 0.01);
  EXPECT_TRUE((histogram - histogram).empty());
}

}  // namespace
}  // namespace load
