// Lines, however the bytes that hold them arrive.
#include "core/line_splitter.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace core {
namespace {

using Lines = std::vector<std::string>;

Lines feed(LineSplitter& splitter, std::string_view bytes) {
  Lines lines;
  splitter.feed(bytes, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
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
  const std::string longest(LineSplitter::kLineMost, 'x');
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, longest + "\n"), (Lines{longest}));
  EXPECT_EQ(feed(splitter, longest), Lines{});
  EXPECT_EQ(feed(splitter, "\n"), (Lines{longest}));
}

TEST(LineSplitter, ALongerLineIsHandedOnInPiecesAndCostsNoMore) {
  const std::string longest(LineSplitter::kLineMost, 'x');
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, longest + "yz\n"), (Lines{longest, "yz"}));
  for (int i = 0; i < 100; ++i) feed(splitter, std::string(1000, 'x'));
  EXPECT_LE(splitter.rest().size(), LineSplitter::kLineMost);
}

}  // namespace
}  // namespace core
