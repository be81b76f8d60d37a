// What the window makes of a server's lines, without a terminal: nothing is printed then, but it
// knows where we are. A server may be a stranger's, and may say anything.
#include <string>

#include <gtest/gtest.h>

#include "client/terminal/window.hpp"

namespace client {
namespace {

class ClientWindow : public ::testing::Test {
 protected:
  ClientWindow() {
    window_.begin_session("");
    window_.follow_rooms();
  }

  // The connection is lost and made again, and `rooms` are entered as the server puts it.
  void comes_back_to(const std::string& shown, std::initializer_list<const char*> rooms) {
    window_.end_session([](const ServerLine&) { return true; });
    window_.begin_session(shown);
    comes("-- welcome to hubbub; you are guest-7");
    for (const char* const room : rooms)
      comes(std::string("-- you are now in ") + room + " (1 here)");
  }

  std::size_t unread_in(std::string_view room) const {
    for (const RoomBoard::Unread& one : window_.board().unread()) {
      if (one.room == room) return one.lines;
    }
    return 0;
  }

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
  comes("-- you are now in #ops (1 here)");
  comes("-- you are now in #dev (1 here)");
  comes("12:03 #lobby <bob> hi");
  comes("12:03 #ops <bob> one");
  comes("12:03 #ops <bob> two");
  comes_back_to("#dev", {"#lobby", "#ops", "#dev"});
  EXPECT_EQ(window_.board().shown(), "#dev");
  window_.follow_rooms();
  EXPECT_EQ(window_.board().shown(), "#dev");
  EXPECT_EQ(unread_in("#lobby"), 1U);
  EXPECT_EQ(unread_in("#ops"), 2U);
  EXPECT_EQ(window_.board().numbered(1), "#lobby");
  EXPECT_EQ(window_.board().numbered(2), "#ops");
  EXPECT_EQ(window_.board().numbered(3), "#dev");
}

TEST_F(ClientWindow, OfWhatIsRepeatedAfterALostConnectionOnlyTheNewIsCounted) {
  comes("-- you are now in #ops (1 here)");
  comes("-- you are now in #dev (1 here)");
  comes("12:03 #ops <bob> one");
  comes("12:03 #ops <bob> two");
  comes_back_to("#dev", {"#ops"});
  comes("-- the last 3 lines:");
  comes("-- you are now in #dev (1 here)");
  window_.follow_rooms();
  comes("12:03 #ops <bob> one");
  comes("12:03 #ops <bob> two");
  comes("12:04 #ops <bob> three");
  EXPECT_EQ(unread_in("#ops"), 3U);
  comes("12:04 #ops <bob> three");
  EXPECT_EQ(unread_in("#ops"), 4U) << "he says it again";
}

TEST_F(ClientWindow, WhatWasSaidBeforeOneCameIsNotCounted) {
  window_.begin_session("#dev");
  comes("-- welcome to hubbub; you are guest-7");
  comes("-- you are now in #ops (1 here)");
  comes("-- the last 2 lines:");
  comes("-- you are now in #dev (1 here)");
  window_.follow_rooms();
  comes("12:03 #ops <bob> one");
  comes("12:03 #ops <bob> two");
  EXPECT_EQ(unread_in("#ops"), 0U);
  comes("12:03 #ops <bob> three");
  EXPECT_EQ(unread_in("#ops"), 1U);
}

TEST_F(ClientWindow, ARoomThatIsNotEnteredAgainIsGone) {
  comes("-- you are now in #ops (1 here)");
  comes("-- you are now in #dev (1 here)");
  comes("12:03 #ops <bob> one");
  comes_back_to("#dev", {"#lobby", "#dev"});
  EXPECT_EQ(window_.board().numbered(1), "#ops");
  window_.follow_rooms();
  EXPECT_EQ(window_.board().numbered(1), "#dev");
  EXPECT_EQ(window_.board().numbered(2), "#lobby");
  EXPECT_EQ(unread_in("#ops"), 0U);
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
  for (int i = 0; i < 2'000; ++i) comes("-- you are now in #r" + std::to_string(i) + " (1 here)");
  EXPECT_EQ(window_.board().shown(), "#r1999");
  window_.show(std::string(1'000'000, 'x'), [](const ServerLine&) { return true; });
  window_.end_session([](const ServerLine&) { return true; });
}

}  // namespace
}  // namespace client
