// The log and its cursors: small cases by hand, and long random use against a string and a list of
// records that do the same the obvious way.
#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/support.hpp"

namespace core {
namespace {

// All that a cursor gathers, in as many pieces as it takes.
std::string gathered(const Cursor& cursor, std::size_t most_pieces = 1000) {
  std::vector<iovec> pieces(most_pieces);
  pieces.resize(cursor.gather(pieces));
  std::string bytes;
  for (const iovec& piece : pieces) {
    EXPECT_GT(piece.iov_len, 0U);
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  return bytes;
}

// The record at the cursor, which is then past it.
std::string take_record(Cursor& cursor, Record& kind) {
  std::string record(cursor.peek(kind));
  cursor.advance(record.size());
  return record;
}

TEST(LogTest, AnEmptyLogHasNothingToRead) {
  const Log log;
  const Cursor cursor(log);
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(gathered(cursor), "");
  EXPECT_EQ(cursor.lag_bytes(log), 0U);
  EXPECT_EQ(log.head().byte, 0U);
}

TEST(LogTest, ACursorReadsWhatWasAppendedAfterItWasMade) {
  Log log;
  log.append("before", Record::kMessage);
  Cursor cursor(log);
  log.append("after,", Record::kMessage);
  log.append("and more", Record::kNote);
  EXPECT_EQ(gathered(cursor), "after,and more");
  EXPECT_EQ(cursor.lag_bytes(log), 14U);
  EXPECT_FALSE(cursor.at_end());
  cursor.advance(14);
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(cursor.lag_bytes(log), 0U);
}

TEST(LogTest, GatheringConsumesNothing) {
  Log log;
  const Cursor cursor(log);
  log.append("bytes", Record::kMessage);
  EXPECT_EQ(gathered(cursor), "bytes");
  EXPECT_EQ(gathered(cursor), "bytes");
}

TEST(LogTest, RecordsThatFollowEachOtherAreOnePiece) {
  Log log;
  const Cursor cursor(log);
  for (int i = 0; i < 10; ++i) log.append("record", Record::kMessage);
  std::array<iovec, 4> pieces;
  EXPECT_EQ(cursor.gather(pieces), 1U);
}

TEST(LogTest, TheHeadCountsBytesAndMessagesButNotNotes) {
  Log log;
  log.append("one", Record::kMessage);
  log.append("note", Record::kNote);
  log.append("two", Record::kMessage);
  EXPECT_EQ(log.head().byte, 10U);
  EXPECT_EQ(log.head().messages, 2U);
}

TEST(LogTest, RecordsAreSteppedOverOneByOne) {
  Log log;
  Cursor cursor(log);
  log.append("one", Record::kMessage);
  log.append("note", Record::kNote);
  Record kind = Record::kNote;
  EXPECT_EQ(take_record(cursor, kind), "one");
  EXPECT_EQ(kind, Record::kMessage);
  EXPECT_EQ(cursor.position().messages, 1U);
  EXPECT_EQ(take_record(cursor, kind), "note");
  EXPECT_EQ(kind, Record::kNote);
  EXPECT_TRUE(cursor.at_end());
}

TEST(LogTest, MessagesArePassedByNumberWhateverChunksTheyAreIn) {
  Log log;
  const Cursor begin(log);
  std::vector<std::string> messages;
  for (int i = 0; i < 3000; ++i) {
    messages.push_back("message " + std::to_string(i));
    log.append(messages.back(), Record::kMessage);
    if (i % 7 == 0) log.append("a note", Record::kNote);
  }
  for (const std::size_t count : {0UL, 1UL, 7UL, 8UL, 500UL, 1777UL, 2999UL}) {
    Cursor cursor = begin;
    cursor.pass_messages(count);
    EXPECT_EQ(cursor.position().messages, count);
    Record kind = Record::kNote;
    std::string record;
    while (kind == Record::kNote) record = take_record(cursor, kind);
    EXPECT_EQ(record, messages[count]);
  }
  Cursor all = begin;
  all.pass_messages(3000);
  EXPECT_EQ(all.lag_bytes(log), 0U);
}

TEST(LogTest, InsideARecordItsRestIsKnownAndBetweenRecordsThereIsNone) {
  Log log;
  Cursor cursor(log);
  log.append("first", Record::kMessage);
  log.append("second", Record::kMessage);
  EXPECT_EQ(cursor.rest_of_record(), "");
  cursor.advance(2);
  EXPECT_EQ(cursor.rest_of_record(), "rst");
  cursor.advance(3);
  EXPECT_EQ(cursor.rest_of_record(), "");
  cursor.advance(5);
  EXPECT_EQ(cursor.rest_of_record(), "d");
  cursor.advance(1);
  EXPECT_EQ(cursor.rest_of_record(), "");
}

// --- Skips --------------------------------------------------------------------------------------

class SkipTest : public ::testing::Test {
 protected:
  // Appends a message and returns where it begins; it ends at head().
  Position append(std::string_view record) {
    const Position begin = log_.head();
    log_.append(record, Record::kMessage);
    return begin;
  }
  // Appends one that the cursor is to pass over.
  void append_own(std::string_view record) {
    const Position begin = append(record);
    cursor_.skip(begin, log_.head());
  }

  Log log_;
  Cursor cursor_{log_};
};

TEST_F(SkipTest, ARangeThatBeginsAtTheCursorIsPassedAtOnce) {
  append_own("own");
  EXPECT_TRUE(cursor_.at_end());
  append("other");
  EXPECT_EQ(gathered(cursor_), "other");
}

TEST_F(SkipTest, ARangeAheadIsPassedWhenTheCursorGetsThere) {
  append("one");
  append_own("own");
  append("two");
  EXPECT_EQ(gathered(cursor_), "onetwo");
  cursor_.advance(3);
  EXPECT_EQ(gathered(cursor_), "two");
  cursor_.advance(3);
  EXPECT_TRUE(cursor_.at_end());
}

TEST_F(SkipTest, RangesThatTouchArePassedTogether) {
  append("one");
  append_own("own");
  append_own("own again");
  append("two");
  append_own("last");
  std::array<iovec, 4> pieces;
  EXPECT_EQ(cursor_.gather(pieces), 2U);
  cursor_.advance(6);
  EXPECT_TRUE(cursor_.at_end());
}

TEST_F(SkipTest, AnEmptyRangeIsNothing) {
  append("one");
  cursor_.skip(log_.head(), log_.head());
  append("two");
  EXPECT_EQ(gathered(cursor_), "onetwo");
}

TEST_F(SkipTest, ARangeOverManyChunksIsPassed) {
  append("one");
  const Position begin = log_.head();
  for (int i = 0; i < 100; ++i) append(std::string(10'000, 'x'));
  cursor_.skip(begin, log_.head());
  append("two");
  EXPECT_EQ(gathered(cursor_), "onetwo");
  cursor_.advance(6);
  EXPECT_TRUE(cursor_.at_end());
}

TEST_F(SkipTest, RecordsAreSteppedOverWithoutTheRanges) {
  append("one");
  append_own("own");
  append("two");
  Record kind = Record::kNote;
  EXPECT_EQ(take_record(cursor_, kind), "one");
  EXPECT_EQ(take_record(cursor_, kind), "two");
}

TEST_F(SkipTest, ARecordIsReadableThoughARangeAfterItLeadsOutOfItsChunk) {
  append("one");
  const Position begin = log_.head();
  for (int i = 0; i < 100; ++i) append(std::string(10'000, 'x'));
  cursor_.skip(begin, log_.head());
  append("two");
  Record kind = Record::kNote;
  EXPECT_EQ(take_record(cursor_, kind), "one");
  EXPECT_EQ(take_record(cursor_, kind), "two");
}

TEST_F(SkipTest, LookingAtARecordConsumesNothing) {
  append("one");
  append_own("own");
  append("two");
  Record kind = Record::kNote;
  EXPECT_EQ(cursor_.peek(kind), "one");
  EXPECT_EQ(cursor_.peek(kind), "one");
  EXPECT_EQ(gathered(cursor_), "onetwo");
}

TEST_F(SkipTest, WhatIsSkippedIsKeptNoLongerThanItIsAhead) {
  append("one");
  const Position begin = log_.head();
  append(std::string(1 << 20, 'x'));
  cursor_.skip(begin, log_.head());
  append("two");
  const std::size_t before = support::allocated_bytes();
  Record kind = Record::kNote;
  EXPECT_EQ(take_record(cursor_, kind), "one");
  EXPECT_EQ(take_record(cursor_, kind), "two");
  EXPECT_LT(support::allocated_bytes() + (1 << 20), before + Chunk::kMostBytes);
}

TEST_F(SkipTest, GatheringMoreRangesThanPiecesStopsAtTheLastPiece) {
  for (int i = 0; i < 10; ++i) {
    append(std::to_string(i));
    append_own("own");
  }
  EXPECT_EQ(gathered(cursor_, 4), "0123");
  EXPECT_EQ(gathered(cursor_), "0123456789");
}

TEST_F(SkipTest, JumpingToTheHeadTellsHowManyMessagesWereMissed) {
  append("read");
  append("one");
  append("two");
  append_own("own");
  log_.append("a note", Record::kNote);
  append("three");
  cursor_.advance(4);
  EXPECT_EQ(cursor_.jump_to(Cursor(log_)), 3U);
  EXPECT_TRUE(cursor_.at_end());
  append("next");
  EXPECT_EQ(gathered(cursor_), "next") << "no range is left over";
  EXPECT_EQ(cursor_.jump_to(Cursor(log_)), 1U);
  EXPECT_EQ(cursor_.jump_to(Cursor(log_)), 0U);
}

TEST_F(SkipTest, ACopiedCursorStandsAtTheSamePlaceWithoutTheRanges) {
  append("one");
  append_own("own");
  const Cursor copy(cursor_);
  EXPECT_EQ(gathered(copy), "oneown");
  EXPECT_EQ(gathered(cursor_), "one");
}

TEST_F(SkipTest, ATwinStandsAtTheSamePlaceAndSkipsWhatIsAhead) {
  append("one");
  append_own("own");
  append("two");
  append_own("own");
  append("three");
  Record kind = Record::kNote;
  EXPECT_EQ(take_record(cursor_, kind), "one");  // and one range is behind
  Cursor twin = cursor_.twin();
  EXPECT_EQ(gathered(twin), "twothree");
  twin.advance(8);
  EXPECT_TRUE(twin.at_end());
  EXPECT_EQ(gathered(cursor_), "twothree");
}

TEST_F(SkipTest, AReaderThatAlwaysLagsPilesUpNoRanges) {
  append("x");
  append_own("own");
  const std::size_t before = support::allocated_bytes();
  for (int i = 0; i < 50'000; ++i) {
    append("x");
    append_own("own");
    cursor_.advance(1);
    ASSERT_FALSE(cursor_.at_end());
  }
  EXPECT_LT(support::allocated_bytes(), before + 4 * Chunk::kMostBytes);
}

using SkipDeathTest = SkipTest;

TEST_F(SkipDeathTest, ARangeBehindTheCursorIsAProgrammingError) {
  const Position begin = append("one");
  const Position end = log_.head();
  append("two");
  cursor_.advance(6);
  EXPECT_DEATH(cursor_.skip(begin, end), "assertion failed");
}

// --- Chunks -------------------------------------------------------------------------------------

TEST(ChunkTest, RecordsOfEverySizeSurviveEveryPlaceInAChunk) {
  for (std::size_t size = 1; size <= 600; ++size) {
    Log log;
    Cursor cursor(log);
    std::string all;
    for (std::size_t i = 0; i < 5; ++i) {
      const std::string record(size + i % 3, static_cast<char>('a' + i));
      log.append(record, Record::kMessage);
      all += record;
    }
    ASSERT_EQ(gathered(cursor), all) << size;
    ASSERT_EQ(cursor.lag_bytes(log), all.size());
    cursor.advance(all.size());
    ASSERT_TRUE(cursor.at_end());
    ASSERT_EQ(cursor.position().messages, 5U);
  }
}

TEST(ChunkTest, ARecordIsAlwaysInOnePiece) {
  Log log;
  Cursor cursor(log);
  std::mt19937 random(1);
  std::deque<std::string> records;
  for (int i = 0; i < 2000; ++i) {
    records.emplace_back(random() % 1500 + 1, static_cast<char>('a' + i % 26));
    log.append(records.back(), Record::kMessage);
  }
  for (const std::string& record : records) {
    Record kind = Record::kNote;
    ASSERT_EQ(take_record(cursor, kind), record);
  }
}

TEST(ChunkTest, ARecordLargerThanAnyChunkIsTakenWhole) {
  for (const std::size_t size :
       {std::size_t{Chunk::kMostBytes}, std::size_t{1} << 20, std::size_t{16} << 20}) {
    Log log;
    Cursor cursor(log);
    std::string large(size, 'x');
    large.front() = 'b';
    large.back() = 'e';
    log.append("before", Record::kMessage);
    log.append(large, Record::kMessage);
    log.append("after", Record::kMessage);
    Record kind = Record::kNote;
    EXPECT_EQ(take_record(cursor, kind), "before");
    EXPECT_TRUE(take_record(cursor, kind) == large) << size;
    EXPECT_EQ(take_record(cursor, kind), "after");
  }
}

TEST(ChunkTest, ABusyLogGathersIntoLongRanges) {
  Log log;
  const Cursor cursor(log);
  for (int i = 0; i < 10'000; ++i) log.append(std::string(64, 'x'), Record::kMessage);
  std::vector<iovec> pieces(100);
  EXPECT_LT(cursor.gather(pieces), 20U);
}

TEST(ChunkTest, WhatNoCursorNeedsIsFreed) {
  Log log;
  const std::size_t before = support::allocated_bytes();
  for (int i = 0; i < 10'000; ++i) log.append(std::string(1000, 'x'), Record::kMessage);
  EXPECT_LT(support::allocated_bytes(), before + 3 * Chunk::kMostBytes);
}

TEST(ChunkTest, TheSlowestCursorKeepsWhatIsFromItOnAndNothingBefore) {
  constexpr std::size_t kTotal = 10'000'000;
  Log log;
  const std::size_t before = support::allocated_bytes();
  Cursor fast(log);
  Cursor slow(log);
  for (std::size_t i = 0; i < kTotal / 1000; ++i) {
    log.append(std::string(1000, 'x'), Record::kMessage);
    fast.advance(1000);
  }
  EXPECT_GT(support::allocated_bytes(), before + kTotal);
  slow.advance(kTotal / 2);
  EXPECT_LT(support::allocated_bytes(), before + kTotal * 3 / 4);
  EXPECT_GT(support::allocated_bytes(), before + kTotal / 2);
  slow.advance(kTotal / 2);
  EXPECT_LT(support::allocated_bytes(), before + 4 * Chunk::kMostBytes);
}

TEST(ChunkTest, ACursorMayOutliveItsLog) {
  auto log = std::make_unique<Log>();
  Cursor cursor(*log);
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string record = std::to_string(i) + ",";
    log->append(record, Record::kMessage);
    all += record;
  }
  log.reset();
  EXPECT_EQ(gathered(cursor), all);
  cursor.advance(all.size());
  EXPECT_TRUE(cursor.at_end());
}

TEST(ChunkTest, ALongChainOfChunksIsReleased) {
  auto log = std::make_unique<Log>();
  auto cursor = std::make_unique<Cursor>(*log);
  for (int i = 0; i < 300; ++i) log->append(std::string(Chunk::kMostBytes, 'x'), Record::kNote);
  log.reset();
  cursor.reset();  // the last reference to the first chunk holds all others
}

TEST(LogDeathTest, AnEmptyRecordIsAProgrammingError) {
  Log log;
  EXPECT_DEATH(log.append("", Record::kMessage), "assertion failed");
}

TEST(LogDeathTest, ARecordOverTheLimitIsAProgrammingError) {
  Log log;
  const std::string record((16U << 20) + 1, 'x');
  EXPECT_DEATH(log.append(record, Record::kMessage), "assertion failed");
}

TEST(LogDeathTest, AdvancingPastTheHeadIsAProgrammingError) {
  Log log;
  Cursor cursor(log);
  log.append("four", Record::kMessage);
  EXPECT_DEATH(cursor.advance(5), "assertion failed");
}

// --- Against the obvious ------------------------------------------------------------------------

// A log and its cursors beside what they stand for: all bytes, all records, and for each cursor
// its place and the ranges it is to pass over.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) { ends_.push_back({}); }

  void step() {
    const auto choice = random_() % 100;
    if (choice < 35 || readers_.empty()) return append();
    Reader& reader = *readers_[random_() % readers_.size()];
    if (choice < 42) {
      add_reader(reader);
    } else if (choice < 46) {
      remove_reader();
    } else if (choice < 70) {
      read(reader);
    } else if (choice < 80) {
      step_over_record(reader);
    } else if (choice < 96) {
      skip(reader);
    } else if (choice < 97) {
      jump(reader);
    } else {
      look(reader);
    }
  }

  void start() { readers_.push_back(std::make_unique<Reader>(Reader{Cursor(log_), 0, {}})); }

  // Reads everything that is left, so that it is all compared.
  void finish() {
    for (const auto& reader : readers_) {
      while (!unread(*reader).empty()) read(*reader);
      ASSERT_TRUE(reader->cursor.at_end());
    }
  }

 private:
  static constexpr std::size_t kReadersMost = 12;

  struct Range {
    std::size_t begin, end;  // indices of records
  };
  struct Reader {
    Cursor cursor;
    std::size_t record;  // the index of the next one
    std::deque<Range> skips;
  };

  std::size_t records() const { return kinds_.size(); }
  std::string_view record(std::size_t index) const {
    return std::string_view(all_).substr(ends_[index].byte,
                                         ends_[index + 1].byte - ends_[index].byte);
  }
  static bool skipped(const Reader& reader, std::size_t index) {
    return std::any_of(reader.skips.begin(), reader.skips.end(), [&](const Range& range) {
      return range.begin <= index && index < range.end;
    });
  }
  // Passes over what is to be skipped where the reader stands.
  static void settle(Reader& reader) {
    while (!reader.skips.empty() && reader.skips.front().begin <= reader.record) {
      reader.record = std::max(reader.record, reader.skips.front().end);
      reader.skips.pop_front();
    }
  }
  std::string unread(const Reader& reader) const {
    std::string bytes;
    for (std::size_t i = reader.record; i < records(); ++i) {
      if (!skipped(reader, i)) bytes += record(i);
    }
    return bytes;
  }

  void append() {
    const auto kind = random_() % 3 == 0 ? Record::kNote : Record::kMessage;
    std::size_t size = random_() % 60 + 1;
    if (random_() % 20 == 0) size = random_() % 1200 + 1;
    if (random_() % 500 == 0) size = random_() % 200'000 + 1;
    const char letter = static_cast<char>('a' + random_() % 26);
    std::string bytes(size, letter);
    bytes.back() = '\n';
    log_.append(bytes, kind);
    all_ += bytes;
    kinds_.push_back(kind);
    ends_.push_back({all_.size(), ends_.back().messages + (kind == Record::kMessage ? 1 : 0)});
    ASSERT_EQ(log_.head().byte, ends_.back().byte);
    ASSERT_EQ(log_.head().messages, ends_.back().messages);
  }

  void add_reader(const Reader& other) {
    if (readers_.size() == kReadersMost) return;
    const auto choice = random_() % 3;
    if (choice == 0) {
      readers_.push_back(std::make_unique<Reader>(Reader{Cursor(log_), records(), {}}));
    } else if (choice == 1) {
      readers_.push_back(
          std::make_unique<Reader>(Reader{other.cursor.twin(), other.record, other.skips}));
    } else {
      readers_.push_back(std::make_unique<Reader>(Reader{other.cursor, other.record, {}}));
    }
  }

  void remove_reader() {
    if (readers_.size() > 1) readers_.erase(readers_.begin() + random_() % 2);
  }

  // As an outflow does: offers some pieces, has a part of them taken, and finishes a record that
  // was begun.
  void read(Reader& reader) {
    const std::string expected = unread(reader);
    const std::size_t most_pieces = random_() % 16 + 1;
    const std::string offered = gathered(reader.cursor, most_pieces);
    ASSERT_EQ(offered, expected.substr(0, offered.size()));
    ASSERT_EQ(offered.empty(), expected.empty());
    std::size_t taken = offered.empty() ? 0 : random_() % (offered.size() + 1);
    if (random_() % 3 == 0) taken = offered.size();
    reader.cursor.advance(taken);
    while (taken > 0) {  // the same, record by record
      settle(reader);
      const std::string_view next = record(reader.record);
      if (taken < next.size()) {
        ASSERT_EQ(reader.cursor.rest_of_record(), next.substr(taken));
        reader.cursor.advance(next.size() - taken);
        taken = next.size();
      }
      taken -= next.size();
      ++reader.record;
    }
    settle(reader);
    look(reader);
  }

  void step_over_record(Reader& reader) {
    if (reader.record == records()) return;
    Record kind = Record::kNote;
    ASSERT_EQ(take_record(reader.cursor, kind), record(reader.record));
    ASSERT_EQ(kind, kinds_[reader.record]);
    ++reader.record;
    settle(reader);
    look(reader);
  }

  void skip(Reader& reader) {
    std::size_t from = reader.skips.empty() ? reader.record : reader.skips.back().end;
    from += random_() % 4;
    if (from > records()) return;
    const std::size_t to = std::min(records(), from + random_() % 4);
    reader.cursor.skip(ends_[from], ends_[to]);
    if (from < to) reader.skips.push_back({from, to});
    settle(reader);
    look(reader);
  }

  void jump(Reader& reader) {
    std::uint64_t missed = 0;
    for (std::size_t i = reader.record; i < records(); ++i) {
      if (kinds_[i] == Record::kMessage && !skipped(reader, i)) ++missed;
    }
    ASSERT_EQ(reader.cursor.jump_to(Cursor(log_)), missed);
    reader.record = records();
    reader.skips.clear();
    look(reader);
  }

  void look(const Reader& reader) {
    const Position place = ends_[reader.record];
    ASSERT_EQ(reader.cursor.byte(), place.byte);
    ASSERT_EQ(reader.cursor.position().messages, place.messages);
    ASSERT_EQ(reader.cursor.at_end(), reader.record == records());
    ASSERT_EQ(reader.cursor.lag_bytes(log_), all_.size() - place.byte);
    ASSERT_EQ(reader.cursor.rest_of_record(), "");
  }

  std::mt19937 random_;
  Log log_;
  std::string all_;
  std::vector<Record> kinds_;
  std::vector<Position> ends_;  // before each record, and after the last
  std::vector<std::unique_ptr<Reader>> readers_;
};

TEST(LogModelTest, CursorsAgreeWithAListOfRecordsOverRandomUse) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Model model(seed);
    model.start();
    for (int step = 0; step < 1500; ++step) {
      model.step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    model.finish();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace core
