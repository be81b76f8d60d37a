// Which lines are old: those that the server announces, in the words of server/chat_encoder.cpp.
#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

#include "client/terminal/replay.hpp"

namespace client {
namespace {

// A letter for each line: n for new, e for repeated on entering, h for a history that was asked
// for.
std::string origins(std::initializer_list<std::string_view> lines) {
  Replay replay;
  std::string all;
  for (const std::string_view line : lines) {
    all += "neh"[static_cast<std::size_t>(replay.observe(parse_server_line(line)))];
  }
  return all;
}

TEST(ClientReplay, SoManyLinesOfTheRoomThatWasEnteredAreOld) {
  EXPECT_EQ(origins({"-- you are now in #dev (1 here)", "-- topic: x", "-- the last 2 lines:",
                     "12:03 #dev <bob> one", "12:03 #dev * bob waves", "12:03 #dev <bob> three"}),
            "nnneen");
  EXPECT_EQ(origins({"-- you are now in #dev (1 here)", "-- the last line:", "12:03 #dev <bob> one",
                     "12:03 #dev <bob> two"}),
            "nnen");
}

TEST(ClientReplay, WhatComesBetweenIsNew) {
  EXPECT_EQ(
      origins({"-- you are now in #dev (1 here)", "-- the last line:", "-- 12:03 bob tells you: hi",
               "12:03 #ops <bob> hi", "12:03 #dev -- bob joined", "12:03 #dev <bob> one"}),
      "nnnnne");
}

TEST(ClientReplay, SeveralRoomsMayBeEnteredBeforeTheirLinesCome) {
  EXPECT_EQ(origins({"-- you are now in #ops (1 here)", "-- the last line:",
                     "-- you are now in #dev (1 here)", "-- the last line:", "12:03 #ops <bob> one",
                     "12:03 #dev <bob> one", "12:03 #ops <bob> two", "12:03 #dev <bob> two"}),
            "nnnneenn");
}

TEST(ClientReplay, AHistoryThatWasAskedForEndsWhereItSays) {
  EXPECT_EQ(origins({"-- the last 2 lines of #dev:", "12:03 #dev <bob> one", "12:03 #dev <bob> two",
                     "-- end of history", "12:03 #dev <bob> three"}),
            "nhhnn");
  EXPECT_EQ(origins({"-- the last 9 lines of #dev:", "12:03 #dev <bob> one", "-- end of history",
                     "12:03 #dev <bob> two"}),
            "nhnn");
}

TEST(ClientReplay, NothingIsDueOfARoomThatWasLeftOrSkipped) {
  EXPECT_EQ(origins({"-- you are now in #dev (1 here)", "-- the last 5 lines:",
                     "-- you left #dev; /join a room to talk", "12:03 #dev <bob> one"}),
            "nnnn");
  EXPECT_EQ(origins({"-- you are now in #dev (1 here)", "-- the last 5 lines:",
                     "-- 3 messages missed in #dev (you were reading too slowly)",
                     "12:03 #dev <bob> one"}),
            "nnnn");
}

TEST(ClientReplay, WhatPeopleSayAnnouncesNothing) {
  EXPECT_EQ(origins({"-- you are now in #dev (1 here)", "12:03 #dev <eve> -- the last 5 lines:",
                     "-- 12:03 eve tells you: the last 5 lines:", "-- the last lines:",
                     "-- the last -1 lines:", "-- the last 99999999999999999999999 lines:",
                     "12:03 #dev <bob> one"}),
            "nnnnnnn");
}

}  // namespace
}  // namespace client
