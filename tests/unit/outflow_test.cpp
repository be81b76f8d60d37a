// What leaves a connection: coalesced, in order, byte for byte, however little the socket takes,
// and without a spin. On a scripted ring where the moment matters, on the real ones where the
// kernel does.
#include "core/outflow.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/sender.hpp"
#include "core/stream.hpp"
#include "core/timeout.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::nothing;
using support::Passes;
using support::ScriptedRing;
using support::Sockets;
using support::World;

constexpr int kSocket = 7;

// A stream on a scripted ring.
class OutflowTest : public ::testing::Test {
 protected:
  ~OutflowTest() override {
    stream_.reset();
    loop_.run(nothing());
  }

  Outflow& outflow() { return stream_->outflow(); }
  const std::string& wire() { return ring_.wire[kSocket]; }
  void give_room(std::size_t bytes) { ring_.room[kSocket] = bytes; }
  void unblock() { ring_.answer(ring_.newest("poll"), 4 /* POLLOUT */); }
  // One pass that offers and one that settles, without letting time pass.
  void pass(int times = 2) {
    for (int i = 0; i < times; ++i) {
      loop_.post([] {});
      loop_.run_once();
    }
  }
  const Sender::Counters& counters() { return loop_.sender().counters(); }

  ScriptedRing ring_;
  Loop loop_{ring_};
  std::unique_ptr<Stream> stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
};

// --- What goes out when -------------------------------------------------------------------------

TEST_F(OutflowTest, WhatIsAppendedInOnePassLeavesInOneSend) {
  for (const char* const record : {"one,", "two,", "three"}) outflow().append(record);
  pass();
  EXPECT_EQ(wire(), "one,two,three");
  EXPECT_EQ(counters().sends, 1U);
  EXPECT_EQ(counters().bytes, 13U);
  EXPECT_EQ(counters().blocked, 0U);
}

TEST_F(OutflowTest, NothingIsSentBeforeTheEndOfThePass) {
  outflow().append("bytes");
  EXPECT_EQ(wire(), "");
  EXPECT_EQ(outflow().mailbox_bytes(), 5U);
  EXPECT_FALSE(outflow().drained());
  pass();
  EXPECT_EQ(outflow().mailbox_bytes(), 0U);
  EXPECT_TRUE(outflow().drained());
}

TEST_F(OutflowTest, NothingAppendedIsNothingSent) {
  outflow().append("");
  outflow().mark_lagging();
  pass();
  EXPECT_EQ(ring_.times("send"), 0U);
}

TEST_F(OutflowTest, SourcesAreSentInTheOrderTheyWereAdded) {
  Log first_log;
  Log second_log;
  Source first{Cursor(first_log)};
  Source second{Cursor(second_log)};
  outflow().add(second);
  outflow().add(first);
  first_log.append("first", Record::kMessage);
  second_log.append("second,", Record::kMessage);
  outflow().mark_lagging();
  pass();
  EXPECT_EQ(wire(), "second,first");
  EXPECT_EQ(counters().sends, 1U);
  outflow().remove(first);
  outflow().remove(second);
}

TEST_F(OutflowTest, TheMailboxAndASourceAreSentInTheOrderTheyWereAppendedTo) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  const auto publish = [&](std::string_view record) {
    log.append(record, Record::kMessage);
    outflow().mark_lagging();
  };
  outflow().append("m1,");
  publish("s1,");
  outflow().append("m2,");
  outflow().append("m3,");
  publish("s2,");
  publish("s3,");
  outflow().append("m4,");
  publish("s4,");
  pass();
  EXPECT_EQ(wire(), "m1,s1,m2,m3,s2,s3,m4,s4,");
  EXPECT_EQ(counters().sends, 1U);
  publish("s5,");
  outflow().append("m5,");
  pass();
  EXPECT_EQ(wire(), "m1,s1,m2,m3,s2,s3,m4,s4,s5,m5,");
  EXPECT_TRUE(outflow().drained());
  outflow().remove(source);
}

