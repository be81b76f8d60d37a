// Safe text: what is kept, what is dropped, what is replaced; and, for random bytes, that the
// result is valid UTF-8 without controls (tests/unit/safe_text.hpp).
#include "core/text.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/safe_text.hpp"

namespace core {
namespace {

using support::encoded;
using support::is_safe;
using support::must_not_appear;
using namespace std::string_literals;

constexpr const char* kReplacement = "\xEF\xBF\xBD";

std::string sanitized(std::string_view line) {
  std::string out;
  sanitize(line, out);
  return out;
}

std::string times(int count, std::string_view text) {
  std::string repeated;
  for (int at = 0; at < count; ++at) repeated += text;
  return repeated;
}

TEST(OrdinaryPrefix, EndsAtControlsDeleteAndByte255Only) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool ordinary = byte >= 0x20 && byte != 0x7F && byte != 0xFF;
    for (std::size_t place = 0; place < 20; ++place) {
      std::string bytes(20, 'x');
      bytes[place] = static_cast<char>(byte);
      ASSERT_EQ(ordinary_prefix(bytes), ordinary ? bytes.size() : place)
          << "byte " << byte << " at " << place;
    }
  }
}

TEST(OrdinaryPrefix, FindsTheFirstOfSeveral) {
  EXPECT_EQ(ordinary_prefix("ab\ncd\re\x7F"), 2u);
  EXPECT_EQ(ordinary_prefix("abcdefgh\x80\xFE\xFF\n"), 10u);
  EXPECT_EQ(ordinary_prefix(""), 0u);
}

TEST(WellFormedPrefix, EndsBeforeTheFirstSequenceThatIsNotWhole) {
  EXPECT_EQ(well_formed_prefix(""), 0u);
  EXPECT_EQ(well_formed_prefix("a\0\x7F\x1B"s), 4u);
  EXPECT_EQ(well_formed_prefix("\xEF\xBB\xBFé€😀"), 12u);
  EXPECT_EQ(well_formed_prefix("é\xFFé"), 2u);
  EXPECT_EQ(well_formed_prefix("ab\xE2\x82"), 2u);
  EXPECT_EQ(well_formed_prefix("a\xED\xA0\x80"), 1u);
}

TEST(IsPlain, HoldsForPrintableAsciiOnly) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain = byte >= 0x20 && byte <= 0x7E;
    for (std::size_t place = 0; place < 20; ++place) {
      std::string bytes(20, 'x');
      bytes[place] = static_cast<char>(byte);
      ASSERT_EQ(is_plain(bytes), plain) << "byte " << byte << " at " << place;
    }
  }
  EXPECT_TRUE(is_plain(""));
}

TEST(Sanitize, PlainTextStaysAsItIs) {
  EXPECT_EQ(sanitized("Hello, world! ~"), "Hello, world! ~");
  EXPECT_EQ(sanitized(""), "");
}

TEST(Sanitize, AppendsToWhatIsThere) {
  std::string out = "12:03 <alice> ";
  sanitize("h\x07i", out);
  EXPECT_EQ(out, "12:03 <alice> hi");
}

TEST(Sanitize, TextInAnyScriptStaysAsItIs) {
  const std::string text = "Grüße, мир, 世界, שלום, 👩‍👩‍👧 e\u0301 \u00A0";
  EXPECT_EQ(sanitized(text), text);
}

TEST(Sanitize, NonCharactersStay) {
  const std::string text = encoded(0xFFFE) + encoded(0xFFFF) + encoded(0xFDD0) + encoded(0x10FFFF);
  EXPECT_EQ(sanitized(text), text);
}

TEST(Sanitize, EscapeIsDroppedAndTheRestIsLetters) {
  EXPECT_EQ(sanitized("\x1B[31mred\x1B[0m\x1B]0;title\x07"), "[31mred[0m]0;title");
}

TEST(Sanitize, TabBecomesOneSpace) {
  EXPECT_EQ(sanitized("a\t\tb"), "a  b");
}

TEST(Sanitize, EveryCodePointIsKeptOrDroppedByTheRules) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string expected = "a"s + (must_not_appear(c) ? "" : encoded(c)) + "b";
    if (c == '\t') expected = "a b";
    ASSERT_EQ(sanitized("a"s + encoded(c) + "b"), expected) << std::hex << std::uint32_t{c};
  }
}

