// Several rooms on one screen: what is shown, what waits, what is counted.
#include <gtest/gtest.h>

#include "client/terminal/room_board.hpp"

namespace client {
namespace {

using Weight = RoomBoard::Weight;

class ClientRoomBoard : public ::testing::Test {
 protected:
  ClientRoomBoard() {
    for (const char* const room : {"#lobby", "#dev", "#ops"}) board_.enter(room);
    board_.show("#dev");
  }

  RoomBoard board_;
};

TEST_F(ClientRoomBoard, TheShownRoomIsForNowWhateverItsCase) {
  EXPECT_TRUE(board_.is_shown_now("#DEV", "a\n", Weight::kCounted));
  EXPECT_TRUE(board_.unread().empty());
}

TEST_F(ClientRoomBoard, AnotherRoomWaitsAndIsCounted) {
  EXPECT_FALSE(board_.is_shown_now("#ops", "a\n", Weight::kCounted));
  EXPECT_FALSE(board_.is_shown_now("#ops", "b joined\n", Weight::kQuiet));
  EXPECT_FALSE(board_.is_shown_now("#ops", "c\n", Weight::kMention));
  const auto unread = board_.unread();
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_EQ(unread[0].number, 3U);
  EXPECT_EQ(unread[0].room, "#ops");
  EXPECT_EQ(unread[0].lines, 2U);
  EXPECT_TRUE(unread[0].mentioned);
  EXPECT_EQ(board_.show("#ops"), "-- #ops: what came meanwhile\na\nb joined\nc\n");
  EXPECT_TRUE(board_.unread().empty());
  EXPECT_EQ(board_.show("#dev"), "");
  EXPECT_EQ(board_.show("#ops"), "") << "what was shown is not shown again";
}

TEST_F(ClientRoomBoard, ARoomThatIsNotOursIsShown) {
  EXPECT_TRUE(board_.is_shown_now("#elsewhere", "a\n", Weight::kCounted));
}

TEST_F(ClientRoomBoard, ManyLinesLeaveTheNewestAndACount) {
  for (std::size_t i = 0; i < RoomBoard::kKeptMost + 5; ++i) {
    board_.is_shown_now("#ops", std::to_string(i) + "\n", Weight::kCounted);
  }
  EXPECT_EQ(board_.unread()[0].lines, RoomBoard::kKeptMost + 5);
  const std::string text = board_.show("#ops");
  EXPECT_TRUE(text.starts_with("-- #ops: the last 1000 of 1005 lines that came meanwhile\n5\n6\n"))
      << text.substr(0, 100);
  EXPECT_TRUE(text.ends_with("\n1004\n"));
}

TEST_F(ClientRoomBoard, LongLinesLeaveFewer) {
  const std::string line(16 * 1024, 'x');
  for (int i = 0; i < 100; ++i) board_.is_shown_now("#ops", line, Weight::kCounted);
  EXPECT_LE(board_.show("#ops").size(), RoomBoard::kKeptBytesMost + 100);
}

TEST_F(ClientRoomBoard, NumbersAreInTheOrderOfEntering) {
  EXPECT_EQ(board_.numbered(1), "#lobby");
  EXPECT_EQ(board_.numbered(3), "#ops");
  EXPECT_EQ(board_.numbered(0), "");
  EXPECT_EQ(board_.numbered(4), "");
  board_.enter("#Lobby");
  EXPECT_EQ(board_.numbered(4), "");
  board_.leave("#LOBBY");
  EXPECT_EQ(board_.numbered(1), "#dev");
}

TEST_F(ClientRoomBoard, TheNextIsWhereSomethingWaitsAndAMentionFirst) {
  EXPECT_EQ(board_.next(), "#ops") << "nothing waits: the one behind";
  board_.is_shown_now("#lobby", "a\n", Weight::kCounted);
  EXPECT_EQ(board_.next(), "#lobby");
  board_.is_shown_now("#ops", "a\n", Weight::kMention);
  EXPECT_EQ(board_.next(), "#ops");
  board_.show("#ops");
  board_.show("#lobby");
  board_.show("#ops");
  EXPECT_EQ(board_.next(), "#lobby") << "around the end";
  EXPECT_EQ(RoomBoard().next(), "");
}

TEST_F(ClientRoomBoard, RoomsWithoutEndAreNotKept) {
  for (int i = 0; i < 100'000; ++i) board_.enter("#room-" + std::to_string(i));
  EXPECT_NE(board_.numbered(RoomBoard::kRoomsMost), "");
  EXPECT_EQ(board_.numbered(RoomBoard::kRoomsMost + 1), "");
  EXPECT_TRUE(board_.is_shown_now("#room-99999", "a\n", Weight::kCounted));
}

TEST_F(ClientRoomBoard, WhatWaitsInARoomThatIsLeftIsGone) {
  board_.is_shown_now("#ops", "a\n", Weight::kCounted);
  board_.leave("#ops");
  EXPECT_TRUE(board_.unread().empty());
  board_.enter("#ops");
  EXPECT_EQ(board_.show("#ops"), "");
}

}  // namespace
}  // namespace client