TEST_F(OutflowTest, TheOrderSurvivesSkipsAndWhereverTheKernelStops) {
  for (std::size_t step = 1; step < 40; ++step) {
    ring_.wire.clear();
    Log log;
    Source source{Cursor(log)};
    outflow().add(source);
    std::string expected;
    give_room(0);
    for (int i = 0; i < 30; ++i) {
      const std::string number = std::to_string(i);
      const Position begin = log.head();
      log.append("source " + number + ",", Record::kMessage);
      if (i % 4 == 1) {
        source.cursor.skip(begin, log.head());
      } else {
        expected += "source " + number + ",";
      }
      outflow().mark_lagging();
      if (i % 3 == 0) {
        outflow().append("mail " + number + ",");
        expected += "mail " + number + ",";
      }
    }
    pass();
    while (!outflow().drained()) {
      give_room(step);
      unblock();
      pass();
    }
    EXPECT_EQ(wire(), expected) << "in steps of " << step;
    outflow().remove(source);
  }
}

TEST_F(OutflowTest, ARecordStandsWhereItsMarkWasTaken) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  outflow().append("[begun]");
  give_room(3);
  pass();
  outflow().append("[before]");
  log.append("[missed]", Record::kMessage);
  source.cursor.jump_to(Cursor(log));
  const std::uint64_t mark = outflow().mark();
  log.append("[source after]", Record::kMessage);
  outflow().append("[mail after]");
  outflow().append_at(mark, "[gap]");
  EXPECT_EQ(outflow().mailbox_bytes(), std::string_view("gun][before][mail after][gap]").size());
  give_room(100);
  unblock();
  pass();
  EXPECT_EQ(wire(), "[begun][before][gap][source after][mail after]");
  EXPECT_TRUE(outflow().drained());
  outflow().remove(source);
}

TEST_F(OutflowTest, ARecordAtAMarkOfAnEmptyMailboxGoesBeforeItsSources) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  give_room(0);
  log.append("[missed]", Record::kMessage);
  outflow().mark_lagging();
  pass();
  source.cursor.jump_to(Cursor(log));
  const std::uint64_t mark = outflow().mark();
  log.append("[source]", Record::kMessage);
  outflow().append_at(mark, "[gap]");
  EXPECT_EQ(outflow().mailbox_bytes(), 5U);
  give_room(100);
  unblock();
  pass();
  EXPECT_EQ(wire(), "[gap][source]");
  outflow().remove(source);
}

TEST_F(OutflowTest, ARetiredSourceSendsWhatItsLogHeldAndNoMore) {
  Log log;
  auto source = std::make_unique<Source>(Cursor(log));
  outflow().add(*source);
  give_room(0);
  outflow().append("m1,");
  log.append("s1,", Record::kMessage);
  const Position begin = log.head();
  log.append("own,", Record::kMessage);
  source->cursor.skip(begin, log.head());
  outflow().mark_lagging();
  outflow().append("m2,");
  outflow().retire(*source);
  source.reset();
  log.append("s2,", Record::kMessage);
  outflow().append("goodbye");
  pass();
  EXPECT_FALSE(outflow().drained());
  for (int i = 0; i < 20; ++i) {
    give_room(1);
    unblock();
    pass();
  }
  EXPECT_EQ(wire(), "m1,s1,m2,goodbye");
  EXPECT_TRUE(outflow().drained());
}

TEST_F(OutflowTest, ASourceThatOwesNothingIsRetiredAtOnce) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  outflow().retire(source);
  EXPECT_TRUE(outflow().drained());
}

TEST_F(OutflowTest, SeveralSourcesRetireInTheirOrderAndStoppingDropsThem) {
  Log one;
  Log two;
  for (const bool stop : {false, true}) {
    ring_.wire.clear();
    Source first{Cursor(one)};
    Source second{Cursor(two)};
    outflow().add(first);
    outflow().add(second);
    one.append("one,", Record::kMessage);
    two.append("two,", Record::kMessage);
    outflow().retire(first);
    outflow().retire(second);  // nobody needs to say that it lags
    if (stop) outflow().stop();
    pass();
    EXPECT_EQ(wire(), stop ? "" : "one,two,");
    EXPECT_TRUE(outflow().drained());
  }
}