TEST(Sanitize, RawC1BytesAreIllFormedAndDoNotPass) {
  EXPECT_EQ(sanitized("a\x9B"
                      "31mb"),
            "a"s + kReplacement + "31mb");
}

// The examples of the Unicode standard, tables 3-8 to 3-11: one replacement per maximal subpart.
TEST(Sanitize, OverlongFormsAreReplacedByteByByte) {
  EXPECT_EQ(sanitized("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), times(8, kReplacement) + "A");
}

TEST(Sanitize, SurrogatesAreReplacedByteByByte) {
  EXPECT_EQ(sanitized("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), times(8, kReplacement) + "A");
}

TEST(Sanitize, OtherIllFormedSequencesAreReplacedByteByByte) {
  EXPECT_EQ(sanitized("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            times(5, kReplacement) + "A" + times(2, kReplacement) + "B");
}

TEST(Sanitize, TruncatedSequencesAreReplacedAsOne) {
  EXPECT_EQ(sanitized("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), times(4, kReplacement) + "A");
}

TEST(Sanitize, SequenceCutOffByTheEndIsReplacedAsOne) {
  for (const std::string_view cut : {"\xC3", "\xE2\x82", "\xE9", "\xF0\x9F\x98", "\xF0\x9F"}) {
    EXPECT_EQ(sanitized(cut), kReplacement);
  }
}

TEST(Sanitize, ControlInsideSequenceBreaksIt) {
  // Dropping the control first would let a sequence come together that nobody checked.
  EXPECT_EQ(sanitized("\xE2\x1B\x80\xAE"), times(3, kReplacement));
}

TEST(Sanitize, RandomBytesComeOutSafeBoundedAndStable) {
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    std::string line;
    const std::size_t size = random() % 200;
    while (line.size() < size) {
      switch (random() % 4) {
        case 0:
          line.push_back(static_cast<char>(random()));
          break;
        case 1:
          line += encoded(0x2000 + random() % 0x70);
          break;
        case 2:
          line.append(random() % 12, 'x');
          break;
        case 3:
          line += encoded(random() % 0x110000).substr(0, 1 + random() % 4);
          break;
      }
    }
    const std::string once = sanitized(line);
    ASSERT_TRUE(is_safe(once)) << "seed " << seed;
    ASSERT_LE(once.size(), kSanitizedBytesPerByte * line.size()) << "seed " << seed;
    ASSERT_EQ(sanitized(once), once) << "seed " << seed;
    if (is_plain(line)) {
      ASSERT_EQ(once, line) << "seed " << seed;
    }
    if (is_safe(line)) {
      ASSERT_EQ(once, line) << "seed " << seed;
    }
  }
}

TEST(LastCharacterBytes, IsTheSizeOfTheLastSequence) {
  EXPECT_EQ(last_character_bytes(""), 0u);
  EXPECT_EQ(last_character_bytes("ab"), 1u);
  EXPECT_EQ(last_character_bytes("aé"), 2u);
  EXPECT_EQ(last_character_bytes("aé€"), 3u);
  EXPECT_EQ(last_character_bytes("aé€😀"), 4u);
  EXPECT_EQ(last_character_bytes("😀a"), 1u);
}

TEST(LastCharacterBytes, CountsTheBeginningOfSequenceAsOneCharacter) {
  EXPECT_EQ(last_character_bytes("a\xC3"), 1u);
  EXPECT_EQ(last_character_bytes("a\xF0\x9F\x98"), 3u);
}

TEST(LastCharacterBytes, CountsStrayBytesOneByOne) {
  EXPECT_EQ(last_character_bytes("a\x80"), 1u);
  EXPECT_EQ(last_character_bytes("é\x80"), 1u);
  EXPECT_EQ(last_character_bytes("\x80\x80\x80\x80\x80"), 1u);
  EXPECT_EQ(last_character_bytes("\xE0\x80"), 1u);
}

TEST(AppendJsonString, QuotesBackslashesAndControlsAreEscaped) {
  std::string out = "x";
  append_json_string("a\"b\\c\n\x1F\x7F"s + "caf\xC3\xA9" + '\0', out);
  EXPECT_EQ(out, "x\"a\\\"b\\\\c\\u000a\\u001f\x7F"s + "caf\xC3\xA9" + "\\u0000\"");
}

}  // namespace
}  // namespace core
