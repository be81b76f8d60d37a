// From bytes to lines, as a connection sees it. The transcripts are fed whole, cut in two at every
// place and byte by byte: the events must be the ones written down here each time.
#include "server/line_input.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::string_literals;

constexpr std::size_t kLimit = 64;

using Events = std::vector<std::string>;

std::string describe(const InputEvent& event) {
  switch (event.kind) {
    case InputEvent::Kind::kLine:
      return "line:" + std::string(event.text);
    case InputEvent::Kind::kTooLong:
      return "too long";
    case InputEvent::Kind::kReply:
      return "reply:" + std::string(event.text);
  }
  return "no such kind";
}

// Feeds from a copy of exactly the size, so that a sanitizer sees any look past the end.
void feed(LineInput& input, std::string_view bytes, Events& events) {
  const std::vector<char> copy(bytes.begin(), bytes.end());
  const std::size_t taken = input.feed({copy.data(), copy.size()}, [&](const InputEvent& event) {
    events.push_back(describe(event));
    return true;
  });
  EXPECT_EQ(taken, bytes.size());
}

Events events_of(std::string_view bytes, std::size_t limit = kLimit) {
  LineInput input(limit);
  Events events;
  feed(input, bytes, events);
  return events;
}

Events events_of_pieces(std::string_view bytes, std::size_t piece_size) {
  LineInput input(kLimit);
  Events events;
  for (std::size_t at = 0; at < bytes.size(); at += piece_size) {
    feed(input, bytes.substr(at, piece_size), events);
  }
  return events;
}

Events events_of_halves(std::string_view bytes, std::size_t cut) {
  LineInput input(kLimit);
  Events events;
  feed(input, bytes.substr(0, cut), events);
  feed(input, bytes.substr(cut), events);
  return events;
}

const std::string kSubBegin = "\xFF\xFA";
const std::string kSubEnd = "\xFF\xF0";

struct Transcript {
  std::string what;
  std::string bytes;
  Events events;
};

const std::vector<Transcript>& transcripts() {
  static const std::vector<Transcript> kTranscripts = {
      {"line ends",
       "lf\ncrlf\r\ncrnul\r\0cr\rnext\n"s,
       {"line:lf", "line:crlf", "line:crnul", "line:cr", "line:next"}},
      {"empty lines",
       "\n\n\r\n\r\n\r\r\0\n\n"s,
       {"line:", "line:", "line:", "line:", "line:", "line:", "line:", "line:"}},
      {"CR LF LF is two line ends", "a\r\n\nb\n", {"line:a", "line:", "line:b"}},
      {"backspace and delete",
       "helo\blo\nab\x7F\x7F\x7F"
       "c\n",
       {"line:hello", "line:c"}},
      {"backspace over UTF-8", "caf\xC3\xA9\b\be\n\xF0\x9F\x98\x80\x7F!\n", {"line:cae", "line:!"}},
      {"controls stay in the line", "a\tb\x1B[31m\x01\n", {"line:a\tb\x1B[31m\x01"}},
      {"NUL is nothing", "a\0b\0\n"s, {"line:ab"}},
      {"negotiation around text",
       "\xFF\xFD\x03\xFF\xFB\x18he\xFF\xFD\x01llo\xFF\xFB\x1F\r\n\xFF\xFD\x03ok\r\n",
       {"reply:\xFF\xFB\x03", "reply:\xFF\xFE\x18", "reply:\xFF\xFC\x01", "reply:\xFF\xFE\x1F",
        "line:hello", "line:ok"}},
      {"subnegotiation",
       "a" + kSubBegin + "\x18\0XTERM\r\n\b\x7F\xFF\xFF"s + kSubEnd + "b\n",
       {"line:ab"}},
      {"subnegotiation between CR and LF",
       "a\r" + kSubBegin + "\x1F\0\x50\0\x18"s + kSubEnd + "\nb\n",
       {"line:a", "line:b"}},
      {"doubled escape",
       "\xFF\xFF\n1\xFF\xFF\xFF\xFF\x7F"
       "2\n",
       {"line:\xFF",
        "line:1\xFF"
        "2"}},
      {"stray escape at the end of a line", "a\xFF\r\nb\xFF\nc\n", {"line:a", "line:b", "line:c"}},
      {"erase character and line",
       "abc\xFF\xF7"
       "d\nabc\xFF\xF8"
       "d\n",
       {"line:abd", "line:d"}},
      {"are you there", "wai\xFF\xF6ting\n", {"reply:-- yes, hubbub is here\r\n", "line:waiting"}},
      {"interrupt",
       "ab\xFF\xF4\xFF\xFD\x06"
       "c\n",
       {"reply:\xFF\xFB\x06", "line:abc"}},
      {"line at the limit",
       std::string(kLimit, 'x') + "\r\ny\n",
       {"line:" + std::string(kLimit, 'x'), "line:y"}},
      {"line past the limit", std::string(kLimit + 1, 'x') + "\r\ny\n", {"too long", "line:y"}},
      {"line twice past the limit",
       std::string(3 * kLimit, 'x') + "\b\b\rz\n",
       {"too long", "line:z"}},
      {"erasing comes too late for the limit",
       std::string(kLimit, 'x') + "y\b\nz\n",
       {"too long", "line:z"}},
      {"erasing in time for the limit",
       std::string(kLimit, 'x') + "\by\n",
       {"line:" + std::string(kLimit - 1, 'x') + "y"}},
      {"erasing the line after the limit",
       std::string(kLimit + 1, 'x') + "\xFF\xF8"
                                      "y\n",
       {"too long", "line:y"}},
      {"unfinished", "done\nhalf", {"line:done"}},
  };
  return kTranscripts;
}