TEST_F(OutflowTest, ASourceThatIsBehindWhenItIsAddedIsSentFromItsPlace) {
  Log log;
  log.append("old,", Record::kMessage);
  const Cursor place(log);
  log.append("history", Record::kMessage);
  Source source(place);
  outflow().add(source);
  pass();
  EXPECT_EQ(wire(), "history");
  outflow().remove(source);
}

TEST_F(OutflowTest, ASourcesSkippedRangesAreNotSent) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  log.append("other,", Record::kMessage);
  const Position begin = log.head();
  log.append("own,", Record::kMessage);
  source.cursor.skip(begin, log.head());
  log.append("another", Record::kMessage);
  outflow().mark_lagging();
  pass();
  EXPECT_EQ(wire(), "other,another");
  outflow().remove(source);
}

TEST_F(OutflowTest, MoreRangesThanOneSendTakesAllGoOutWithoutAnotherEvent) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  std::string expected;
  for (std::size_t i = 0; i < 5 * Sender::kPiecesMost; ++i) {
    const std::string record = std::to_string(i) + ",";
    log.append(record, Record::kMessage);
    const Position begin = log.head();
    log.append("own,", Record::kMessage);
    source.cursor.skip(begin, log.head());
    expected += record;
  }
  outflow().mark_lagging();
  for (int i = 0; i < 6; ++i) loop_.run_once();
  EXPECT_EQ(ring_.idle_enters, 0) << "it would have waited for an event that never comes";
  EXPECT_EQ(wire(), expected);
  EXPECT_EQ(counters().sends, 5U);
  outflow().remove(source);
}

TEST_F(OutflowTest, MoreSourcesThanOneSendTakesAllGoOutInTheirOrder) {
  struct Room {
    Log log;
    Source source{Cursor(log)};
  };
  std::vector<std::unique_ptr<Room>> rooms;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    rooms.push_back(std::make_unique<Room>());
    outflow().add(rooms.back()->source);
    const std::string record = "room " + std::to_string(i) + ",";
    rooms.back()->log.append(record, Record::kMessage);
    expected += record;
  }
  outflow().mark_lagging();
  pass(10);
  EXPECT_EQ(wire(), expected);
  for (const auto& room : rooms) outflow().remove(room->source);
}

TEST_F(OutflowTest, APassOffersALimitedNumberOfSendsAndTheNextOnesTheRest) {
  constexpr int kStreams = 3000;
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(std::make_unique<Stream>(loop_, 1000 + i, Address()));
    streams.back()->outflow().append("to " + std::to_string(i));
  }
  loop_.run_once();
  EXPECT_LE(ring_.times("send"), Sender::kOffersPerPass);
  for (int i = 0; i < 20; ++i) loop_.run_once();
  for (int i = 0; i < kStreams; ++i) {
    ASSERT_EQ(ring_.wire[1000 + i], "to " + std::to_string(i));
  }
  streams.clear();
}

// --- A socket that takes little -----------------------------------------------------------------

TEST_F(OutflowTest, ABlockedSocketIsWaitedForAndTriedAgainOnlyThen) {
  give_room(0);
  outflow().append("bytes");
  pass();
  EXPECT_TRUE(outflow().blocked());
  EXPECT_EQ(ring_.times("poll"), 1U);
  outflow().append(", more bytes");
  pass(20);
  EXPECT_EQ(ring_.times("send"), 1U);
  give_room(100);
  unblock();
  pass();
  EXPECT_FALSE(outflow().blocked());
  EXPECT_EQ(wire(), "bytes, more bytes");
  EXPECT_EQ(counters().blocked, 1U);
}

