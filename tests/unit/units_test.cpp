// Sizes and durations: what is read, what is refused, and that writing and reading agree.
#include "core/units.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostBytes = std::numeric_limits<std::size_t>::max();

TEST(Units, ABareNumberIsBytes) {
  EXPECT_EQ(parse_size("65536"), 65536u);
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("12B"), 12u);
}

TEST(Units, BinaryUnitsArePowersOf1024) {
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("1MiB"), 1048576u);
  EXPECT_EQ(parse_size("2GiB"), 2147483648u);
}

TEST(Units, DecimalUnitsArePowersOf1000) {
  EXPECT_EQ(parse_size("64kB"), 64000u);
  EXPECT_EQ(parse_size("64KB"), 64000u);
  EXPECT_EQ(parse_size("1MB"), 1000000u);
  EXPECT_EQ(parse_size("1GB"), 1000000000u);
}

TEST(Units, WhatIsNoSizeIsRefused) {
  for (const char* text : {"", "KiB", "-1", "+1", "1.5MiB", "64 KiB", " 64", "64K", "64kib", "1TiB",
                           "0x10", "1e3", "1KiB1", "sixty"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Units, TheLargestSizeIsReadAndOneMoreIsNot) {
  EXPECT_EQ(parse_size("18446744073709551615"), kMostBytes);
  EXPECT_EQ(parse_size("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_size("17179869183GiB"), 17179869183u * kGiB);
  EXPECT_EQ(parse_size("17179869184GiB"), std::nullopt);
}

TEST(Units, ASizeIsWrittenInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(format_size(0), "0");
  EXPECT_EQ(format_size(1023), "1023");
  EXPECT_EQ(format_size(65536), "64KiB");
  EXPECT_EQ(format_size(65537), "65537");
  EXPECT_EQ(format_size(kMiB), "1MiB");
  EXPECT_EQ(format_size(3 * kGiB), "3GiB");
}

TEST(Units, DurationsAreReadInEveryUnit) {
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("50us"), 50us);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("2min"), 2min);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
}

TEST(Units, OnlyZeroIsADurationWithoutAUnit) {
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("5"), std::nullopt);
}

TEST(Units, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "s", "-5s", "+5s", "1.5s", "5 s", "5sec", "5S", "1d", "5s5"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Units, TheLongestDurationIsReadAndOneMoreIsNot) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), Duration::max());
  EXPECT_EQ(parse_duration("9223372036854775808ns"), std::nullopt);
  EXPECT_EQ(parse_duration("2562047h"), 2562047h);
  EXPECT_EQ(parse_duration("2562048h"), std::nullopt);
}

TEST(Units, ADurationIsWrittenInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2min");
  EXPECT_EQ(format_duration(2h), "2h");
  EXPECT_EQ(format_duration(1s + 1ns), "1000000001ns");
}

TEST(Units, ANegativeDurationIsWrittenWithItsSign) {
  EXPECT_EQ(format_duration(-5s), "-5s");
  EXPECT_EQ(format_duration(Duration::min()), "-9223372036854775808ns");
}

TEST(Units, WhatIsWrittenReadsBackTheSame) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 10'000; ++round) {
    // Shifts by any distance make all magnitudes, and multiples of the units, likely.
    const std::uint64_t number = (random() >> (random() % 64)) << (random() % 31);
    EXPECT_EQ(parse_size(format_size(number)), number);
    const Duration duration(static_cast<Duration::rep>(number >> 1));
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace core
