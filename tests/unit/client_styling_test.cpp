// What stands out on the screen, and when nothing does.
#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

#include "client/terminal/styling.hpp"

namespace client {
namespace {

std::string styled(std::string_view line, Colours colours = Colours::kEight) {
  std::string out;
  Styling(colours).append(line, parse_server_line(line), "alice", out);
  return out;
}

std::string coloured(std::string_view nick) {
  return Styling(Colours::kEight).nick_colour(nick) + std::string(nick) + "\x1B[0m";
}

TEST(ClientStyling, NoticesAreDim) {
  EXPECT_EQ(styled("-- goodbye"), "\x1B[2m-- goodbye\x1B[0m");
  EXPECT_EQ(styled("12:03 #lobby -- bob left"), "\x1B[2m12:03 #lobby -- bob left\x1B[0m");
}

TEST(ClientStyling, WhoSpeaksHasAColour) {
  EXPECT_EQ(styled("12:03 #lobby <bob> hi"), "12:03 #lobby <" + coloured("bob") + "> hi");
  EXPECT_EQ(styled("12:03 #lobby * bob waves"), "12:03 #lobby * " + coloured("bob") + " waves");
  EXPECT_EQ(styled("12:03 #lobby <alice> I am alice"),
            "12:03 #lobby <" + coloured("alice") + "> I am alice");
  EXPECT_EQ(styled("-- 12:03 bob tells you: psst"),
            "-- 12:03 " + coloured("bob") + " tells you: psst");
}

TEST(ClientStyling, AMentionIsBold) {
  EXPECT_EQ(styled("12:03 #lobby <bob> hi Alice!"),
            "12:03 #lobby <" + coloured("bob") + "> hi \x1B[1mAlice\x1B[0m!");
  EXPECT_EQ(styled("12:03 #lobby * bob hugs alice"),
            "12:03 #lobby * " + coloured("bob") + " hugs \x1B[1malice\x1B[0m");
}

TEST(ClientStyling, EverythingElseIsPlain) {
  for (const char* const line : {"-- error: no such nick: alice", "HTTP/1.1 400", ""}) {
    EXPECT_EQ(styled(line), line);
  }
}

TEST(ClientStyling, WithoutColoursThereAreNoSequences) {
  for (const char* const line :
       {"12:03 #lobby <bob> hi alice", "-- goodbye", "12:03 #lobby -- bob left"}) {
    EXPECT_EQ(styled(line, Colours::kNone), line);
  }
}

TEST(ClientStyling, ANickKeepsItsColourWhateverItsCase) {
  for (const Colours colours : {Colours::kEight, Colours::kMany}) {
    const Styling styling(colours);
    EXPECT_EQ(styling.nick_colour("Alice"), styling.nick_colour("alice"));
    std::set<std::string> all;
    for (int i = 0; i < 1000; ++i) all.insert(styling.nick_colour("guest-" + std::to_string(i)));
    EXPECT_EQ(all.size(), colours == Colours::kEight ? 6U : 16U);
  }
  // Of every version: people know each other by it.
  EXPECT_EQ(Styling(Colours::kMany).nick_colour("alice"), "\x1B[38;5;31m");
  EXPECT_EQ(Styling(Colours::kEight).nick_colour("alice"), "\x1B[36m");
}

TEST(ClientStyling, WhatConcernsUsIsAMentionOrPrivate) {
  const auto concerns = [](std::string_view line) {
    return concerns_us(parse_server_line(line), "alice");
  };
  EXPECT_TRUE(concerns("12:03 #lobby <bob> hi Alice!"));
  EXPECT_TRUE(concerns("-- 12:03 bob tells you: psst"));
  EXPECT_FALSE(concerns("12:03 #lobby <bob> malice"));
  EXPECT_FALSE(concerns("12:03 #lobby <alice> I am alice"));
  EXPECT_FALSE(concerns("12:03 #lobby -- alice joined"));
  EXPECT_FALSE(concerns("-- you are now known as alice"));
}

class ClientStylingWanted : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("NO_COLOR");
    ::unsetenv("COLORTERM");
  }
};

TEST_F(ClientStylingWanted, OnAnOrdinaryTerminal) {
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kEight);
}

TEST_F(ClientStylingWanted, UnlessNoColorIsSetToAnything) {
  ::setenv("NO_COLOR", "", 1);
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kEight);
  ::setenv("NO_COLOR", "0", 1);
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kNone);
}

TEST_F(ClientStylingWanted, UnlessTheTerminalIsDumb) {
  ::setenv("TERM", "dumb", 1);
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kNone);
  ::unsetenv("TERM");
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kNone);
}

TEST_F(ClientStylingWanted, MoreWhereTheTerminalPromisesThem) {
  ::setenv("TERM", "xterm-256color", 1);
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kMany);
  ::setenv("TERM", "xterm", 1);
  ::setenv("COLORTERM", "truecolor", 1);
  EXPECT_EQ(terminal_colours(ColourChoice::kAuto), Colours::kMany);
}

TEST_F(ClientStylingWanted, OrAsItsUserSays) {
  EXPECT_EQ(terminal_colours(ColourChoice::kNever), Colours::kNone);
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(terminal_colours(ColourChoice::kAlways), Colours::kEight);
}

}  // namespace
}  // namespace client