TEST_F(OutflowTest, ASocketThatTakesAByteAtATimeGetsEveryByteOnce) {
  std::string expected;
  for (int i = 0; i < 30; ++i) {
    const std::string record = "record " + std::to_string(i) + ".";
    outflow().append(record);
    expected += record;
  }
  give_room(1);
  pass();
  while (wire().size() < expected.size()) {
    ASSERT_TRUE(outflow().blocked());
    give_room(1);
    unblock();
    pass();
  }
  EXPECT_EQ(wire(), expected);
  EXPECT_TRUE(outflow().drained());
  EXPECT_EQ(counters().bytes, expected.size());
}

TEST_F(OutflowTest, ARecordThatWasBegunIsFinishedBeforeTheMailbox) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  log.append("[from the log]", Record::kMessage);
  give_room(5);
  outflow().mark_lagging();
  pass();
  EXPECT_EQ(wire(), "[from");
  outflow().append("[mail]");
  log.append("[next]", Record::kMessage);
  give_room(100);
  unblock();
  pass();
  EXPECT_EQ(wire(), "[from the log][mail][next]");
  outflow().remove(source);
}

TEST_F(OutflowTest, ARecordThatWasBegunIsFinishedAlthoughItsSourceIsTakenAway) {
  auto log = std::make_unique<Log>();
  auto source = std::make_unique<Source>(Cursor(*log));
  outflow().add(*source);
  log->append("[begun]", Record::kMessage);
  log->append("[not begun]", Record::kMessage);
  give_room(3);
  outflow().mark_lagging();
  pass();
  outflow().remove(*source);
  source.reset();
  log.reset();
  EXPECT_FALSE(outflow().drained());
  EXPECT_EQ(outflow().mailbox_bytes(), 4U);
  outflow().append("[mail]");
  give_room(100);
  unblock();
  pass();
  EXPECT_EQ(wire(), "[begun][mail]");
  EXPECT_TRUE(outflow().drained());
}

TEST_F(OutflowTest, ARecordThatWasBegunIsFinishedAlthoughItsReaderSkipsAhead) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  for (const char* const record : {"[begun]", "[one]", "[two]"}) {
    log.append(record, Record::kMessage);
  }
  give_room(3);
  outflow().mark_lagging();
  pass();
  EXPECT_EQ(source.cursor.jump_to(Cursor(log)), 2U) << "the one that was begun is not missed";
  log.append("[new]", Record::kMessage);
  give_room(100);
  unblock();
  pass();
  EXPECT_EQ(wire(), "[begun][new]");
  outflow().remove(source);
}

TEST_F(OutflowTest, TheRestOfARecordMayItselfGoOutInParts) {
  outflow().append("[a record of some length]");
  outflow().append("[next]");
  for (const std::size_t room : {3U, 0U, 1U, 4U, 100U}) {
    give_room(room);
    if (outflow().blocked()) unblock();
    pass();
  }
  EXPECT_EQ(wire(), "[a record of some length][next]");
}

