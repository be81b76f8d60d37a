// One connected socket: reading by lines and by counts, its ends, its limits, and its close.
#include "core/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/listener.hpp"
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

using Lines = std::vector<std::string>;

// How a read ended, where it was not with a line.
constexpr std::string_view kEnd = "<end>";
constexpr std::string_view kTooLong = "<too long>";

// Reads to the end and notes every line, and how it ended.
Task<void> read_lines(Stream& stream, std::size_t most, Lines& lines) {
  for (;;) {
    std::optional<std::string> line;
    try {
      line = co_await stream.read_line(most);
    } catch (const std::length_error&) {
      lines.emplace_back(kTooLong);
      co_return;
    }
    lines.push_back(line.value_or(std::string(kEnd)));
    if (!line) co_return;
  }
}

// A stream on a scripted ring.
class StreamTest : public ::testing::Test {
 protected:
  ~StreamTest() override {
    stream_.reset();
    loop_.run(nothing());
    EXPECT_EQ(ring_.buffers_out, 0) << "every buffer is given back";
  }

  // Passes until nothing is ready, without letting time pass.
  void settle() {
    for (int pass = 0; pass < 6; ++pass) {
      loop_.post([] {});
      loop_.run_once();
    }
  }
  // The pieces arrive each in a pass of its own, or all in one, and then the end.
  Lines lines_of(const std::vector<std::string>& pieces, bool in_one_pass = false,
                 std::size_t most = Stream::kLineMost) {
    Lines lines;
    stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
    const TaskHandle<void> reader = loop_.spawn(read_lines(*stream_, most, lines), "reader");
    settle();
    const Token token = ring_.newest("receive");
    for (const std::string& piece : pieces) {
      ring_.bring(token, piece);
      if (!in_one_pass) settle();
    }
    ring_.answer(token, 0);
    settle();
    EXPECT_TRUE(reader.done());
    stream_.reset();
    return lines;
  }

  ScriptedRing ring_;
  Loop loop_{ring_};
  std::unique_ptr<Stream> stream_;
};

// --- Lines --------------------------------------------------------------------------------------

TEST_F(StreamTest, LinesEndWithLfOrCrLf) {
  EXPECT_EQ(lines_of({"one\ntwo\r\nthree\n"}), (Lines{"one", "two", "three", "<end>"}));
}

TEST_F(StreamTest, EmptyLinesAreLines) {
  EXPECT_EQ(lines_of({"\n\r\n\nx\n\n"}), (Lines{"", "", "", "x", "", "<end>"}));
}

TEST_F(StreamTest, AnUnfinishedLastLineIsALine) {
  EXPECT_EQ(lines_of({"one\nunfinished"}), (Lines{"one", "unfinished", "<end>"}));
}

TEST_F(StreamTest, NothingIsNoLine) {
  EXPECT_EQ(lines_of({}), Lines{"<end>"});
}

TEST_F(StreamTest, ACrInsideALineBelongsToIt) {
  EXPECT_EQ(lines_of({"a\rb\r\r\nc\n"}), (Lines{"a\rb\r", "c", "<end>"}));
}

TEST_F(StreamTest, BytesOfAnyValueAreTakenAsTheyAre) {
  using namespace std::string_literals;
  EXPECT_EQ(lines_of({"nul \0 and \xff\n"s}), (Lines{"nul \0 and \xff"s, "<end>"}));
}

TEST_F(StreamTest, LinesAreTheSameWhereverTheBytesAreSplit) {
  const std::string text = "one\r\n\r\ntwo\n\nthree, longer\r\nrest";
  const Lines expected{"one", "", "two", "", "three, longer", "rest", "<end>"};
  for (std::size_t at = 1; at < text.size(); ++at) {
    for (const bool in_one_pass : {false, true}) {
      ASSERT_EQ(lines_of({text.substr(0, at), text.substr(at)}, in_one_pass), expected) << at;
    }
  }
}

TEST_F(StreamTest, LinesAreTheSameByteByByte) {
  const std::string text = "one\r\n\r\ntwo\n\nrest";
  std::vector<std::string> bytes;
  for (const char byte : text) bytes.emplace_back(1, byte);
  for (const bool in_one_pass : {false, true}) {
    EXPECT_EQ(lines_of(bytes, in_one_pass), (Lines{"one", "", "two", "", "rest", "<end>"}));
  }
}

// Reads once, gives back all but the first byte, waits until more has come, and reads the rest.
Task<void> read_one_byte(Stream& stream, std::string& first, std::string& rest) {
  const Received received = co_await stream.receive();
  first = received.bytes().substr(0, 1);
  stream.put_back(received.bytes().substr(1));
  co_await sleep(Duration::zero());
  rest = co_await stream.read_exactly(5);
}

TEST_F(StreamTest, WhatIsPutBackIsReadNextAndBeforeWhatCameSince) {
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  std::string first;
  std::string rest;
  const TaskHandle<void> reader = loop_.spawn(read_one_byte(*stream_, first, rest), "reader");
  settle();
  const Token token = ring_.newest("receive");
  ring_.bring(token, "abc");
  ring_.bring(token, "def");
  settle();
  ring_.answer(token, 0);
  settle();
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(first, "a");
  EXPECT_EQ(rest, "bcdef");
}

TEST_F(StreamTest, ItsPeerIsWhomItIsToldToComeFrom) {
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address::parse("192.0.2.9:1").value());
  stream_->set_peer(Address::parse("[2001:db8::1]:2").value());
  EXPECT_EQ(stream_->peer().to_string(), "[2001:db8::1]:2");
}

