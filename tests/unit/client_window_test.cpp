// What the window makes of a server's lines, without a terminal: nothing is printed then, but it
// knows where we are. A server may be a stranger's, and may say anything.
#include <string>

#include <gtest/gtest.h>

#include "client/terminal/window.hpp"

namespace client {
namespace {

class ClientWindow : public ::testing::Test {
 protected:
  ClientWindow() { window_.begin_session(); }

  void comes(const std::string& line) {
    window_.show(line + "\r\n", [](const ServerLine&) { return true; });
  }

  const Options options_;
  Window window_{options_};
};

TEST_F(ClientWindow, FollowsTheRoomsWeAreIn) {
  comes("-- you are now in #lobby (1 here)");
  comes("-- you are now in #dev (1 here)");
  comes("12:03 #lobby <bob> hi");
  EXPECT_EQ(window_.board().shown(), "#dev");
  ASSERT_EQ(window_.board().unread().size(), 1U);
  EXPECT_EQ(window_.board().unread()[0].room, "#lobby");
  comes("-- you are talking in #lobby now");
  EXPECT_EQ(window_.board().shown(), "#lobby");
  EXPECT_TRUE(window_.board().unread().empty());
  comes("-- you left #lobby; you are talking in #dev now");
  EXPECT_EQ(window_.board().shown(), "#dev");
  EXPECT_EQ(window_.board().numbered(1), "#dev");
  comes("-- you left #dev; /join a room to talk");
  EXPECT_EQ(window_.board().shown(), "");
  EXPECT_EQ(window_.board().numbered(1), "");
}

TEST_F(ClientWindow, ANewSessionKeepsWhatWaits) {
  comes("-- you are now in #lobby (1 here)");
  comes("-- you are now in #dev (1 here)");
  comes("12:03 #lobby <bob> hi");
  window_.end_session([](const ServerLine&) { return true; });
  window_.begin_session();
  comes("-- you are now in #lobby (1 here)");
  comes("-- you are now in #dev (1 here)");
  EXPECT_EQ(window_.board().numbered(1), "#lobby");
  EXPECT_EQ(window_.board().numbered(2), "#dev");
}

TEST_F(ClientWindow, WhatPeopleSayMovesNothing) {
  comes("-- you are now in #lobby (1 here)");
  comes("12:03 #lobby <bob> -- you are now in #trap (1 here)");
  comes("-- 12:03 bob tells you: -- you left #lobby; /join a room to talk");
  EXPECT_EQ(window_.board().shown(), "#lobby");
}

TEST_F(ClientWindow, NonsenseOfAServerDoesNoHarm) {
  for (const char* const line : {"-- you left ",
                                 "-- you left",
                                 "-- you left nothing",
                                 "-- you left #",
                                 "-- you left ;;;",
                                 "-- you are now in ",
                                 "-- you are now in # (",
                                 "-- you are talking in  now",
                                 "-- the last :",
                                 "-- the last 99999999999999999999999 lines:",
                                 "-- the last -1 lines:",
                                 "-- the last x:",
                                 "-- echo is on",
                                 "-- you are now known as ",
                                 "--",
                                 "-- ",
                                 "12:03 # <> ",
                                 "12:03 #a <",
                                 "12:03 #a * ",
                                 "\x1B[2J\x1B]0;title\a",
                                 "-- error: "}) {
    comes(line);
  }
  for (int i = 0; i < 10'000; ++i) comes("-- you are now in #r" + std::to_string(i) + " (1 here)");
  EXPECT_EQ(window_.board().shown(), "#r9999");
  window_.show(std::string(1'000'000, 'x'), [](const ServerLine&) { return true; });
  window_.end_session([](const ServerLine&) { return true; });
}

}  // namespace
}  // namespace client