// Whatever the socket takes, whenever, and whatever is added and taken away meanwhile: the wire
// shows whole records, each source's in order and without a hole up to where it was taken away.
TEST_F(OutflowTest, RecordsAreNeverInterleavedOverRandomUse) {
  struct Room {
    int number;
    Log log;
    Source source{Cursor(log)};
    int next = 0;
  };
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ring_.wire[kSocket].clear();
    std::vector<std::unique_ptr<Room>> rooms;
    int rooms_made = 0;
    int mails = 0;
    give_room(0);
    for (int step = 0; step < 400; ++step) {
      const auto choice = random() % 10;
      if (choice < 1 && rooms.size() < 4) {
        rooms.push_back(std::make_unique<Room>());
        rooms.back()->number = ++rooms_made;
        outflow().add(rooms.back()->source);
      } else if (choice < 2 && !rooms.empty()) {
        const auto gone = static_cast<std::ptrdiff_t>(random() % rooms.size());
        outflow().remove(rooms[static_cast<std::size_t>(gone)]->source);
        rooms.erase(rooms.begin() + gone);
      } else if (choice < 5 && !rooms.empty()) {
        Room& room = *rooms[random() % rooms.size()];
        room.log.append(std::to_string(room.number) + ":" + std::to_string(room.next++) + ";",
                        Record::kMessage);
        outflow().mark_lagging();
      } else if (choice < 6) {
        outflow().append("0:" + std::to_string(mails++) + ";");
      } else {
        ring_.room[kSocket] += random() % 12;
        if (outflow().blocked()) unblock();
        pass();
      }
    }
    give_room(1'000'000);
    if (outflow().blocked()) unblock();
    pass(4);
    ASSERT_TRUE(outflow().drained());
    for (const auto& room : rooms) outflow().remove(room->source);

    std::map<int, int> seen;  // by source, how many of its records
    std::string_view left = wire();
    while (!left.empty()) {
      const std::size_t end = left.find(';');
      ASSERT_NE(end, std::string_view::npos) << left;
      const std::string record(left.substr(0, end));
      left.remove_prefix(end + 1);
      int source = -1;
      int number = -1;
      ASSERT_EQ(std::sscanf(record.c_str(), "%d:%d", &source, &number), 2) << record;
      ASSERT_EQ(record, std::to_string(source) + ":" + std::to_string(number));
      ASSERT_EQ(number, seen[source]++);
    }
    EXPECT_EQ(seen[0], mails);
    for (const auto& room : rooms) EXPECT_EQ(seen[room->number], room->next);
  }
}

// --- Waiting for it -----------------------------------------------------------------------------

// Waits until at most `low_water` bytes are owed, and notes that it did.
Task<void> drain(Outflow& outflow, std::size_t low_water, bool& done) {
  co_await outflow.drain(low_water);
  done = true;
}

TEST_F(OutflowTest, ADrainOfNothingOwedDoesNotWait) {
  bool done = false;
  const TaskHandle<void> handle = loop_.spawn(drain(outflow(), 0, done), "drain");
  loop_.run_once();
  EXPECT_TRUE(done);
}

TEST_F(OutflowTest, ADrainEndsWithASendThatWentOutWholeAndNoOtherEvent) {
  bool done = false;
  outflow().append("bytes");
  const TaskHandle<void> handle = loop_.spawn(drain(outflow(), 0, done), "drain");
  loop_.run_once();  // offers
  EXPECT_FALSE(done);
  ring_.idle_enters = 0;
  loop_.run_once();
  EXPECT_TRUE(done);
  EXPECT_EQ(ring_.idle_enters, 0) << "it would have waited for an event that never comes";
}

TEST_F(OutflowTest, ADrainWaitsForItsLowWater) {
  bool done = false;
  give_room(0);
  outflow().append(std::string(100, 'x'));
  const TaskHandle<void> handle = loop_.spawn(drain(outflow(), 40, done), "drain");
  pass();
  for (const std::size_t room : {30U, 29U}) {  // 70, 41 are left
    give_room(room);
    unblock();
    pass();
    EXPECT_FALSE(done);
  }
  give_room(1);
  unblock();
  pass();
  EXPECT_TRUE(done);
}

TEST_F(OutflowTest, ADrainToZeroWaitsForEverySource) {
  Log log;
  Source source{Cursor(log)};
  bool done = false;
  give_room(0);
  outflow().add(source);
  log.append("bytes", Record::kMessage);
  outflow().mark_lagging();
  const TaskHandle<void> handle = loop_.spawn(drain(outflow(), 0, done), "drain");
  pass();
  EXPECT_FALSE(done);
  give_room(100);
  unblock();
  pass();
  EXPECT_TRUE(done);
  outflow().remove(source);
}

TEST_F(OutflowTest, ADrainEndsWhenTheSourceItWaitsForIsTakenAway) {
  Log log;
  Source source{Cursor(log)};
  bool done = false;
  give_room(0);
  outflow().add(source);
  log.append("bytes", Record::kMessage);
  outflow().mark_lagging();
  const TaskHandle<void> handle = loop_.spawn(drain(outflow(), 0, done), "drain");
  pass();
  EXPECT_FALSE(done);
  outflow().remove(source);
  pass();
  EXPECT_TRUE(done);
}