TEST_F(StreamTest, PiecesThatArriveInOnePassStayInOrder) {
  std::vector<std::string> pieces;
  std::string text;
  for (int i = 0; i < 50; ++i) {
    pieces.push_back(std::to_string(i) + ",");
    text += pieces.back();
  }
  EXPECT_EQ(lines_of(pieces, true), (Lines{text, "<end>"}));
}

TEST_F(StreamTest, ALineOfTheLimitIsTakenWithEitherEnding) {
  EXPECT_EQ(lines_of({"12345\n"}, false, 5), (Lines{"12345", "<end>"}));
  EXPECT_EQ(lines_of({"12345\r\n"}, false, 5), (Lines{"12345", "<end>"}));
  EXPECT_EQ(lines_of({"12345\r", "\n"}, false, 5), (Lines{"12345", "<end>"}));
  EXPECT_EQ(lines_of({"12345"}, false, 5), (Lines{"12345", "<end>"}));
}

TEST_F(StreamTest, ALineOverTheLimitIsRefused) {
  EXPECT_EQ(lines_of({"123456\n"}, false, 5), Lines{std::string(kTooLong)});
  EXPECT_EQ(lines_of({"123456"}, false, 5), Lines{std::string(kTooLong)});
  EXPECT_EQ(lines_of({"12345\r1\n"}, false, 5), Lines{std::string(kTooLong)});
  EXPECT_EQ(lines_of({"12345\r\r\n"}, false, 5), Lines{std::string(kTooLong)});
}

TEST_F(StreamTest, ALineWithoutAnEndIsRefusedBeforeItEnds) {
  Lines lines;
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  const TaskHandle<void> reader = loop_.spawn(read_lines(*stream_, 10, lines), "reader");
  settle();
  for (const char* const piece : {"12345", "67890", "1"}) {
    ring_.bring(ring_.newest("receive"), piece);
    settle();
  }
  EXPECT_EQ(lines, Lines{std::string(kTooLong)});
}

TEST_F(StreamTest, TheLimitHoldsForEachLine) {
  EXPECT_EQ(lines_of({"123\n4567\n89\n12345\n123456\n"}, false, 5),
            (Lines{"123", "4567", "89", "12345", std::string(kTooLong)}));
}