TEST(LineInput, TranscriptsGiveTheEventsWrittenDown) {
  for (const Transcript& transcript : transcripts()) {
    EXPECT_EQ(events_of(transcript.bytes), transcript.events) << transcript.what;
  }
}

TEST(LineInput, NoCutChangesTheEvents) {
  for (const Transcript& transcript : transcripts()) {
    for (std::size_t cut = 0; cut <= transcript.bytes.size(); ++cut) {
      EXPECT_EQ(events_of_halves(transcript.bytes, cut), transcript.events)
          << transcript.what << ", cut at " << cut;
    }
  }
}

TEST(LineInput, NoPieceSizeChangesTheEvents) {
  for (const Transcript& transcript : transcripts()) {
    for (std::size_t piece_size = 1; piece_size <= 17; ++piece_size) {
      EXPECT_EQ(events_of_pieces(transcript.bytes, piece_size), transcript.events)
          << transcript.what << ", pieces of " << piece_size;
    }
  }
}

TEST(LineInput, WholeLineIsNotCopied) {
  const std::string bytes = "first\r\nsecond\n";
  LineInput input(kLimit);
  std::vector<const char*> places;
  input.feed(bytes, [&](const InputEvent& event) {
    places.push_back(event.text.data());
    return true;
  });
  EXPECT_EQ(places, (std::vector<const char*>{bytes.data(), bytes.data() + 7}));
}

TEST(LineInput, HandlerCanStopAfterAnyLine) {
  const std::string bytes = "one\r\n/quit\r\nthree\r\n";
  LineInput input(kLimit);
  Events events;
  const auto until_quit = [&events](const InputEvent& event) {
    events.push_back(describe(event));
    return event.text != "/quit";
  };
  const std::size_t taken = input.feed(bytes, until_quit);
  EXPECT_EQ(events, (Events{"line:one", "line:/quit"}));
  EXPECT_EQ(bytes.substr(taken), "\nthree\r\n");

  EXPECT_EQ(input.feed(std::string_view(bytes).substr(taken), until_quit), bytes.size() - taken);
  EXPECT_EQ(events.back(), "line:three");
}

TEST(LineInput, StoppingAfterEveryEventLosesNothing) {
  for (const Transcript& transcript : transcripts()) {
    LineInput input(kLimit);
    Events events;
    std::string_view rest = transcript.bytes;
    while (!rest.empty()) {
      const std::size_t taken = input.feed(rest, [&events](const InputEvent& event) {
        events.push_back(describe(event));
        return false;
      });
      ASSERT_GT(taken, 0u);
      rest.remove_prefix(taken);
    }
    EXPECT_EQ(events, transcript.events) << transcript.what;
  }
}