TEST_F(OutflowTest, ADrainEndsWhenTheReaderItWaitsForSkipsToTheHead) {
  Log log;
  Source source{Cursor(log)};
  bool done = false;
  give_room(0);
  outflow().add(source);
  log.append("bytes", Record::kMessage);
  outflow().mark_lagging();
  const TaskHandle<void> handle = loop_.spawn(drain(outflow(), 0, done), "drain");
  pass();
  source.cursor.jump_to(Cursor(log));
  unblock();
  pass();
  EXPECT_TRUE(done);
  outflow().remove(source);
}

using OutflowDeathTest = OutflowTest;

TEST_F(OutflowDeathTest, TwoWaitersForOneOutflowAreAProgrammingError) {
  bool done = false;
  give_room(0);
  outflow().append("bytes");
  EXPECT_DEATH(
      {
        loop_.spawn(drain(outflow(), 0, done), "first").detach();
        loop_.spawn(drain(outflow(), 0, done), "second").detach();
        pass();
      },
      "assertion failed");
}

// --- A socket that refuses ----------------------------------------------------------------------

TEST_F(OutflowTest, ASocketThatRefusesForGoodBreaksTheOutflow) {
  ring_.refusal[kSocket] = EPIPE;
  outflow().append("bytes");
  pass();
  EXPECT_TRUE(outflow().broken());
  EXPECT_TRUE(outflow().drained());
  EXPECT_EQ(stream_->end_error(), EPIPE);
  outflow().append("more");
  outflow().mark_lagging();
  pass();
  EXPECT_EQ(outflow().mailbox_bytes(), 0U);
  EXPECT_EQ(ring_.times("send"), 1U);
}

TEST_F(OutflowTest, WhoDrainsAndWhoReadsLearnOfABrokenSocket) {
  constexpr auto read = [](Stream& stream, bool& ended) -> Task<void> {
    const Received received = co_await stream.receive();
    ended = received.empty();
  };
  bool done = false;
  bool ended = false;
  give_room(0);
  outflow().append("bytes");
  const TaskHandle<void> writer = loop_.spawn(drain(outflow(), 0, done), "writer");
  const TaskHandle<void> reader = loop_.spawn(read(*stream_, ended), "reader");
  pass();
  EXPECT_FALSE(done || ended);
  ring_.refusal[kSocket] = ECONNRESET;
  unblock();
  pass(3);
  EXPECT_TRUE(done);
  EXPECT_TRUE(ended);
  EXPECT_EQ(stream_->end_error(), ECONNRESET);
}

// The kernel tells of a reset once. Where a send takes it, the receive sees an orderly end.
TEST_F(OutflowTest, AResetThatOnlyASendWasToldOfIsNoOrderlyEndWhicheverIsHeardFirst) {
  constexpr auto read = [](Stream& stream, int& end_error) -> Task<void> {
    const Received received = co_await stream.receive();
    EXPECT_TRUE(received.empty());
    end_error = stream.end_error();
  };
  for (const int passes_between : {1, 2}) {
    SCOPED_TRACE(passes_between);
    stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
    int end_error = -1;
    const TaskHandle<void> reader = loop_.spawn(read(*stream_, end_error), "reader");
    pass();
    ring_.refusal[kSocket] = ECONNRESET;
    outflow().append("bytes");
    pass(passes_between);
    ring_.answer(ring_.newest("receive"), 0);
    pass(2);
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(end_error, ECONNRESET);
  }
}

TEST_F(OutflowTest, AnOrderlyEndRemainsOneWhileSendsSucceed) {
  constexpr auto read = [](Stream& stream) -> Task<void> { co_await stream.receive(); };
  const TaskHandle<void> reader = loop_.spawn(read(*stream_), "reader");
  pass();
  outflow().append("bytes");
  ring_.answer(ring_.newest("receive"), 0);
  pass(2);
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(stream_->end_error(), 0);
}