// What is read must not stay behind in front of what is not.
TEST_F(StreamTest, AStreamThatIsNeverQuiteReadKeepsItsMemorySmall) {
  Lines lines;
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  const TaskHandle<void> reader = loop_.spawn(read_lines(*stream_, 100, lines), "reader");
  settle();
  const Token token = ring_.newest("receive");
  ring_.bring(token, "begin");
  settle();
  lines.reserve(5000);
  const std::string piece = std::string(80, 'x') + "\nbegin";
  const auto before = static_cast<std::ptrdiff_t>(support::allocated_bytes());
  for (int i = 0; i < 2000; ++i) {
    ring_.bring(token, piece);
    loop_.run_once();
    loop_.run_once();
    ring_.forget_buffers();
  }
  EXPECT_EQ(lines.size(), 2000U);
  lines = {};
  EXPECT_LT(static_cast<std::ptrdiff_t>(support::allocated_bytes()) - before, 20'000);
  ring_.answer(token, 0);
  settle();
}

// --- Separators ---------------------------------------------------------------------------------

// Reads to the end or to a record that is too long, and notes every record and how it ended.
Task<void> read_records(Stream& stream, std::size_t most, Lines& records) {
  for (;;) {
    try {
      records.push_back(co_await stream.read_until("--", most));
      continue;
    } catch (const IncompleteRead& end) {
      records.push_back(end.partial + std::string(kEnd));
    } catch (const LimitOverrun&) {
      records.emplace_back(kTooLong);
    }
    co_return;
  }
}

class ReadUntilTest : public StreamTest {
 protected:
  Lines records_of(const std::vector<std::string>& pieces, std::size_t most = Stream::kLineMost) {
    Lines records;
    stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
    const TaskHandle<void> reader = loop_.spawn(read_records(*stream_, most, records), "reader");
    settle();
    for (const std::string& piece : pieces) {
      ring_.bring(ring_.newest("receive"), piece);
      settle();
    }
    ring_.answer(ring_.newest("receive"), 0);
    settle();
    EXPECT_TRUE(reader.done());
    return records;
  }
};

TEST_F(ReadUntilTest, ARecordEndsWithItsSeparatorWhereverTheBytesAreSplit) {
  const std::string text = "one--two-three-----x-";
  const Lines expected{"one--", "two-three--", "--", "-x-<end>"};
  EXPECT_EQ(records_of({text}), expected);
  for (std::size_t at = 1; at < text.size(); ++at) {
    ASSERT_EQ(records_of({text.substr(0, at), text.substr(at)}), expected) << at;
  }
}

TEST_F(ReadUntilTest, AnEndInsideARecordGivesWhatThereWas) {
  EXPECT_EQ(records_of({"one--", "tw", "o"}), (Lines{"one--", "two<end>"}));
  EXPECT_EQ(records_of({}), Lines{"<end>"});
}

TEST_F(ReadUntilTest, ARecordOfTheLimitIsTakenAndALongerOneRefused) {
  EXPECT_EQ(records_of({"12345--"}, 5), (Lines{"12345--", "<end>"}));
  EXPECT_EQ(records_of({"12345-", "-"}, 5), (Lines{"12345--", "<end>"}));
  EXPECT_EQ(records_of({"123456--"}, 5), Lines{std::string(kTooLong)});
  EXPECT_EQ(records_of({"123456-"}, 5), Lines{std::string(kTooLong)}) << "before it ends";
}

TEST_F(ReadUntilTest, WhatIsTooLongIsStillThereToBeRead) {
  constexpr auto body = [](Stream& stream, Lines& lines) -> Task<void> {
    try {
      co_await stream.read_until("--", 3);
    } catch (const LimitOverrun& error) {
      lines.emplace_back(error.what());
    }
    lines.push_back(co_await stream.read_until("--", 10));
  };
  Lines lines;
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  const TaskHandle<void> reader = loop_.spawn(body(*stream_, lines), "reader");
  settle();
  ring_.bring(ring_.newest("receive"), "12345--");
  settle();
  EXPECT_EQ(lines, (Lines{"a line is longer than its limit", "12345--"}));
}

// --- Counts and pieces --------------------------------------------------------------------------

TEST_F(StreamTest, AnExactCountIsGatheredFromItsPieces) {
  constexpr auto body = [](Stream& stream, Lines& lines) -> Task<void> {
    lines.push_back(co_await stream.read_exactly(0));
    lines.push_back(co_await stream.read_exactly(5));
    lines.push_back(co_await stream.read_exactly(4));
    const auto rest = co_await stream.read_line();
    lines.push_back(rest.value_or("none"));
  };
  Lines lines;
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  const TaskHandle<void> reader = loop_.spawn(body(*stream_, lines), "reader");
  settle();
  for (const char* const piece : {"12", "34", "567", "89rest\n"}) {
    ring_.bring(ring_.newest("receive"), piece);
    settle();
  }
  EXPECT_EQ(lines, (Lines{"", "12345", "6789", "rest"}));
}

TEST_F(StreamTest, AnEndBeforeAnExactCountGivesWhatThereWas) {
  constexpr auto body = [](Stream& stream, Lines& lines) -> Task<void> {
    try {
      co_await stream.read_exactly(10);
    } catch (const IncompleteRead& error) {
      lines.push_back(error.partial);
    }
    const Received after = co_await stream.receive();
    lines.emplace_back(after.bytes());
  };
  Lines lines;
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  const TaskHandle<void> reader = loop_.spawn(body(*stream_, lines), "reader");
  settle();
  ring_.bring(ring_.newest("receive"), "only");
  settle();
  ring_.answer(ring_.newest("receive"), 0);
  settle();
  EXPECT_EQ(lines, (Lines{"only", ""}));
}

Task<void> receive_pieces(Stream& stream, Lines& pieces) {
  for (;;) {
    const Received received = co_await stream.receive();
    pieces.emplace_back(received.bytes());
    if (received.empty()) co_return;
  }
}

class ReceiveTest : public StreamTest {
 protected:
  ~ReceiveTest() override {
    reader_.cancel();
    settle();
  }

  void start() {
    stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
    reader_ = loop_.spawn(receive_pieces(*stream_, pieces_), "reader");
    settle();
  }
  std::string all() const {
    std::string bytes;
    for (const std::string& piece : pieces_) bytes += piece;
    return bytes;
  }

  Lines pieces_;
  TaskHandle<void> reader_;
};

TEST_F(ReceiveTest, DataAndTheEndInOnePassGiveBoth) {
  start();
  ring_.bring(ring_.newest("receive"), "last words");
  ring_.answer(ring_.newest("receive"), 0);
  settle();
  EXPECT_EQ(pieces_, (Lines{"last words", ""}));
}

TEST_F(ReceiveTest, DataAndAResetInOnePassGiveTheDataAndThenTheEnd) {
  start();
  ring_.bring(ring_.newest("receive"), "one,");
  ring_.bring(ring_.newest("receive"), "two");
  ring_.answer(ring_.newest("receive"), -ECONNRESET);
  settle();
  EXPECT_EQ(all(), "one,two");
  EXPECT_TRUE(reader_.done());
  EXPECT_EQ(stream_->end_error(), ECONNRESET);
}

TEST_F(ReceiveTest, AReceiveThatEndsWithDataIsArmedAgain) {
  start();
  ring_.bring(ring_.newest("receive"), "one,", false);
  settle();
  EXPECT_EQ(ring_.times("receive"), 2U);
  ring_.bring(ring_.newest("receive"), "two,", false);
  settle();
  ring_.bring(ring_.newest("receive"), "three");
  settle();
  EXPECT_EQ(all(), "one,two,three");
}

TEST_F(ReceiveTest, WithoutABufferItIsArmedAgainForWhoReads) {
  start();
  ring_.answer(ring_.newest("receive"), -ENOBUFS);
  settle();
  EXPECT_EQ(ring_.times("receive"), 2U);
  EXPECT_FALSE(reader_.done());
  ring_.bring(ring_.newest("receive"), "data");
  settle();
  EXPECT_EQ(all(), "data");
}

TEST_F(ReceiveTest, ABufferThatComesWithAnErrorIsGivenBack) {
  start();
  ring_.bring(ring_.newest("receive"), "", false);  // the end, with a buffer
  settle();
  EXPECT_EQ(pieces_, Lines{""});
  EXPECT_EQ(ring_.buffers_out, 0);
}

TEST_F(ReceiveTest, AfterTheEndEveryReadEndsAtOnce) {
  start();
  ring_.answer(ring_.newest("receive"), 0);
  settle();
  for (int i = 0; i < 3; ++i) {
    const TaskHandle<void> again = loop_.spawn(receive_pieces(*stream_, pieces_), "again");
    loop_.run_once();
    EXPECT_TRUE(again.done());
  }
  EXPECT_EQ(ring_.times("receive"), 1U);
  EXPECT_EQ(stream_->end_error(), 0);
}

TEST_F(ReceiveTest, AStreamMayMoveWhileItIsRead) {
  constexpr auto receive = [](Stream& stream, Lines& pieces) -> Task<void> {
    const Received received = co_await stream.receive();
    pieces.emplace_back(received.bytes());
  };
  stream_ = std::make_unique<Stream>(loop_, kSocket, Address());
  reader_ = loop_.spawn(receive(*stream_, pieces_), "reader");
  settle();
  Stream moved = std::move(*stream_);
  *stream_ = Stream(loop_, kSocket + 1, Address());
  ring_.bring(ring_.newest("receive"), "data");
  settle();
  EXPECT_EQ(pieces_, Lines{"data"});
  const TaskHandle<void> next = loop_.spawn(receive(moved, pieces_), "next");
  settle();
  ring_.bring(ring_.newest("receive"), "more");
  settle();
  EXPECT_EQ(pieces_, (Lines{"data", "more"}));
}

TEST_F(ReceiveTest, WhatArrivesWhileNobodyReadsIsKeptAndBeyondTheLimitReceivingPauses) {
  start();
  reader_.cancel();
  settle();
  const Token token = ring_.newest("receive");
  const std::string piece(2048, 'x');
  std::size_t brought = 0;
  while (ring_.times("cancel") == 0 && brought < 2 * Stream::kUnreadMost) {
    ring_.bring(token, piece);
    brought += piece.size();
    settle();
  }
  EXPECT_GT(brought, Stream::kUnreadMost);
  EXPECT_LE(brought, Stream::kUnreadMost + piece.size());
  settle();
  EXPECT_EQ(ring_.times("receive"), 1U) << "nobody reads: it stays paused";
  reader_ = loop_.spawn(receive_pieces(*stream_, pieces_), "reader");
  settle();
  EXPECT_EQ(all().size(), brought);
  EXPECT_EQ(ring_.times("receive"), 2U) << "it is armed again";

  reader_.cancel();
  settle();
  ring_.bring(ring_.newest("receive"), std::string(Stream::kUnreadMost + 1, 'x'));
  settle();
  EXPECT_EQ(ring_.times("cancel"), 2U) << "and pauses again";
}

TEST_F(ReceiveTest, WhoReadsAgainBeforeThePauseHasBegunGoesOnReceiving) {
  start();
  reader_.cancel();
  settle();
  ring_.answers_cancels = false;
  const Token token = ring_.newest("receive");
  ring_.bring(token, std::string(Stream::kUnreadMost + 1, 'x'));
  settle();
  EXPECT_EQ(ring_.times("cancel"), 1U);
  reader_ = loop_.spawn(receive_pieces(*stream_, pieces_), "reader");
  settle();
  ring_.bring(token, "more,");
  ring_.answer(token, -ECANCELED);
  settle();
  EXPECT_EQ(ring_.times("receive"), 2U);
  ring_.bring(ring_.newest("receive"), "and more");
  settle();
  EXPECT_EQ(all(), std::string(Stream::kUnreadMost + 1, 'x') + "more,and more");
  ring_.answers_cancels = true;
  ring_.answer(ring_.newest("receive"), 0);
  settle();
}

TEST_F(ReceiveTest, AStreamThatGoesClosesItsSocketOnceTheReceiveHasEnded) {
  start();
  reader_.cancel();
  settle();
  ring_.answers_cancels = false;
  stream_.reset();
  EXPECT_EQ(ring_.times("cancel"), 1U);
  settle();
  EXPECT_TRUE(ring_.closed.empty());
  ring_.bring(ring_.newest("receive"), "too late");
  settle();
  EXPECT_TRUE(ring_.closed.empty());
  ring_.answer(ring_.newest("receive"), -ECANCELED);
  settle();
  EXPECT_EQ(ring_.closed, std::vector<int>{kSocket});
}

TEST_F(ReceiveTest, AStreamThatGoesWhileAReceiveAndASendWaitClosesItsSocketOnceAfterBoth) {
  for (const bool receive_first : {true, false}) {
    ring_.closed.clear();
    start();
    ring_.room[kSocket] = 0;
    stream_->outflow().append("bytes");
    settle();
    reader_.cancel();
    settle();
    ring_.answers_cancels = false;
    stream_.reset();
    const Token receive = ring_.newest("receive");
    const Token poll = ring_.newest("poll");
    ring_.answer(receive_first ? receive : poll, -ECANCELED);
    settle();
    EXPECT_TRUE(ring_.closed.empty());
    ring_.answer(receive_first ? poll : receive, -ECANCELED);
    settle();
    EXPECT_EQ(ring_.closed, std::vector<int>{kSocket});
    ring_.answers_cancels = true;
  }
}

using StreamDeathTest = StreamTest;

TEST_F(StreamDeathTest, TwoReadersAtOnceAreAProgrammingError) {
  EXPECT_DEATH(
      {
        Lines lines;
        Stream stream(loop_, kSocket, {});
        loop_.spawn(read_lines(stream, 100, lines), "first").detach();
        loop_.spawn(read_lines(stream, 100, lines), "second").detach();
        settle();
      },
      "assertion failed");
}

// --- The kernel ---------------------------------------------------------------------------------

class StreamRingTest : public support::EveryRingTest {};
INSTANTIATE_TEST_SUITE_P(Rings, StreamRingTest, support::kEveryRing, support::ring_name);

TEST_P(StreamRingTest, ManyPiecesThatArriveAtOnceStayInOrder) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    const std::string bytes = support::numbered_bytes(40'000);
    EXPECT_EQ(sockets.far.send(bytes + "\n" + bytes), 2 * bytes.size() + 1);
    const auto line = co_await stream.read_line();
    EXPECT_TRUE(line == bytes);
    const std::string count = co_await stream.read_exactly(bytes.size());
    EXPECT_TRUE(count == bytes);
  };
  World world(make_ring());
  world.run(body(support::unix_sockets()));
}

