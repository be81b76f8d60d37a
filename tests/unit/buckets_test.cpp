// Counting values into buckets, and adding such counts up.
#include "core/buckets.hpp"

#include <gtest/gtest.h>

namespace core {
namespace {

using Sizes = Buckets<std::array<std::int64_t, 3>{10, 100, 1000}>;

TEST(BucketsTest, AValueCountsBelowEveryBoundThatIsGreater) {
  Sizes sizes;
  for (const std::int64_t value : {0, 9, 10, 99, 100, 5000}) sizes.add(value);
  EXPECT_EQ(sizes.below(0), 2U);
  EXPECT_EQ(sizes.below(1), 4U);
  EXPECT_EQ(sizes.below(2), 5U);
  EXPECT_EQ(sizes.count(), 6U);
  EXPECT_EQ(sizes.sum(), 5218);
  EXPECT_EQ(sizes.most(), 5000);
}

TEST(BucketsTest, WithoutValuesEverythingIsZero) {
  const Sizes sizes;
  EXPECT_EQ(sizes.count(), 0U);
  EXPECT_EQ(sizes.sum(), 0);
  EXPECT_EQ(sizes.most(), 0);
}

TEST(BucketsTest, CountsOfSeveralAddUp) {
  Sizes sizes;
  sizes.add(5);
  Sizes others;
  others.add(50);
  others.add(7);
  sizes.add(others);
  EXPECT_EQ(sizes.below(0), 2U);
  EXPECT_EQ(sizes.count(), 3U);
  EXPECT_EQ(sizes.sum(), 62);
  EXPECT_EQ(sizes.most(), 50);
}

}  // namespace
}  // namespace core