TEST(LineInput, NextTakesEverythingWhenItReportsNothing) {
  LineInput input(kLimit);
  std::string_view bytes = "no end yet";
  EXPECT_EQ(input.next(bytes), std::nullopt);
  EXPECT_TRUE(bytes.empty());
}

TEST(LineInput, HeapIsHeldOnlyWhileLineIsUnfinished) {
  LineInput input(4096);
  Events events;
  EXPECT_EQ(input.heap_bytes(), 0u);
  feed(input, std::string(1000, 'x'), events);
  EXPECT_GT(input.heap_bytes(), 0u);
  feed(input, "\r\n", events);
  EXPECT_EQ(input.heap_bytes(), 0u);
  EXPECT_EQ(events, (Events{"line:" + std::string(1000, 'x')}));
}

TEST(LineInput, MebibyteWithoutLineEndStaysBounded) {
  constexpr std::size_t kPiece = 1000;
  LineInput input(4096);
  Events events;
  for (std::size_t sent = 0; sent < 1 << 20; sent += kPiece) {
    feed(input, std::string(kPiece, 'x'), events);
    ASSERT_LE(input.heap_bytes(), 4096u);
  }
  EXPECT_EQ(events, (Events{"too long"}));
  EXPECT_EQ(input.heap_bytes(), 0u);
  feed(input, "\nhello\n", events);
  EXPECT_EQ(events.back(), "line:hello");
}

TEST(LineInput, EndlessSubnegotiationStaysBounded) {
  LineInput input(4096);
  Events events;
  feed(input, "partial" + kSubBegin, events);
  for (int piece = 0; piece < 1024; ++piece) {
    feed(input, std::string(1023, '\x18') + "\n", events);
    ASSERT_EQ(input.heap_bytes(), 0u) << "the partial line fits into the object";
  }
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events.front().substr(0, 16), "reply:-- error: ");
  feed(input, kSubEnd + " line\n", events);
  EXPECT_EQ(events.back(), "line:partial line");
}

TEST(LineInput, CommandFloodYieldsNoLinesAndOneReplyEach) {
  std::string flood;
  for (int at = 0; at < 10'000; ++at) flood += "\xFF\xFD\x01\xFF\xF6\xFF\xF1";
  EXPECT_EQ(events_of(flood).size(), 20'000u);
}

TEST(LineInput, RandomBytesKeepTheBoundsHoweverTheyAreCut) {
  // Bytes that mean something are frequent, so that states are visited in all orders.
  constexpr std::string_view kMeaningful("\r\n\b\x7F\0\xFF\xFF\xF0\xF6\xF7\xF8\xFA\xFB\xFD\x03",
                                         15);
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::string bytes;
    const std::size_t size = random() % 3000;
    const std::uint32_t one_in = 1 + random() % 40;
    while (bytes.size() < size) {
      bytes.push_back(random() % one_in == 0 ? kMeaningful[random() % kMeaningful.size()]
                                             : static_cast<char>(random()));
    }

    const Events whole = events_of(bytes);
    for (const std::string& event : whole) {
      if (event.starts_with("line:")) {
        ASSERT_LE(event.size(), 5 + kLimit) << "seed " << seed;
        ASSERT_EQ(event.find_first_of("\r\n\b\x7F\0"s), std::string::npos) << "seed " << seed;
      }
    }
    ASSERT_LE(whole.size(), bytes.size()) << "seed " << seed;

    LineInput input(kLimit);
    Events pieces;
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random() % 100);
      feed(input, rest.substr(0, piece), pieces);
      ASSERT_LE(input.heap_bytes(), kLimit) << "seed " << seed;
      rest.remove_prefix(piece);
    }
    ASSERT_EQ(pieces, whole) << "seed " << seed;
  }
}

}  // namespace
}  // namespace server