TEST_P(StreamRingTest, APeerThatEndsItsDirectionCanStillBeWrittenTo) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    sockets.far.send("question");
    ::shutdown(sockets.far.get(), SHUT_WR);
    const auto line = co_await stream.read_line();
    EXPECT_EQ(line, "question");
    const auto end = co_await stream.read_line();
    EXPECT_FALSE(end.has_value());
    EXPECT_EQ(stream.end_error(), 0);
    co_await stream.write("answer");
    co_await stream.outflow().drain(0);
    EXPECT_FALSE(stream.outflow().broken());
    EXPECT_EQ(sockets.far.take(), "answer");
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets()));
}

TEST_P(StreamRingTest, AResetIsAnEndThatIsToldApart) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    sockets.far.reset();
    const auto line = co_await stream.read_line();
    EXPECT_FALSE(line.has_value());
    EXPECT_EQ(stream.end_error(), ECONNRESET);
    co_await stream.write("ignored");
    co_await stream.outflow().drain(0);
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets()));
}

TEST_P(StreamRingTest, APeerIsPausedWhileNobodyReadsAndThenEverythingArrives) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    // A first read arms receiving; after it nobody reads.
    sockets.far.send("begin\n");
    const auto line = co_await stream.read_line();
    EXPECT_EQ(line, "begin");
    const std::string chunk = support::numbered_bytes(10'000);
    std::string sent;
    for (int blocked = 0; blocked < 20 && sent.size() < (64U << 20);) {
      const std::size_t count = sockets.far.send(chunk);
      sent.append(chunk, 0, count);
      blocked = count == 0 ? blocked + 1 : 0;
      co_await sleep(count == 0 ? Duration(1ms) : Duration(0));
    }
    EXPECT_LT(sent.size(), 64U << 20) << "the peer never felt it";
    EXPECT_GT(sent.size(), Stream::kUnreadMost);
    std::string arrived;
    while (arrived.size() < sent.size()) {
      const Received received = co_await stream.receive();
      EXPECT_FALSE(received.empty());
      if (received.empty()) break;
      arrived += received.bytes();
    }
    EXPECT_TRUE(arrived == sent);
    sockets.far.send("and on\n");
    const auto next = co_await stream.read_line();
    EXPECT_EQ(next, "and on");
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(16'384)));
}

TEST_P(StreamRingTest, APausedStreamMakesNoPasses) {
  constexpr auto body = [](Sockets sockets, const Passes& passes) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    sockets.far.send("begin\n");
    const auto line = co_await stream.read_line();
    EXPECT_EQ(line, "begin");
    for (int i = 0; i < 50; ++i) {
      sockets.far.send(std::string(10'000, 'x'));
      co_await sleep(0s);
    }
    co_await sleep(10ms);
    const int before = passes.count();
    co_await sleep(100ms);
    EXPECT_LT(passes.count() - before, support::kFewPasses) << "it spins";
  };
  World world(make_ring());
  const Passes passes(world.loop);
  world.run(body(support::tcp_sockets(), passes));
}

TEST_P(StreamRingTest, ALineFarOverTheUnreadLimitArrives) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    Stream near(current_loop(), sockets.near.release(), {});
    Stream far(current_loop(), sockets.far.release(), {});
    const std::string line = support::numbered_bytes(1'000'000);
    far.outflow().append(line + "\n");
    const auto got = co_await near.read_line(2'000'000);
    EXPECT_TRUE(got == line);
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets()));
}