TEST_F(OutflowTest, ASourceOfABrokenOutflowMayBeTakenAway) {
  Log log;
  Source source{Cursor(log)};
  outflow().add(source);
  ring_.refusal[kSocket] = EPIPE;
  log.append("bytes", Record::kMessage);
  outflow().mark_lagging();
  pass();
  EXPECT_TRUE(outflow().broken());
  log.append("more", Record::kMessage);
  outflow().mark_lagging();
  pass();
  outflow().remove(source);
}

TEST_F(OutflowTest, WithoutMemoryForASendItIsTriedAgain) {
  for (const int error : {ENOBUFS, ENOMEM}) {
    ring_.refusal[kSocket] = error;
    outflow().append("x");
    pass();
    EXPECT_FALSE(outflow().broken());
    EXPECT_TRUE(outflow().blocked());
    ring_.refusal.clear();
    unblock();
    pass();
  }
  EXPECT_EQ(wire(), "xx");
}

TEST_F(OutflowTest, AStreamThatGoesWhileItsSocketIsBlockedClosesItOnceTheWaitHasEnded) {
  ring_.answers_cancels = false;
  give_room(0);
  outflow().append("bytes");
  pass();
  const Token poll = ring_.newest("poll");
  stream_.reset();
  EXPECT_EQ(ring_.newest("cancel"), poll);
  pass();
  EXPECT_TRUE(ring_.closed.empty());
  ring_.answer(poll, 4);  // the result beats the cancel
  pass();
  EXPECT_EQ(ring_.closed, std::vector<int>{kSocket});
  EXPECT_EQ(wire(), "");
}

TEST_F(OutflowTest, WhatIsOwedIsDroppedWithItsStream) {
  outflow().append("bytes");
  stream_.reset();
  EXPECT_EQ(ring_.closed, std::vector<int>{kSocket});
  pass();
  EXPECT_EQ(ring_.times("send"), 0U);
}

// --- The kernel ---------------------------------------------------------------------------------

class OutflowRingTest : public support::EveryRingTest {};
INSTANTIATE_TEST_SUITE_P(Rings, OutflowRingTest, support::kEveryRing, support::ring_name);

// Reads until it has `size` bytes, giving the loop its turns.
Task<std::string> take(const support::Socket& far, std::size_t size, std::size_t most_at_once) {
  std::string all;
  while (all.size() < size) {
    const std::string bytes = far.take(most_at_once);
    all += bytes;
    co_await sleep(bytes.empty() ? Duration(200us) : Duration(0));
  }
  co_return all;
}

TEST_P(OutflowRingTest, ABlockedSocketCostsNoPassesAndLosesNothing) {
  constexpr auto body = [](Sockets sockets, const Passes& passes) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    const std::string bytes = support::numbered_bytes(500'000);
    stream.outflow().append(bytes);
    while (!stream.outflow().blocked()) co_await sleep(1ms);
    const int before = passes.count();
    co_await sleep(100ms);
    EXPECT_LT(passes.count() - before, support::kFewPasses) << "it spins";
    EXPECT_TRUE(stream.outflow().blocked());
    const std::string arrived = co_await take(sockets.far, bytes.size(), 100'000);
    EXPECT_TRUE(arrived == bytes);
    EXPECT_GT(current_loop().sender().counters().blocked, 0U);
  };
  World world(make_ring());
  const Passes passes(world.loop);
  world.run(body(support::tcp_sockets(4096), passes));
}

TEST_P(OutflowRingTest, SomeSocketsBlockedHoldUpNoOther) {
  constexpr auto body = [](std::vector<Sockets>& all) -> Task<void> {
    std::vector<std::unique_ptr<Stream>> streams;
    for (Sockets& sockets : all) {
      streams.push_back(
          std::make_unique<Stream>(current_loop(), sockets.near.release(), Address()));
    }
    const std::string bytes = support::numbered_bytes(200'000);
    for (std::size_t i = 0; i < all.size(); i += 2) streams[i]->outflow().append(bytes);
    co_await sleep(5ms);
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 1; i < all.size(); i += 2) {
        streams[i]->outflow().append("line\n");
        const std::string line = co_await take(all[i].far, 5, 100);
        EXPECT_EQ(line, "line\n");
      }
    }
    for (std::size_t i = 0; i < all.size(); i += 2) EXPECT_FALSE(streams[i]->outflow().drained());
    for (std::size_t i = 0; i < all.size(); i += 2) {
      const std::string arrived = co_await take(all[i].far, bytes.size(), 1'000'000);
      EXPECT_TRUE(arrived == bytes);
    }
  };
  World world(make_ring());
  std::vector<Sockets> all;
  for (int i = 0; i < 6; ++i) all.push_back(support::tcp_sockets(4096));
  world.run(body(all));
}

