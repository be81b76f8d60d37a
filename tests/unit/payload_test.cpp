// Stamps: written, read back, and refused when a single character is not as it was written.
#include "client/load/payload.hpp"

#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace load {
namespace {

std::string written(const Stamp& stamp) {
  std::string text(kStampBytes, '?');
  write_stamp(text.data(), stamp);
  return text;
}

std::vector<Stamp> stamps() {
  std::vector<Stamp> all = {
      {}, {kSendersMost - 1, UINT32_MAX, std::numeric_limits<std::int64_t>::max()}, {1, 2, 3}};
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    all.push_back({static_cast<std::uint32_t>(random()) % kSendersMost,
                   static_cast<std::uint32_t>(random()), static_cast<std::int64_t>(random() >> 1)});
  }
  return all;
}

TEST(Payload, LooksAsItIsDescribed) {
  EXPECT_EQ(written({0x1f, 0x2a, 0x1b2c3d4e5f60}), "~HL0001f0000002a00001b2c3d4e5f60");
}

TEST(Payload, ReadsBackWhatItWrote) {
  for (const Stamp& stamp : stamps()) {
    EXPECT_EQ(read_stamp(written(stamp).data()), std::optional(stamp));
  }
}

TEST(Payload, ReadsNothingOtherThanWhatItWrites) {
  const Stamp stamp{0xabcde, 0x12345678, 0x0fedcba987654321};
  const std::string good = written(stamp);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string text = good;
      text[at] = static_cast<char>(value);
      const auto read = read_stamp(text.data());
      if (text == good) {
        EXPECT_EQ(read, std::optional(stamp));
      } else if (read) {
        EXPECT_EQ(written(*read), text) << "at " << at << " value " << value;
        EXPECT_NE(*read, stamp);
      }
    }
  }
}

TEST(Payload, RefusesEveryCharacterThatIsNoLowerCaseDigit) {
  for (std::size_t at = kMarker.size(); at < kStampBytes; ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string text = written({});
      text[at] = static_cast<char>(value);
      const bool digit = (value >= '0' && value <= '9') || (value >= 'a' && value <= 'f');
      EXPECT_EQ(read_stamp(text.data()).has_value(), digit) << "at " << at << " value " << value;
    }
  }
}

TEST(Payload, KnowsTheMarkerFromEveryOtherBeginning) {
  std::string text = written({});
  EXPECT_TRUE(has_marker(text.data()));
  for (std::size_t at = 0; at < kMarker.size(); ++at) {
    std::string other = text;
    other[at] = 'x';
    EXPECT_FALSE(has_marker(other.data()));
    EXPECT_EQ(read_stamp(other.data()), std::nullopt);
  }
}

TEST(Payload, FillsTextsToTheirSizeWithPrintableCharacters) {
  for (const std::size_t size :
       {kStampBytes, kStampBytes + 1, std::size_t{64}, std::size_t{5000}}) {
    const std::string text = blank_text(size);
    EXPECT_EQ(text.size(), size);
    EXPECT_TRUE(read_stamp(text.data()).has_value());
    for (const char c : text) EXPECT_TRUE(c > ' ' && c <= '~');
  }
}

TEST(Payload, PadsSoThatMissingByteShows) {
  const std::string text = blank_text(100);
  for (std::size_t at = kStampBytes; at + 1 < text.size(); ++at) EXPECT_NE(text[at], text[at + 1]);
}

TEST(PayloadDeathTest, HasNoTextSmallerThanItsStamp) {
  EXPECT_DEATH(static_cast<void>(blank_text(kStampBytes - 1)), "");
}

TEST(StampReader, ReadsWhatReadStampReads) {
  StampReader reader;
  for (int round = 0; round < 2; ++round) {
    for (const Stamp& stamp : stamps()) {
      const Stamp* const read = reader.read(written(stamp).data());
      ASSERT_NE(read, nullptr);
      EXPECT_EQ(*read, stamp);
    }
  }
}

TEST(StampReader, IsNotMisledByStampItJustRead) {
  StampReader reader;
  const std::string good = written({1, 2, 3});
  for (std::size_t at = 0; at < good.size(); ++at) {
    ASSERT_NE(reader.read(good.data()), nullptr);
    std::string bad = good;
    bad[at] = 'x';
    EXPECT_EQ(reader.read(bad.data()), nullptr) << at;
  }
}

TEST(StampReader, RefusesTextOfZeros) {
  StampReader reader;
  const std::string zeros(kStampBytes, '\0');
  EXPECT_EQ(reader.read(zeros.data()), nullptr);
}

}  // namespace
}  // namespace load
