// Lines, however the bytes that hold them arrive.
#include "core/line_splitter.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace core {
namespace {

using Lines = std::vector<std::string>;

// Written down as they come, with a mark where a piece is not a line's beginning or end.
struct Written {
  Lines lines;
  void operator()(const LinePiece& piece) {
    lines.push_back((piece.begins ? "" : "...") + std::string(piece.text) +
                    (piece.ends ? "" : "..."));
  }
};

Lines feed(LineSplitter& splitter, std::string_view bytes) {
  Written written;
  splitter.feed(bytes, written);
  return written.lines;
}

Lines finish(LineSplitter& splitter) {
  Written written;
  splitter.finish(written);
  return written.lines;
}

TEST(LineSplitter, LinesEndInLfOrCrLf) {
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, "one\ntwo\r\n\r\n\n"), (Lines{"one", "two", "", ""}));
}

TEST(LineSplitter, ALineMayComeByteByByte) {
  LineSplitter splitter;
  Lines lines;
  for (const char byte : std::string_view("one\r\ntwo\n")) {
    for (const std::string& line : feed(splitter, {&byte, 1})) lines.push_back(line);
  }
  EXPECT_EQ(lines, (Lines{"one", "two"}));
}

TEST(LineSplitter, TheLinesAreTheSameHoweverTheyArePieced) {
  std::string text;
  Lines expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::string(static_cast<std::size_t>(i * 7 % 31), 'x') + std::to_string(i));
    text += expected.back() + (i % 3 == 0 ? "\n" : "\r\n");
  }
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    LineSplitter splitter(100);
    Written written;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + random() % (1 + seed);
      splitter.feed(std::string_view(text).substr(at, size), written);
      at += size;
    }
    ASSERT_EQ(written.lines, expected) << "seed " << seed;
  }
}

TEST(LineSplitter, AWholeLineIsNotCopied) {
  LineSplitter splitter;
  const std::string_view bytes = "one\ntwo\n";
  std::size_t at = 0;
  splitter.feed(bytes, [&](const LinePiece& piece) {
    EXPECT_EQ(piece.text.data(), bytes.data() + at);
    at += piece.text.size() + 1;
  });
}

TEST(LineSplitter, ACrInsideALineStays) {
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, "a\rb\r\r\n"), (Lines{"a\rb\r"}));
}

TEST(LineSplitter, WhatHasNotEndedIsTheRest) {
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, "one\ntw"), (Lines{"one"}));
  EXPECT_EQ(splitter.rest(), "tw");
  EXPECT_EQ(feed(splitter, "o\n"), (Lines{"two"}));
  EXPECT_EQ(splitter.rest(), "");
}

TEST(LineSplitter, ALineOfTheMostBytesIsHandedOnWhole) {
  LineSplitter splitter(4);
  EXPECT_EQ(feed(splitter, "1234\n"), (Lines{"1234"}));
  EXPECT_EQ(feed(splitter, "1234"), Lines{});
  EXPECT_EQ(feed(splitter, "\n"), (Lines{"1234"}));
}

TEST(LineSplitter, ALongerLineIsHandedOnInPiecesThatSayWhatTheyAre) {
  LineSplitter splitter(4);
  EXPECT_EQ(feed(splitter, "12345\n"), (Lines{"1234...", "...5"}));
  EXPECT_EQ(feed(splitter, "123456789"), (Lines{"1234...", "...5678..."}));
  EXPECT_EQ(feed(splitter, "\nnext\n"), (Lines{"...9", "next"}));
}

TEST(LineSplitter, ACrWhereALineIsCutStays) {
  LineSplitter splitter(4);
  EXPECT_EQ(feed(splitter, "123\r5\r\n"), (Lines{"123\r...", "...5"}));
}

TEST(LineSplitter, ALineWithoutEndCostsNoMoreThanTheMostBytes) {
  LineSplitter splitter;
  for (int i = 0; i < 100; ++i) {
    feed(splitter, std::string(1000, 'x'));
    ASSERT_LE(splitter.rest().size(), LineSplitter::kLineMost);
  }
}

TEST(LineSplitter, TheEndOfTheStreamEndsALine) {
  LineSplitter splitter(4);
  EXPECT_EQ(finish(splitter), Lines{});
  feed(splitter, "one\ntwo\r");
  EXPECT_EQ(finish(splitter), (Lines{"two"}));
  feed(splitter, "12345");
  EXPECT_EQ(finish(splitter), (Lines{"...5"}));
}

TEST(LineSplitter, AnotherStreamBeginsWithALine) {
  LineSplitter splitter(4);
  feed(splitter, "12345678");
  feed(splitter, "9012");
  EXPECT_EQ(finish(splitter), (Lines{"...9012"}));
  EXPECT_EQ(feed(splitter, "next\n"), (Lines{"next"}));
}

}  // namespace
}  // namespace core
