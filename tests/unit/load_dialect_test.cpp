// What the load tester makes of what servers say, in every dialect: frames, however they are cut,
// and what those mean that bring no message.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/dialect.hpp"
#include "client/load/frame_reader.hpp"
#include "client/load/irc_dialect.hpp"

namespace load {
namespace {

std::unique_ptr<Dialect> dialect(std::string_view name) {
  return make_dialect(name);
}

Notice::Kind meaning(std::string_view name, std::string_view text) {
  return dialect(name)->notice(text).kind;
}

// A frame as one line, to compare.
std::string described(const Frame& frame) {
  switch (frame.kind) {
    case Frame::Kind::kUnfinished:
      return "unfinished";
    case Frame::Kind::kMessage:
      return "[" + std::string(frame.room) + "] " + std::string(frame.text);
    case Frame::Kind::kOther:
      return std::string(frame.text);
    case Frame::Kind::kGarbage:
      return "garbage";
  }
  return {};
}

using Frames = std::vector<std::string>;

Frames read(std::string_view name, const std::vector<std::string_view>& pieces,
            std::size_t most = 1000) {
  Frames frames;
  FrameReader reader(most);
  const auto speaker = dialect(name);
  for (const std::string_view piece : pieces) {
    reader.feed(*speaker, piece, [&](const Frame& frame, std::string_view wire) {
      EXPECT_EQ(wire.size(), frame.bytes);
      EXPECT_NE(wire.find(frame.text), std::string_view::npos);
      frames.push_back(described(frame));
    });
  }
  return frames;
}

// A conversation, and what is in it.
struct Conversation {
  const char* dialect;
  std::string bytes;
  Frames frames;
};

std::vector<Conversation> conversations() {
  return {
      {"chat",
       "-- welcome\r\n12:03 #load <guest-17> hello > you\r\n12:03 #load * a waves\n"
       "12:04 #tea <b> <c> d\r\n",
       {"-- welcome", "[#load] hello > you", "12:03 #load * a waves", "[#tea] <c> d"}},
      {"redis",
       "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n"
       ">3\r\n$9\r\nsubscribe\r\n$5\r\n#load\r\n:1\r\n:1000\r\n"
       ">3\r\n$7\r\nmessage\r\n$5\r\n#load\r\n$7\r\na\r\nb\r\nc\r\n*-1\r\n$-1\r\n*0\r\n-ERR no\r\n",
       {"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3",
        ">3\r\n$9\r\nsubscribe\r\n$5\r\n#load\r\n:1", ":1000", "[#load] a\r\nb\r\nc", "*-1", "$-1",
        "*0", "-ERR no"}},
      {"nats",
       "INFO {\"server_id\":\"x\"}\r\nPONG\r\nMSG #load 1 6\r\na\r\nb\nc\r\n"
       "MSG #load 1 back 0\r\n\r\n-ERR 'no'\r\n",
       {"INFO {\"server_id\":\"x\"}", "PONG", "[#load] a\r\nb\nc", "[#load] ", "-ERR 'no'"}},
      {"irc",
       ":irc.example 001 hl00000 :Welcome\r\nPING :x\r\n"
       ":a!~b@c PRIVMSG #load :hi :there\r\n:a!~b@c NOTICE #load :psst\r\n",
       {":irc.example 001 hl00000 :Welcome", "PING :x", "[#load] hi :there",
        ":a!~b@c NOTICE #load :psst"}},
  };
}

TEST(LoadDialect, FindsEveryFrameOfConversation) {
  for (const Conversation& one : conversations()) {
    EXPECT_EQ(read(one.dialect, {one.bytes}), one.frames) << one.dialect;
  }
}

TEST(LoadDialect, FindsTheSameWhereverTheBytesAreCut) {
  for (const Conversation& one : conversations()) {
    const std::string_view bytes = one.bytes;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      EXPECT_EQ(read(one.dialect, {bytes.substr(0, cut), bytes.substr(cut)}), one.frames)
          << one.dialect << " cut at " << cut;
    }
    std::vector<std::string_view> single;
    for (std::size_t at = 0; at < bytes.size(); ++at) single.push_back(bytes.substr(at, 1));
    EXPECT_EQ(read(one.dialect, single), one.frames) << one.dialect << " byte by byte";
  }
}

TEST(LoadDialect, FindsLongFrameInManyPieces) {
  const std::string text(100'000, 'x');
  const std::string bytes =
      ">3\r\n$7\r\nmessage\r\n$5\r\n#load\r\n$100000\r\n" + text + "\r\n:1\r\n";
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < bytes.size(); at += 1448) {
    pieces.push_back(std::string_view(bytes).substr(at, 1448));
  }
  EXPECT_EQ(read("redis", pieces, 200'000), (Frames{"[#load] " + text, ":1"}));
}

TEST(LoadDialect, GoesOnBehindTheLineThatMakesNoSense) {
  EXPECT_EQ(read("redis", {"what?\r\n:1\r\n"}), (Frames{"garbage", ":1"}));
  EXPECT_EQ(read("redis", {"$3\r\nabcd\r\n:1\r\n"}), (Frames{"garbage", "garbage", ":1"}));
  EXPECT_EQ(read("redis", {"*99999999\r\n:1\r\n"}), (Frames{"garbage", ":1"}));
  EXPECT_EQ(read("nats", {"MSG #load 1 none\r\nPONG\r\n"}), (Frames{"garbage", "PONG"}));
  EXPECT_EQ(read("nats", {"MSG #load\r\nPONG\r\n"}), (Frames{"garbage", "PONG"}));
  EXPECT_EQ(read("nats", {"MSG #load 1 1\r\nabc\r\nPONG\r\n"}), (Frames{"garbage", "abc", "PONG"}));
}

// Where a frame is spoiled depends on what has arrived of it how much is given up; never what comes
// behind the next line ends.
TEST(LoadDialect, GoesOnBehindWhatIsSpoiledWhereverTheBytesAreCut) {
  const std::vector<std::pair<std::string, std::string>> spoiled = {
      {"redis", ">3\r\n$7\r\nmessage\r\n$5\r\n#loadXXXX\r\n:1\r\n"},
      {"redis", ">3\r\n$7\r\nmessage\r\n$5\r\n#lo\nXXX\r\n$2\r\nab\r\n:1\r\n"},
      {"redis", "$3\r\nab\r\n\r\n:1\r\n"},
      {"nats", "MSG #a 1 3\r\nab\r\ncd\r\nPONG\r\n"},
      {"nats", "MSG #a 1 3\r\nabcd\r\nPONG\r\n"},
      {"nats", "MSG #a 1 x\r\nab\r\nPONG\r\n"},
  };
  for (const auto& [name, text] : spoiled) {
    const std::string last = name == "redis" ? ":1" : "PONG";
    const std::string_view bytes = text;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const Frames frames = read(name, {bytes.substr(0, cut), bytes.substr(cut)});
      EXPECT_EQ(frames.back(), last) << name << " cut at " << cut << " in " << text;
      EXPECT_GT(frames.size(), 1U);
      EXPECT_LT(frames.size(), 8U);
    }
    std::vector<std::string_view> single;
    for (std::size_t at = 0; at < bytes.size(); ++at) single.push_back(bytes.substr(at, 1));
    EXPECT_EQ(read(name, single).back(), last) << name << " byte by byte, " << text;
  }
}

TEST(LoadDialect, GivesUpWhatNestsWithoutEnd) {
  std::string nested;
  for (int depth = 0; depth < 1000; ++depth) nested += "*1\r\n";
  EXPECT_EQ(read("redis", {nested.substr(0, 100)}, 10'000)[0], "garbage");
}

TEST(LoadDialect, TakesFrameThatIsTooLongForGarbageOnce) {
  const std::string flood(5000, 'x');
  for (const char* name : {"chat", "nats", "irc"}) {
    EXPECT_EQ(read(name, {flood, flood, "x\r\n-- next\r\n"}), (Frames{"garbage", "-- next"}))
        << name;
  }
}

TEST(LoadDialect, PublishesInTheRoom) {
  const auto published = [](std::string_view name) {
    const auto speaker = dialect(name);
    return speaker->before_text("#load", 4) + "text" + speaker->after_text();
  };
  EXPECT_EQ(published("chat"), "text\r\n");
  EXPECT_EQ(published("redis"), "*3\r\n$7\r\nPUBLISH\r\n$5\r\n#load\r\n$4\r\ntext\r\n");
  EXPECT_EQ(published("nats"), "PUB #load 4\r\ntext\r\n");
  EXPECT_EQ(published("irc"), "PRIVMSG #load :text\r\n");
}

TEST(NatsDialect, NumbersSubscriptionsByRoom) {
  EXPECT_EQ(dialect("nats")->join("#load"), "SUB #load 1\r\nPING\r\n");
  EXPECT_EQ(dialect("nats")->join("#load-17"), "SUB #load-17 18\r\nPING\r\n");
  EXPECT_EQ(dialect("nats")->leave("#load-17"), "UNSUB 18\r\nPING\r\n");
}

TEST(LoadDialect, KnowsNoOtherNames) {
  EXPECT_EQ(dialect("smtp"), nullptr);
}

TEST(ChatDialect, TakesNoteThatNamesTheRoomForConfirmation) {
  for (const std::string_view line :
       {"-- joined #load", "-- you are in #load now", "-- #load: 3 members", "-- (#load)"}) {
    EXPECT_EQ(meaning("chat", line), Notice::Kind::kConfirmed) << line;
    EXPECT_EQ(dialect("chat")->notice(line).room, "#load") << line;
  }
  EXPECT_EQ(dialect("chat")->notice("-- joined #loading").room, "#loading");
}

TEST(ChatDialect, TellsFarewellFromConfirmation) {
  const Notice notice = dialect("chat")->notice("-- you left #load; you are talking in #tea now");
  EXPECT_EQ(notice.kind, Notice::Kind::kLeft);
  EXPECT_EQ(notice.room, "#load");
}

TEST(ChatDialect, DoesNotTakeOtherLinesForConfirmation) {
  for (const std::string_view line : {"-- joined", "12:00 #load <a> hi", "#load", "", "--",
                                      "12:00 #load * a waves", "welcome to #load"}) {
    EXPECT_EQ(meaning("chat", line), Notice::Kind::kOther) << line;
  }
}

TEST(ChatDialect, ReadsHowManyMessagesWereMissed) {
  for (const std::string_view line : {"-- 132 messages missed", "-- #load: 132 messages missed"}) {
    EXPECT_EQ(meaning("chat", line), Notice::Kind::kMissed) << line;
    EXPECT_EQ(dialect("chat")->notice(line).missed, 132U);
  }
  EXPECT_EQ(dialect("chat")->notice("-- 1 message missed").missed, 1U);
}

TEST(ChatDialect, IsNotMisledByMissedMessagesWithoutNumber) {
  for (const std::string_view line :
       {"-- many messages missed", "-- 99999999999999999999 messages missed"}) {
    EXPECT_EQ(meaning("chat", line), Notice::Kind::kOther) << line;
  }
}

TEST(ChatDialect, TakesErrorForRefusalEvenIfItNamesTheRoom) {
  EXPECT_EQ(meaning("chat", "-- error: #load is full"), Notice::Kind::kRefused);
}

TEST(RedisDialect, NamesTheRoomThatItConfirms) {
  EXPECT_EQ(meaning("redis", ">3\r\n$9\r\nsubscribe\r\n$5\r\n#load\r\n:1"),
            Notice::Kind::kConfirmed);
  EXPECT_EQ(dialect("redis")->notice(">3\r\n$9\r\nsubscribe\r\n$5\r\n#tea!\r\n:1").room, "#tea!");
  EXPECT_EQ(meaning("redis", ">3\r\n$11\r\nunsubscribe\r\n$5\r\n#load\r\n:0"), Notice::Kind::kLeft);
  EXPECT_EQ(meaning("redis", "-ERR unknown command"), Notice::Kind::kRefused);
  EXPECT_EQ(meaning("redis", ":1000"), Notice::Kind::kOther);
}

TEST(NatsDialect, AnswersWhetherItIsAlive) {
  EXPECT_EQ(dialect("nats")->notice("PING").answer, "PONG\r\n");
  EXPECT_EQ(meaning("nats", "PONG"), Notice::Kind::kAnswered);
  EXPECT_EQ(meaning("nats", "-ERR 'Slow Consumer'"), Notice::Kind::kRefused);
  EXPECT_EQ(meaning("nats", "INFO {}"), Notice::Kind::kOther);
}

TEST(IrcDialect, FollowsTheRegistration) {
  EXPECT_EQ(dialect("irc")->notice("PING :irc.example").answer, "PONG :irc.example\r\n");
  EXPECT_EQ(meaning("irc", ":irc.example 001 hl00000 :Welcome"), Notice::Kind::kWelcome);
  EXPECT_EQ(meaning("irc", ":irc.example 366 hl00000 #load :End of NAMES list"),
            Notice::Kind::kConfirmed);
  EXPECT_EQ(dialect("irc")->notice(":irc.example 366 hl00000 #load :End of NAMES list").room,
            "#load");
  EXPECT_EQ(dialect("irc")->notice(":irc.example PONG irc.example :#load").room, "#load");
  EXPECT_EQ(meaning("irc", ":irc.example PONG irc.example :#load"), Notice::Kind::kLeft);
}

TEST(IrcDialect, HasANickOfNineCharactersForEachTesterAndConnection) {
  std::set<std::string> hellos;
  for (const std::uint32_t tag : {0U, 1U, 35U, (1U << IrcDialect::kTagBits) - 1}) {
    for (const std::size_t serial : {0U, 1U, 36U, 20'000U, (1U << 20) - 1}) {
      const std::string hello = IrcDialect(tag).hello(serial);
      EXPECT_EQ(hello.find("\r\n"), std::string_view("NICK h00000000").size()) << hello;
      EXPECT_TRUE(hello.starts_with("NICK h")) << hello;
      EXPECT_TRUE(hellos.insert(hello).second) << hello;
    }
  }
  EXPECT_EQ(IrcDialect().hello(7), IrcDialect().hello(7)) << "threads of a tester share its tag";
}

TEST(IrcDialect, TakesErrorsForRefusals) {
  EXPECT_EQ(meaning("irc", ":irc.example 433 * hl00000 :Nickname already in use"),
            Notice::Kind::kRefused);
  EXPECT_EQ(meaning("irc", "ERROR :Closing connection"), Notice::Kind::kRefused);
  EXPECT_EQ(meaning("irc", ":irc.example 422 hl00000 :MOTD file is missing"), Notice::Kind::kOther);
}

}  // namespace
}  // namespace load
