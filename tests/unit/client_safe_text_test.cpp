// What a hostile server may send, and what of it reaches the terminal.
#include <gtest/gtest.h>

#include "client/terminal/safe_text.hpp"

namespace client {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

std::string safe(std::string_view line) {
  std::string out;
  append_safe(line, out);
  return out;
}

std::string replaced(int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += kReplacement;
  return text;
}

TEST(ClientSafeText, OrdinaryTextStaysAsItIs) {
  for (const std::string_view text : {"", "hello", "a\tb", "é ü 漢字 🙂", "~ }{|"}) {
    EXPECT_EQ(safe(text), text);
  }
}

TEST(ClientSafeText, EveryOtherC0ControlAndDelIsDropped) {
  for (int byte = 0; byte < 0x20; ++byte) {
    if (byte == '\t') continue;
    EXPECT_EQ(safe(std::string("a") + static_cast<char>(byte) + "b"), "ab") << byte;
  }
  EXPECT_EQ(safe("a\x7F"), "a");
}

TEST(ClientSafeText, AnEscapeSequenceBecomesHarmlessLetters) {
  EXPECT_EQ(safe("\x1B[2J\x1B]0;title\x07!"), "[2J]0;title!");
}

TEST(ClientSafeText, C1ControlsAreDroppedInUtf8AndReplacedAsBytes) {
  EXPECT_EQ(safe("\xC2\x80"
                 "a"
                 "\xC2\x9B"
                 "2J"
                 "\xC2\x9F"),
            "a2J");
  EXPECT_EQ(safe("\x9B"
                 "2J"),
            std::string(kReplacement) + "2J");
  EXPECT_EQ(safe("\xC2\xA0"), "\xC2\xA0");  // the first behind them
}

TEST(ClientSafeText, WhatTurnsTheReadingDirectionIsDropped) {
  EXPECT_EQ(safe("a\u202Eb\u2066c\u200Fd\u2028e\uFEFFf\u061Cg"), "abcdefg");
  EXPECT_EQ(safe("\u200D\u2027\u202F\u2065\u206A"), "\u200D\u2027\u202F\u2065\u206A");
}

TEST(ClientSafeText, IllFormedUtf8IsReplacedOncePerMaximalSubpart) {
  EXPECT_EQ(safe("\xFF\xFE"), replaced(2));
  EXPECT_EQ(safe("\xC0\x80"), replaced(2));          // overlong NUL
  EXPECT_EQ(safe("\xE0\x80\x80"), replaced(3));      // overlong
  EXPECT_EQ(safe("\xED\xA0\x80"), replaced(3));      // a surrogate
  EXPECT_EQ(safe("\xF4\x90\x80\x80"), replaced(4));  // past 10FFFF
  EXPECT_EQ(safe("\xF0\x9F\x99"), replaced(1));      // cut off
  EXPECT_EQ(safe("\xE6\xBC"
                 "a"),
            replaced(1) + "a");
  EXPECT_EQ(safe("\xE6\xBC\x1B["), replaced(1) + "[");  // a control inside a sequence
}

TEST(ClientSafeText, OfAnyTwoBytesNoControlIsLeft) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char bytes[] = {static_cast<char>(first), static_cast<char>(second)};
      const std::string out = safe({bytes, sizeof bytes});
      for (const char c : out) {
        EXPECT_TRUE(c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F))
            << first << ' ' << second;
      }
      EXPECT_FALSE(out.starts_with('\xC2') && static_cast<unsigned char>(out[1]) < 0xA0)
          << first << ' ' << second;
      EXPECT_EQ(safe(out), out);
    }
  }
}

TEST(ClientSafeText, ItAppends) {
  std::string out = "before ";
  append_safe("after", out);
  EXPECT_EQ(out, "before after");
}

}  // namespace
}  // namespace client
