// What a member of a room makes of what it reads: the notices, and whom a message still misses.
#include <string_view>

#include <gtest/gtest.h>

#include "client/load/chat_dialect.hpp"
#include "client/load/in_flight.hpp"

namespace load {
namespace {

Notice read(std::string_view line) {
  return ChatDialect("#load").read(line);
}

TEST(ChatDialect, TakesNoteThatNamesTheRoomForConfirmation) {
  for (const std::string_view line :
       {"-- joined #load", "-- you are in #load now", "-- #load: 3 members", "-- (#load)"}) {
    EXPECT_EQ(read(line).kind, Notice::Kind::kConfirmed) << line;
  }
}

TEST(ChatDialect, DoesNotTakeOtherLinesForConfirmation) {
  for (const std::string_view line :
       {"-- joined #lobby", "-- joined #loading", "12:00 #load <a> hi", "#load", "", "--",
        "12:00 #load * a waves", "welcome to #load"}) {
    EXPECT_EQ(read(line).kind, Notice::Kind::kOther) << line;
  }
}

TEST(ChatDialect, ReadsHowManyMessagesWereMissed) {
  for (const std::string_view line : {"-- 132 messages missed", "-- #load: 132 messages missed"}) {
    EXPECT_EQ(read(line).kind, Notice::Kind::kMissed) << line;
    EXPECT_EQ(read(line).missed, 132U);
  }
  EXPECT_EQ(read("-- 1 message missed").missed, 1U);
}

TEST(ChatDialect, IsNotMisledByMissedMessagesWithoutNumber) {
  for (const std::string_view line :
       {"-- many messages missed", "-- 99999999999999999999 messages missed"}) {
    EXPECT_EQ(read(line).kind, Notice::Kind::kOther) << line;
  }
}

TEST(ChatDialect, TakesErrorForRefusalEvenIfItNamesTheRoom) {
  EXPECT_EQ(read("-- error: #load is full").kind, Notice::Kind::kRefused);
}

TEST(ChatDialect, MarksWhereMessagesNameTheirRoom) {
  const Dialect::Mark mark = ChatDialect("#load").mark();
  const std::string_view line = "12:03 #load <guest-17> text";
  EXPECT_EQ(line.substr(mark.at, mark.text.size()), mark.text);
}

TEST(InFlight, IsDoneWhenEveryRecipientHasIt) {
  InFlight in_flight(1, 4);
  in_flight.begin(0, 0, 3);
  EXPECT_FALSE(in_flight.received(0, 0, 100).done);
  EXPECT_FALSE(in_flight.received(0, 0, 150).done);
  const InFlight::Progress last = in_flight.received(0, 0, 175);
  EXPECT_TRUE(last.done);
  EXPECT_TRUE(last.whole);
  EXPECT_EQ(last.spread_ns, 75U);
}

TEST(InFlight, IsDoneButNotWholeWhenSomebodyMissedIt) {
  InFlight in_flight(1, 4);
  in_flight.begin(0, 0, 3);
  in_flight.received(0, 0, 100);
  in_flight.missed(0, 0);
  const InFlight::Progress last = in_flight.received(0, 0, 175);
  EXPECT_TRUE(last.done);
  EXPECT_FALSE(last.whole);
}

TEST(InFlight, IsDoneWhenTheLastRecipientMissesIt) {
  InFlight in_flight(1, 4);
  in_flight.begin(0, 0, 2);
  EXPECT_FALSE(in_flight.received(0, 0, 100).done);
  EXPECT_TRUE(in_flight.missed(0, 0).done);
}

TEST(InFlight, KeepsSendersAndSequencesApart) {
  InFlight in_flight(2, 4);
  in_flight.begin(0, 0, 1);
  in_flight.begin(0, 1, 1);
  in_flight.begin(1, 0, 1);
  EXPECT_TRUE(in_flight.received(1, 0, 1).done);
  EXPECT_TRUE(in_flight.received(0, 1, 1).done);
  EXPECT_TRUE(in_flight.received(0, 0, 1).done);
}

TEST(InFlight, FollowsTheNewestWhereThereIsNoRoomForMore) {
  InFlight in_flight(1, 2);
  in_flight.begin(0, 0, 1);
  in_flight.begin(0, 2, 1);
  EXPECT_FALSE(in_flight.received(0, 0, 1).done);
  EXPECT_FALSE(in_flight.missed(0, 0).done);
  EXPECT_TRUE(in_flight.received(0, 2, 1).done);
}

TEST(InFlight, FollowsNothingAfterItForgot) {
  InFlight in_flight(1, 2);
  in_flight.begin(0, 0, 1);
  in_flight.forget();
  EXPECT_FALSE(in_flight.received(0, 0, 1).done);
}

TEST(InFlight, DoesNotCountBeyondTheLastRecipient) {
  InFlight in_flight(1, 2);
  in_flight.begin(0, 0, 1);
  EXPECT_TRUE(in_flight.received(0, 0, 1).done);
  EXPECT_FALSE(in_flight.received(0, 0, 1).done);
}

}  // namespace
}  // namespace load
