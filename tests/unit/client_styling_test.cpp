// What stands out on the screen, and when nothing does.
#include <cstdlib>

#include <gtest/gtest.h>

#include "client/terminal/styling.hpp"

namespace client {
namespace {

std::string styled(std::string_view line) {
  std::string out;
  append_styled(line, parse_server_line(line), "alice", out);
  return out;
}

TEST(ClientStyling, NoticesAreDim) {
  EXPECT_EQ(styled("-- goodbye"), "\x1B[2m-- goodbye\x1B[0m");
  EXPECT_EQ(styled("12:03 #lobby -- bob left"), "\x1B[2m12:03 #lobby -- bob left\x1B[0m");
}

TEST(ClientStyling, AMentionIsBold) {
  EXPECT_EQ(styled("12:03 #lobby <bob> hi Alice!"), "12:03 #lobby <bob> hi \x1B[1mAlice\x1B[0m!");
  EXPECT_EQ(styled("12:03 #lobby * bob hugs alice"), "12:03 #lobby * bob hugs \x1B[1malice\x1B[0m");
}

TEST(ClientStyling, EverythingElseIsPlain) {
  for (const char* const line :
       {"12:03 #lobby <bob> hi", "12:03 #lobby <alice> I am alice", "12:03 #alice <bob> hi",
        "-- error: no such nick: alice", "-- 12:03 bob tells you: psst", "HTTP/1.1 400", ""}) {
    EXPECT_EQ(styled(line), line);
  }
}

class ClientStylingWanted : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("NO_COLOR");
  }
};

TEST_F(ClientStylingWanted, OnAnOrdinaryTerminal) {
  EXPECT_TRUE(wants_style());
}

TEST_F(ClientStylingWanted, UnlessNoColorIsSetToAnything) {
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(wants_style());
  ::setenv("NO_COLOR", "0", 1);
  EXPECT_FALSE(wants_style());
}

TEST_F(ClientStylingWanted, UnlessTheTerminalIsDumb) {
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(wants_style());
  ::unsetenv("TERM");
  EXPECT_FALSE(wants_style());
}

}  // namespace
}  // namespace client