// Both directions at once, in records and reads of random sizes, over sockets of several kinds.
Task<void> write_randomly(Stream& stream, std::string_view bytes, unsigned seed) {
  std::mt19937 random(seed);
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), random() % 40'000 + 1);
    const std::string_view record = bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (random() % 3 == 0) {
      co_await stream.write(record);
    } else {
      stream.outflow().append(record);
    }
    if (random() % 3 == 0) co_await sleep(0s);
  }
  co_await stream.outflow().drain(0);
}

Task<std::string> read_randomly(Stream& stream, std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string all;
  while (all.size() < size) {
    if (random() % 2 == 0) {
      const Received received = co_await stream.receive();
      if (received.empty()) break;
      all += received.bytes();
    } else {
      const std::size_t count = std::min<std::size_t>(size - all.size(), random() % 20'000);
      all += co_await stream.read_exactly(count);
    }
    if (random() % 10 == 0) co_await sleep(0s);
  }
  co_return all;
}

TEST_P(OutflowRingTest, BigTransfersAreExactToTheByteInBothDirections) {
  constexpr auto body = [](Sockets sockets, unsigned seed) -> Task<void> {
    Stream near(current_loop(), sockets.near.release(), {});
    Stream far(current_loop(), sockets.far.release(), {});
    std::string there = support::numbered_bytes(1'500'000);
    std::string back = there;
    std::reverse(back.begin(), back.end());
    Loop& loop = current_loop();
    const TaskHandle<void> first = loop.spawn(write_randomly(near, there, seed), "write there");
    const TaskHandle<void> second = loop.spawn(write_randomly(far, back, seed + 1), "write back");
    const TaskHandle<std::string> third =
        loop.spawn(read_randomly(far, there.size(), seed + 2), "read there");
    const std::string got_back = co_await read_randomly(near, back.size(), seed + 3);
    const std::string got_there = co_await third;
    co_await first;
    co_await second;
    EXPECT_TRUE(got_there == there);
    EXPECT_TRUE(got_back == back);
  };
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    World world(make_ring());
    world.run(body(seed == 1   ? support::tcp_sockets()
                   : seed == 2 ? support::tcp_sockets(4096)
                               : support::unix_sockets(),
                   seed));
  }
}

TEST_P(OutflowRingTest, APeerThatResetsWakesWhoDrains) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    stream.outflow().append(support::numbered_bytes(500'000));
    while (!stream.outflow().blocked()) co_await sleep(1ms);
    sockets.far.reset();
    co_await stream.outflow().drain(0);
    EXPECT_TRUE(stream.outflow().broken());
    EXPECT_NE(stream.end_error(), 0);
    const Received received = co_await stream.receive();
    EXPECT_TRUE(received.empty());
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(4096)));
}

TEST_P(OutflowRingTest, AnIdlePeerThatResetsIsNoticedWithTheNextSends) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    sockets.far.reset();
    for (int i = 0; i < 1000 && !stream.outflow().broken(); ++i) {
      stream.outflow().append("x");
      co_await sleep(1ms);
    }
    EXPECT_TRUE(stream.outflow().broken());
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets()));
}

}  // namespace
}  // namespace core