TEST_P(StreamRingTest, AWriteWaitsWhileTooMuchIsOwed) {
  constexpr auto write = [](Stream& stream, int& writes) -> Task<void> {
    for (; writes < 1000; ++writes) co_await stream.write(std::string(10'000, 'x'));
  };
  constexpr auto body = [](Sockets sockets, auto writer) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    int writes = 0;
    TaskHandle<void> handle = current_loop().spawn(writer(stream, writes), "writer");
    co_await sleep(20ms);
    EXPECT_LT(writes, 1000);
    EXPECT_STREQ(handle.context().operation(), "drain");
    EXPECT_LE(stream.outflow().mailbox_bytes(), Stream::kHighWater + 10'000);
    std::size_t taken = 0;
    while (!handle.done()) {
      taken += sockets.far.take().size();
      EXPECT_LE(stream.outflow().mailbox_bytes(), Stream::kHighWater + 10'000);
      co_await sleep(0s);
    }
    while (taken < 10'000'000) {
      taken += sockets.far.take().size();
      co_await sleep(0s);
    }
    EXPECT_EQ(taken, 10'000'000U);
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(), write));
}

// --- Connecting ---------------------------------------------------------------------------------

TEST_P(StreamRingTest, ConnectingGivesAStreamThatKnowsItsPeer) {
  constexpr auto body = []() -> Task<void> {
    Listener listener(current_loop(), *Address::parse("127.0.0.1:0"));
    Stream near = co_await Stream::connect(listener.address());
    Stream far = co_await listener.accept();
    EXPECT_EQ(near.peer(), listener.address());
    EXPECT_TRUE(far.peer().is_loopback());
    near.outflow().append("hello\n");
    const auto line = co_await far.read_line();
    EXPECT_EQ(line, "hello");
  };
  World world(make_ring());
  world.run(body());
}

TEST_P(StreamRingTest, ARefusedConnectNamesTheAddress) {
  constexpr auto body = []() -> Task<std::string> {
    Address closed;
    {
      const Listener listener(current_loop(), *Address::parse("127.0.0.1:0"));
      closed = listener.address();
    }
    std::string said;
    try {
      const Stream stream = co_await Stream::connect(closed);
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::connection_refused);
      said = error.what();
    }
    EXPECT_NE(said.find(closed.to_string()), std::string::npos) << said;
    co_return said;
  };
  World world(make_ring());
  const std::size_t descriptors = support::open_descriptors();
  EXPECT_NE(world.run(body()).find("Connection refused"), std::string::npos);
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

TEST_P(StreamRingTest, AConnectWithoutADescriptorNamesTheAddress) {
  if (!support::NoMoreDescriptors::is_possible()) GTEST_SKIP() << "the sanitizer needs some";
  constexpr auto body = [](Address address) -> Task<std::string> {
    const support::NoMoreDescriptors limit;
    try {
      const Stream stream = co_await Stream::connect(address);
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::too_many_files_open);
      co_return error.what();
    }
    co_return "connected";
  };
  World world(make_ring());
  const std::string said = world.run(body(*Address::parse("127.0.0.1:9")));
  EXPECT_NE(said.find("127.0.0.1:9"), std::string::npos) << said;
}

// --- Ending -------------------------------------------------------------------------------------

TEST_P(StreamRingTest, FinishingDeliversALastMessageAlthoughInputIsUnread) {
  constexpr auto peer = [](const support::Socket& far) -> Task<std::string> {
    std::string all;
    while (!far.at_end()) {
      all += far.take();
      co_await sleep(1ms);
    }
    ::shutdown(far.get(), SHUT_WR);
    co_return all;
  };
  constexpr auto body = [](Sockets sockets, auto take_all) -> Task<void> {
    Stream stream(current_loop(), sockets.near.release(), {});
    sockets.far.send(std::string(100'000, 'x'));  // that nobody will read
    const std::string farewell = support::numbered_bytes(300'000);
    stream.outflow().append(farewell);
    const TaskHandle<std::string> other = current_loop().spawn(take_all(sockets.far), "peer");
    co_await stream.finish(10s);
    const std::string arrived = co_await other;
    EXPECT_TRUE(arrived == farewell) << arrived.size();
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(), peer));
}

TEST_P(StreamRingTest, FinishingWaitsForNothingButThePeersEnd) {
  constexpr auto body = [](Sockets sockets) -> Task<Duration> {
    Stream stream(current_loop(), sockets.near.release(), {});
    stream.outflow().append("bye");
    ::shutdown(sockets.far.get(), SHUT_WR);
    const Time begin = Clock::now();
    co_await stream.finish(10s);
    EXPECT_EQ(sockets.far.take(), "bye");
    co_return Clock::now() - begin;
  };
  World world(make_ring());
  EXPECT_LT(world.run(body(support::tcp_sockets())), 5s);
}

TEST_P(StreamRingTest, FinishingGivesUpAPeerThatTakesNothing) {
  constexpr auto body = [](Sockets sockets) -> Task<void> {
    for (const std::size_t owed : {0U, 1'000'000U}) {
      Sockets pair = owed == 0 ? std::move(sockets) : support::tcp_sockets(4096);
      Stream stream(current_loop(), pair.near.release(), {});
      stream.outflow().append(std::string(owed, 'x'));
      co_await stream.finish(20ms);
    }
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(4096)));
  EXPECT_EQ(world.loop.operations().in_flight(), 0U);
}

TEST_P(StreamRingTest, FinishingAfterAResetReturnsAtOnce) {
  constexpr auto body = [](Sockets sockets) -> Task<Duration> {
    Stream stream(current_loop(), sockets.near.release(), {});
    stream.outflow().append(std::string(1'000'000, 'x'));
    sockets.far.reset();
    const Time begin = Clock::now();
    co_await stream.finish(10s);
    co_return Clock::now() - begin;
  };
  World world(make_ring());
  EXPECT_LT(world.run(body(support::tcp_sockets(4096))), 5s);
}

TEST_P(StreamRingTest, ACancelPassesThroughFinish) {
  constexpr auto finish = [](int socket) -> Task<void> {
    Stream stream(current_loop(), socket, {});
    co_await stream.finish(10s);
  };
  constexpr auto body = [](Sockets sockets, auto finisher) -> Task<bool> {
    TaskHandle<void> handle = current_loop().spawn(finisher(sockets.near.release()), "finisher");
    co_await sleep(5ms);
    handle.cancel();
    try {
      co_await handle;
    } catch (const Cancelled&) {
      co_return true;
    }
    co_return false;
  };
  World world(make_ring());
  EXPECT_TRUE(world.run(body(support::tcp_sockets(), finish)));
}

// --- Closing ------------------------------------------------------------------------------------

TEST_P(StreamRingTest, StreamsThatGoInEveryStateCloseTheirDescriptorsOnce) {
  constexpr auto read = [](Stream stream) -> Task<void> { co_await stream.receive(); };
  constexpr auto body = [](std::vector<Sockets>& all, auto reader) -> Task<void> {
    Loop& loop = current_loop();
    Stream untouched(loop, all[0].near.release(), {});
    Stream owing(loop, all[1].near.release(), {});
    owing.outflow().append("never sent");
    Stream blocked(loop, all[2].near.release(), {});
    blocked.outflow().append(std::string(1'000'000, 'x'));
    TaskHandle<void> reading = loop.spawn(reader(Stream(loop, all[3].near.release(), {})), "read");
    Stream armed(loop, all[4].near.release(), {});
    all[4].far.send("line\n");
    const auto line = co_await armed.read_line();
    EXPECT_EQ(line, "line");
    Stream moved_from(loop, all[5].near.release(), {});
    const Stream moved_to = std::move(moved_from);
    Stream assigned(loop, all[6].near.release(), {});
    assigned = Stream(loop, all[7].near.release(), {});
    while (!blocked.outflow().blocked()) co_await sleep(1ms);
  };
  World world(make_ring());
  const std::size_t before = support::open_descriptors();
  {
    std::vector<Sockets> all;
    for (int i = 0; i < 8; ++i) all.push_back(support::tcp_sockets(4096));
    world.run(body(all, read));
    EXPECT_EQ(support::open_descriptors(), before + all.size()) << "the far ends are left";
    // A descriptor closed twice would have closed a far end, or the next one opened.
    for (const Sockets& sockets : all) {
      EXPECT_GE(::fcntl(sockets.far.get(), F_GETFD), 0);
    }
  }
  EXPECT_EQ(support::open_descriptors(), before);
}

TEST_P(StreamRingTest, AStreamMayGoInATaskThatItsOwnDataWoke) {
  constexpr auto serve = [](std::unique_ptr<Stream>& stream) -> Task<void> {
    const Received received = co_await stream->receive();
    stream.reset();
    EXPECT_EQ(received.bytes().substr(0, 4), "data") << "the buffer is the ring's";
    co_await sleep(0s);
  };
  constexpr auto body = [](Sockets sockets, auto server) -> Task<void> {
    auto stream = std::make_unique<Stream>(current_loop(), sockets.near.release(), Address());
    const TaskHandle<void> handle = current_loop().spawn(server(stream), "serve");
    co_await sleep(2ms);
    sockets.far.send("data, and more than one buffer of it" + std::string(10'000, 'x'));
    co_await handle;
    while (!sockets.far.at_end() && sockets.far.send("x") > 0) co_await sleep(1ms);
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(), serve));
  EXPECT_EQ(world.loop.operations().in_flight(), 0U);
}

TEST_P(StreamRingTest, HundredsOfStreamsComeAndGoWithoutALeak) {
  constexpr auto serve = [](Stream stream) -> Task<void> {
    while (auto line = co_await stream.read_line()) co_await stream.write(*line + "\n");
  };
  constexpr auto talk = [](Address address, int number) -> Task<void> {
    Stream stream = co_await Stream::connect(address);
    const std::string text = "from " + std::to_string(number);
    co_await stream.write(text + "\n");
    if (number % 3 == 0) co_return;  // without waiting for the answer
    const auto line = co_await stream.read_line();
    EXPECT_EQ(line, text);
    if (number % 3 == 1) co_return;
    co_await stream.finish(1s);
  };
  constexpr auto accept = [](Listener& listener, auto server) -> Task<void> {
    for (;;) {
      Stream stream = co_await listener.accept();
      current_loop().spawn(server(std::move(stream)), "serve").detach();
    }
  };
  constexpr auto body = [](auto acceptor, auto server, auto talker) -> Task<void> {
    Listener listener(current_loop(), *Address::parse("127.0.0.1:0"));
    TaskHandle<void> accepting = current_loop().spawn(acceptor(listener, server), "accept");
    std::vector<TaskHandle<void>> talkers;
    for (int i = 0; i < 300; ++i) {
      talkers.push_back(current_loop().spawn(talker(listener.address(), i), "talk"));
    }
    for (const TaskHandle<void>& one : talkers) co_await one;
    accepting.cancel();
    try {
      co_await accepting;
    } catch (const Cancelled&) {
    }
  };
  World world(make_ring());
  const support::Reports reports(world.loop);
  const std::size_t before = support::open_descriptors();
  world.run(body(accept, serve, talk));
  EXPECT_EQ(support::open_descriptors(), before);
  EXPECT_TRUE(reports.all.empty());
}

// --- A ring that is far too small ---------------------------------------------------------------

Task<void> receive_line(Stream& stream, std::string& got) {
  const auto line = co_await stream.read_line(1'000'000);
  got = line.value_or("");
}

// Many connections send at once, all of them more than one buffer.
Task<void> gather_lines(std::vector<Sockets>& all, std::size_t line_bytes) {
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<std::string> got(all.size());
  std::vector<TaskHandle<void>> readers;
  for (std::size_t i = 0; i < all.size(); ++i) {
    streams.push_back(std::make_unique<Stream>(current_loop(), all[i].near.release(), Address()));
    readers.push_back(current_loop().spawn(receive_line(*streams[i], got[i]), "reader"));
  }
  co_await sleep(1ms);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < all.size(); ++i) {
    lines.push_back(std::to_string(i) + ":" + support::numbered_bytes(line_bytes));
    all[i].far.send(lines[i] + "\n");
  }
  for (const TaskHandle<void>& reader : readers) co_await reader;
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(got[i] == lines[i]) << i;
}

TEST(SmallRingTest, MoreConnectionsThanBuffersSendingAtOnceLoseNothing) {
  std::vector<Sockets> all;
  for (int i = 0; i < 60; ++i) all.push_back(support::unix_sockets());
  World world(UringOptions{.submissions = 4, .buffers = 4});
  world.run(gather_lines(all, 20'000));
}

TEST(SmallRingTest, OneBufferOfAFewBytesIsEnough) {
  std::vector<Sockets> all;
  for (int i = 0; i < 10; ++i) all.push_back(support::unix_sockets());
  World world(UringOptions{.submissions = 4, .buffers = 1, .buffer_bytes = 16});
  world.run(gather_lines(all, 2'000));
}

TEST(SmallRingTest, AReceiveThatTakesNoBufferLeavesTheOthersTheirTurn) {
  // While every buffer is out, more receives are armed than there are buffers; the first of them,
  // which have nothing to receive, must not keep the buffers from the last, which has.
  constexpr auto body = [](std::vector<Sockets>& all) -> Task<void> {
    std::vector<std::unique_ptr<Stream>> streams;
    for (Sockets& sockets : all) {
      streams.push_back(
          std::make_unique<Stream>(current_loop(), sockets.near.release(), Address()));
    }
    std::vector<Received> held;
    for (std::size_t i = 0; i < 4; ++i) {
      all[i].far.send("hold this");
      held.push_back(co_await streams[i]->receive());
    }
    std::vector<std::string> got(all.size());
    std::vector<TaskHandle<void>> readers;
    for (std::size_t i = 4; i < all.size(); ++i) {
      readers.push_back(current_loop().spawn(receive_line(*streams[i], got[i]), "reader"));
    }
    co_await sleep(1ms);
    held.clear();
    co_await sleep(1ms);
    all.back().far.send("at last\n");
    co_await readers.back();
    EXPECT_EQ(got.back(), "at last");
    for (TaskHandle<void>& reader : readers) {
      if (reader.done()) continue;
      reader.cancel();
      try {
        co_await reader;
      } catch (const Cancelled&) {
      }
    }
  };
  std::vector<Sockets> all;
  for (int i = 0; i < 30; ++i) all.push_back(support::unix_sockets());
  World world(UringOptions{.submissions = 64, .buffers = 4});
  world.run(body(all));
}

TEST(SmallRingTest, AStreamThatGoesWhileItWaitsForABufferCloses) {
  constexpr auto read = [](Stream stream) -> Task<void> { co_await stream.receive(); };
  constexpr auto body = [](std::vector<Sockets>& all, auto reader) -> Task<void> {
    Stream holder(current_loop(), all[0].near.release(), {});
    all[0].far.send("hold this");
    const Received held = co_await holder.receive();
    TaskHandle<void> starved =
        current_loop().spawn(reader(Stream(current_loop(), all[1].near.release(), {})), "starved");
    co_await sleep(1ms);
    starved.cancel();
    try {
      co_await starved;
    } catch (const Cancelled&) {
    }
    for (int i = 0; i < 1000 && !all[1].far.at_end(); ++i) co_await sleep(1ms);
    EXPECT_TRUE(all[1].far.at_end());
  };
  std::vector<Sockets> all;
  for (int i = 0; i < 2; ++i) all.push_back(support::unix_sockets());
  World world(UringOptions{.submissions = 4, .buffers = 1});
  world.run(body(all, read));
}

TEST(SmallRingTest, ManySendsThroughASmallQueueAllGoOut) {
  constexpr auto body = [](std::vector<Sockets>& all) -> Task<void> {
    std::vector<std::unique_ptr<Stream>> streams;
    for (Sockets& sockets : all) {
      streams.push_back(
          std::make_unique<Stream>(current_loop(), sockets.near.release(), Address()));
    }
    for (int round = 0; round < 20; ++round) {
      for (auto& stream : streams) stream->outflow().append("round " + std::to_string(round) + ";");
      co_await sleep(0s);
      co_await sleep(0s);
    }
    std::string expected;
    for (int round = 0; round < 20; ++round) expected += "round " + std::to_string(round) + ";";
    for (const Sockets& sockets : all) EXPECT_EQ(sockets.far.take(), expected);
  };
  std::vector<Sockets> all;
  for (int i = 0; i < 100; ++i) all.push_back(support::unix_sockets());
  World world(UringOptions{.submissions = 4, .buffers = 4});
  world.run(body(all));
}

TEST_P(StreamRingTest, AWriteLargerThanARecordArrivesWhole) {
  constexpr std::size_t kSize = Log::kRecordMost + Log::kRecordMost / 4;
  constexpr auto write = [](Stream stream, std::size_t size) -> Task<void> {
    co_await stream.write(std::string(size, 'x'));
    co_await stream.finish(10s);
  };
  constexpr auto body = [](Sockets sockets, auto writer, std::size_t size) -> Task<std::size_t> {
    Stream reader(current_loop(), sockets.far.release(), Address());
    current_loop()
        .spawn(writer(Stream(current_loop(), sockets.near.release(), Address()), size), "writer")
        .detach();
    std::size_t arrived = 0;
    for (;;) {
      const Received received = co_await reader.receive();
      if (received.empty()) co_return arrived;
      arrived += received.bytes().size();
    }
  };
  World world(make_ring());
  EXPECT_EQ(world.run(body(support::unix_sockets(), write, kSize)), kSize);
}

TEST(StreamReaderDeathTest, ASecondReaderInThePassThatWakesTheFirstIsAProgrammingError) {
  constexpr auto read = [](Stream& stream) -> Task<void> { co_await stream.receive(); };
  constexpr auto read_soon = [](Stream& stream) -> Task<void> {
    for (int i = 0; i < 3; ++i) co_await sleep(0s);
    co_await stream.receive();
  };
  auto misuse = [&] {
    Sockets sockets = support::unix_sockets();
    World world;
    Stream stream(world.loop, sockets.near.release(), Address());
    world.loop.spawn(read(stream), "one").detach();
    world.run(read_soon(stream));
  };
  EXPECT_DEATH(misuse(), "assertion failed");
}

}  // namespace
}  // namespace core
