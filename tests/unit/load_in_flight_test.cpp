// Whom a message still misses.
#include <gtest/gtest.h>

#include "client/load/in_flight.hpp"

namespace load {
namespace {

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
