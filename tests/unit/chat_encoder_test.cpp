// Every event and the very lines it becomes.
#include "server/chat_encoder.hpp"

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/text.hpp"
#include "server/chat_commands.hpp"

namespace server {
namespace {

using Names = std::vector<std::string_view>;
using Ranks = std::vector<event::Ranked>;

// 2026-11-22 12:03:04, in UTC.
std::tm noon(long seconds_east = 0) {
  std::tm now = {};
  now.tm_year = 2026 - 1900;
  now.tm_mon = 10;
  now.tm_mday = 22;
  now.tm_hour = 12;
  now.tm_min = 3;
  now.tm_sec = 4;
  now.tm_gmtoff = seconds_east;
  return now;
}

std::string encoded(const Event& event, const std::tm& now = noon()) {
  std::string out;
  ChatEncoder().encode(event, now, out);
  return out;
}

std::vector<std::string> lines_of(const std::string& encoded) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < encoded.size()) {
    const std::size_t end = encoded.find("\r\n", at);
    if (end == std::string::npos) {
      ADD_FAILURE() << "not ended: " << encoded.substr(at);
      break;
    }
    lines.push_back(encoded.substr(at, end - at));
    at = end + 2;
  }
  return lines;
}

std::size_t columns(std::string_view line) {
  std::size_t count = 0;
  for (const char byte : line) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

// --- What the members of a room see. ---

TEST(ChatEncoder, SaidLineEndsWithTheText) {
  EXPECT_EQ(encoded(event::Said{"#lobby", "alice", "hello", Manner::kSay}),
            "12:03 #lobby <alice> hello\r\n");
}

TEST(ChatEncoder, ActedLineHasAStar) {
  EXPECT_EQ(encoded(event::Said{"#lobby", "alice", "waves", Manner::kAct}),
            "12:03 #lobby * alice waves\r\n");
}

TEST(ChatEncoder, EventsAreAppended) {
  std::string out = "before\r\n";
  ChatEncoder().encode(event::Said{"#a", "bob", "x", Manner::kSay}, noon(), out);
  ChatEncoder().encode(event::NickChanged{"bob"}, noon(), out);
  EXPECT_EQ(out, "before\r\n12:03 #a <bob> x\r\n-- you are now known as bob\r\n");
}

TEST(ChatEncoder, ClockHasTwoDigitsEach) {
  std::tm now = noon();
  now.tm_hour = 0;
  now.tm_min = 9;
  EXPECT_EQ(encoded(event::Said{"#a", "b", "c", Manner::kSay}, now), "00:09 #a <b> c\r\n");
  now.tm_hour = 23;
  now.tm_min = 59;
  EXPECT_EQ(encoded(event::Said{"#a", "b", "c", Manner::kSay}, now), "23:59 #a <b> c\r\n");
}

TEST(ChatEncoder, JoinsAreDigested) {
  const Names names = {"alice", "bob", "carol"};
  const std::span<const std::string_view> all = names;
  EXPECT_EQ(encoded(event::Joined{"#lobby", all.first(1), 0}), "12:03 #lobby -- alice joined\r\n");
  EXPECT_EQ(encoded(event::Joined{"#lobby", all.first(2), 0}),
            "12:03 #lobby -- alice and bob joined\r\n");
  EXPECT_EQ(encoded(event::Joined{"#lobby", all, 0}),
            "12:03 #lobby -- alice, bob and carol joined\r\n");
  EXPECT_EQ(encoded(event::Joined{"#lobby", all.first(2), 38}),
            "12:03 #lobby -- alice, bob and 38 others joined\r\n");
  EXPECT_EQ(encoded(event::Joined{"#lobby", all.first(1), 1}),
            "12:03 #lobby -- alice and 1 other joined\r\n");
  EXPECT_EQ(encoded(event::Joined{"#lobby", {}, 40}), "12:03 #lobby -- 40 people joined\r\n");
  EXPECT_EQ(encoded(event::Joined{"#lobby", {}, 1}), "12:03 #lobby -- 1 person joined\r\n");
}

TEST(ChatEncoder, LeavesAreDigested) {
  const Names names = {"alice", "bob"};
  EXPECT_EQ(encoded(event::Left{"#lobby", names, 0}), "12:03 #lobby -- alice and bob left\r\n");
  EXPECT_EQ(encoded(event::Left{"#lobby", names, 38}),
            "12:03 #lobby -- alice, bob and 38 others left\r\n");
}

TEST(ChatEncoder, OnlyOneWhoLeavesHasAReason) {
  const Names names = {"alice", "bob"};
  const auto alice = std::span<const std::string_view>(names).first(1);
  constexpr Parting kSeeYou{.words = "see you"};
  EXPECT_EQ(encoded(event::Left{"#lobby", alice, 0}), "12:03 #lobby -- alice left\r\n");
  EXPECT_EQ(encoded(event::Left{"#lobby", alice, 0, kSeeYou}),
            "12:03 #lobby -- alice left (see you)\r\n");
  EXPECT_EQ(encoded(event::Left{"#lobby", names, 0, kSeeYou}),
            "12:03 #lobby -- alice and bob left\r\n");
  EXPECT_EQ(encoded(event::Left{"#lobby", alice, 1, kSeeYou}),
            "12:03 #lobby -- alice and 1 other left\r\n");
}

TEST(ChatEncoder, RenamesAreDigested) {
  EXPECT_EQ(encoded(event::Renamed{"#lobby", "alice", "bob", 0}),
            "12:03 #lobby -- alice is now known as bob\r\n");
  EXPECT_EQ(encoded(event::Renamed{"#lobby", "alice", "bob", 1}),
            "12:03 #lobby -- alice is now known as bob; 1 other changed their name\r\n");
  EXPECT_EQ(encoded(event::Renamed{"#lobby", "alice", "bob", 12}),
            "12:03 #lobby -- alice is now known as bob; 12 others changed their names\r\n");
}

TEST(ChatEncoder, TopicIsSetOrCleared) {
  EXPECT_EQ(encoded(event::TopicChanged{"#lobby", "alice", "io_uring {}"}),
            "12:03 #lobby -- alice set the topic: io_uring {}\r\n");
  EXPECT_EQ(encoded(event::TopicChanged{"#lobby", "alice", ""}),
            "12:03 #lobby -- alice cleared the topic\r\n");
}

// --- What one person sees. ---

TEST(ChatEncoder, WelcomeTellsNameAndHowToGoOn) {
  EXPECT_EQ(encoded(event::Welcome{"hubbub", "guest-17", ""}),
            "-- welcome to hubbub; you are guest-17\r\n"
            "-- type to talk; /help lists the commands\r\n");
}

TEST(ChatEncoder, WelcomeShowsTheLinesOfTheMotd) {
  const std::string expected =
      "-- welcome to hubbub; you are guest-17\r\n"
      "-- be kind\r\n"
      "-- \r\n"
      "-- or quiet\r\n"
      "-- type to talk; /help lists the commands\r\n";
  EXPECT_EQ(encoded(event::Welcome{"hubbub", "guest-17", "be kind\n\nor quiet\n"}), expected);
  EXPECT_EQ(encoded(event::Welcome{"hubbub", "guest-17", "be kind\n\nor quiet"}), expected);
  EXPECT_EQ(encoded(event::Welcome{"hubbub", "guest-17", "be kind\r\n\r\nor quiet\r\n"}), expected);
}

TEST(ChatEncoder, EnteredTellsOfTopicAndReplayWhereThereAre) {
  EXPECT_EQ(encoded(event::Entered{"#lobby", "", "", 1, 0}),
            "-- you are now in #lobby (1 here)\r\n");
  EXPECT_EQ(encoded(event::Entered{"#lobby", "tea", "alice", 12, 10}),
            "-- you are now in #lobby (12 here)\r\n"
            "-- topic: tea (set by alice)\r\n"
            "-- the last 10 lines:\r\n");
  EXPECT_EQ(encoded(event::Entered{"#lobby", "tea", "", 2, 1}),
            "-- you are now in #lobby (2 here)\r\n"
            "-- topic: tea\r\n"
            "-- the last line:\r\n");
}

TEST(ChatEncoder, ExitedTellsWhereOneTalksNow) {
  EXPECT_EQ(encoded(event::Exited{"#room", "#x"}),
            "-- you left #room; you are talking in #x now\r\n");
  EXPECT_EQ(encoded(event::Exited{"#room", ""}), "-- you left #room; /join a room to talk\r\n");
}

TEST(ChatEncoder, ChangesOfOnesOwnAreConfirmed) {
  EXPECT_EQ(encoded(event::SwitchedTo{"#room"}), "-- you are talking in #room now\r\n");
  EXPECT_EQ(encoded(event::NickChanged{"bob"}), "-- you are now known as bob\r\n");
  EXPECT_EQ(encoded(event::EchoIs{true}), "-- echo is on: you see your own lines\r\n");
  EXPECT_EQ(encoded(event::EchoIs{false}), "-- echo is off: you do not see your own lines\r\n");
}

TEST(ChatEncoder, PrivateLinesNameTheOtherSide) {
  EXPECT_EQ(encoded(event::Told{"alice", "psst"}), "-- 12:03 alice tells you: psst\r\n");
  EXPECT_EQ(encoded(event::YouTold{"bob", "psst"}), "-- 12:03 you tell bob: psst\r\n");
}

TEST(ChatEncoder, MissedMessagesAreCounted) {
  EXPECT_EQ(encoded(event::Missed{"#room", 132}),
            "-- 132 messages missed in #room (you were reading too slowly)\r\n");
  EXPECT_EQ(encoded(event::Missed{"#room", 1}),
            "-- 1 message missed in #room (you were reading too slowly)\r\n");
}

TEST(ChatEncoder, APersonWhoIsLoggedInIsSaidToBe) {
  event::UserDetails alice{.nick = "alice", .rooms = {}, .connected_seconds = 1};
  alice.account = "Alice";
  EXPECT_EQ(lines_of(encoded(alice)).front(), "-- alice (registered) has been here for 1 second");
  alice.nick = "al";
  EXPECT_EQ(lines_of(encoded(alice)).front(),
            "-- al (logged in as Alice) has been here for 1 second");
}

TEST(ChatEncoder, APasswordIsAskedForInALineThatEndsWithTelnetsRequestToHideIt) {
  const std::string asked = encoded(event::PasswordWanted{PasswordUse::kLogIn, "alice"});
  EXPECT_TRUE(asked.starts_with("-- the password of alice, please")) << asked;
  EXPECT_TRUE(asked.ends_with("\xFF\xFB\x01\r\n"));
  EXPECT_EQ(encoded(event::PasswordTaken{true}), "-- thank you\xFF\xFC\x01\r\n");
  EXPECT_EQ(encoded(event::PasswordTaken{false}), "-- never mind, then\xFF\xFC\x01\r\n");
}

TEST(ChatEncoder, ARegisteredNickIsRefusedWithTheWayToHaveIt) {
  EXPECT_EQ(encoded(event::NickRegistered{"alice"}),
            "-- error: alice is registered: /login alice\r\n");
}

TEST(ChatEncoder, RoomsAreListedOnePerLine) {
  const std::vector<event::RoomList::Entry> rooms = {{"#lobby", "tea and  cake", 12},
                                                     {"#dev", "", 1}};
  EXPECT_EQ(encoded(event::RoomList{rooms, 0}),
            "-- 2 rooms:\r\n"
            "--   #lobby (12 here): tea and cake\r\n"
            "--   #dev (1 here)\r\n");
  EXPECT_EQ(encoded(event::RoomList{rooms, 1}),
            "-- 3 rooms:\r\n"
            "--   #lobby (12 here): tea and cake\r\n"
            "--   #dev (1 here)\r\n"
            "--   and 1 other\r\n");
  EXPECT_EQ(encoded(event::RoomList{{}, 0}), "-- there are no rooms; /join #name begins one\r\n");
}

TEST(ChatEncoder, LongTopicsInAListAreWrapped) {
  const std::vector<event::RoomList::Entry> rooms = {
      {"#lobby",
       "a topic of many words goes on in the next line and there stands further to the right, "
       "which keeps the names of the rooms apart from it",
       12}};
  EXPECT_EQ(encoded(event::RoomList{rooms, 0}),
            "-- 1 room:\r\n"
            "--   #lobby (12 here): a topic of many words goes on in the next line\r\n"
            "--     and there stands further to the right, which keeps the names of\r\n"
            "--     the rooms apart from it\r\n");
}

TEST(ChatEncoder, LinesAreWrappedAtTheLastColumnThatFits) {
  // "--   #a (1 here): " has 18 columns of the 72.
  const std::string fits = std::string(51, 'x') + " \xC3\xA9\xC3\xA9";
  std::vector<event::RoomList::Entry> rooms = {{"#a", fits, 1}};
  EXPECT_EQ(encoded(event::RoomList{rooms, 0}), "-- 1 room:\r\n--   #a (1 here): " + fits + "\r\n");

  const std::string exceeds = std::string(51, 'x') + " \xC3\xA9\xC3\xA9\xC3\xA9";
  rooms = {{"#a", exceeds, 1}};
  EXPECT_EQ(encoded(event::RoomList{rooms, 0}),
            "-- 1 room:\r\n--   #a (1 here): " + std::string(51, 'x') +
                "\r\n--     \xC3\xA9\xC3\xA9\xC3\xA9\r\n");
}

TEST(ChatEncoder, WordLongerThanALineHasItsOwn) {
  const std::string word(200, 'x');
  const std::string topic = "before " + word + " after";
  const std::vector<event::RoomList::Entry> rooms = {{"#a", topic, 1}};
  EXPECT_EQ(encoded(event::RoomList{rooms, 0}),
            "-- 1 room:\r\n--   #a (1 here): before\r\n--     " + word + "\r\n--     after\r\n");
}

TEST(ChatEncoder, MembersAreListedInOneLineWhereTheyFit) {
  const Ranks names = {{"alice", Role::kOperator}, {"bob", Role::kVoice}, {"carol"}};
  EXPECT_EQ(encoded(event::MemberList{"#lobby", names, 0}),
            "-- 3 in #lobby:\r\n--   @alice, +bob and carol\r\n");
  EXPECT_EQ(encoded(event::MemberList{"#lobby", names, 7}),
            "-- 10 in #lobby:\r\n--   @alice, +bob, carol and 7 others\r\n");
  EXPECT_EQ(encoded(event::MemberList{"#lobby", {}, 0}), "-- nobody is in #lobby\r\n");
}

TEST(ChatEncoder, ManyMembersAreWrapped) {
  const Ranks names(500, {"a-nick"});
  const std::vector<std::string> lines = lines_of(encoded(event::MemberList{"#lobby", names, 2}));
  EXPECT_EQ(lines.front(), "-- 502 in #lobby:");
  EXPECT_GT(lines.size(), 50u);
  for (const std::string& line : lines) {
    EXPECT_EQ(line.substr(0, 3), "-- ");
    EXPECT_LE(columns(line), 72u) << line;
  }
}

TEST(ChatEncoder, UserIsDescribedByTimeAndRooms) {
  const Ranks rooms = {{"#lobby"}, {"#dev", Role::kOperator}};
  EXPECT_EQ(encoded(event::UserDetails{"alice", rooms, 7500}),
            "-- alice has been here for 2 hours 5 minutes\r\n--   in #lobby and @#dev\r\n");
  EXPECT_EQ(encoded(event::UserDetails{"alice", rooms, 7500, true, "192.0.2.1:4000"}),
            "-- alice has been here for 2 hours 5 minutes, and is an operator of the server\r\n"
            "--   in #lobby and @#dev\r\n"
            "--   from 192.0.2.1:4000\r\n");
  EXPECT_EQ(encoded(event::UserDetails{"alice", {}, 1}),
            "-- alice has been here for 1 second\r\n--   in no room\r\n");
}

TEST(ChatEncoder, DurationsHaveAtMostTwoUnits) {
  const auto described = [](std::size_t seconds) {
    return lines_of(encoded(event::UserDetails{"a", {}, seconds})).front().substr(23);
  };
  EXPECT_EQ(described(0), "0 seconds");
  EXPECT_EQ(described(59), "59 seconds");
  EXPECT_EQ(described(60), "1 minute");
  EXPECT_EQ(described(61), "1 minute 1 second");
  EXPECT_EQ(described(3600), "1 hour");
  EXPECT_EQ(described(3659), "1 hour");
  EXPECT_EQ(described(86399), "23 hours 59 minutes");
  EXPECT_EQ(described(86400 * 400 + 7200), "400 days 2 hours");
}

TEST(ChatEncoder, TopicIsShownWithWhoSetIt) {
  EXPECT_EQ(encoded(event::TopicIs{"#lobby", "tea", "alice"}),
            "-- the topic of #lobby is: tea (set by alice)\r\n");
  EXPECT_EQ(encoded(event::TopicIs{"#lobby", "tea", ""}), "-- the topic of #lobby is: tea\r\n");
  EXPECT_EQ(encoded(event::TopicIs{"#lobby", "", ""}),
            "-- #lobby has no topic; /topic TEXT sets one\r\n");
}

TEST(ChatEncoder, HistoryRepeatsLinesAsTheyWere) {
  const Names lines = {"11:59 #lobby <alice> hi\r\n", "12:00 #lobby -- bob joined"};
  EXPECT_EQ(encoded(event::History{"#lobby", lines}),
            "-- the last 2 lines of #lobby:\r\n"
            "11:59 #lobby <alice> hi\r\n"
            "12:00 #lobby -- bob joined\r\n"
            "-- end of history\r\n");
  EXPECT_EQ(encoded(event::History{"#lobby", std::span(lines).first(1)}),
            "-- the last line of #lobby:\r\n"
            "11:59 #lobby <alice> hi\r\n"
            "-- end of history\r\n");
  EXPECT_EQ(encoded(event::History{"#lobby", {}}),
            "-- nothing is kept of what was said in #lobby\r\n");
}

TEST(ChatEncoder, TimeHasDateAndOffset) {
  EXPECT_EQ(encoded(event::TimeIs{}), "-- 2026-11-22 12:03:04 +0000\r\n");
  EXPECT_EQ(encoded(event::TimeIs{}, noon(-5400)), "-- 2026-11-22 12:03:04 -0130\r\n");
}

TEST(ChatEncoder, WhoGoesIsToldWhyAndThoseWhoStayToo) {
  struct Row {
    Parting parting;
    std::string_view told, seen;
  };
  const std::vector<Row> table = {
      {{Departure::kQuit, "see you"}, "", "see you"},
      {{Departure::kQuit}, "", ""},
      {{Departure::kLost}, "connection lost", "connection lost"},
      {{Departure::kReadsTooSlowly}, "reading too slowly", "reading too slowly"},
      {{Departure::kReadsNothing}, "not reading", "not reading"},
      {{Departure::kSendsTooFast}, "you send too fast, for too long", "sending too fast"},
      {{Departure::kSilent}, "nothing came from you for too long", "silent for too long"},
      {{Departure::kEnded, "spam"}, "spam", "spam"},
      {{Departure::kEnded}, "ended by an operator", "ended by an operator"},
      {{Departure::kBanned}, "banned", "banned"},
      {{Departure::kElsewhere}, "you logged in elsewhere", "logged in elsewhere"},
      {{Departure::kShutdown}, "the server is shutting down", "the server is shutting down"},
      {{Departure::kFailed}, "internal error", "internal error"},
  };
  const Names alice = {"alice"};
  for (const auto& [parting, told, seen] : table) {
    EXPECT_EQ(encoded(event::Goodbye{parting}),
              told.empty() ? "-- goodbye\r\n" : fmt::format("-- goodbye: {}\r\n", told));
    EXPECT_EQ(encoded(event::Left{"#a", alice, 0, parting}),
              seen.empty() ? "12:03 #a -- alice left\r\n"
                           : fmt::format("12:03 #a -- alice left ({})\r\n", seen));
  }
}

TEST(ChatEncoder, StatisticsOfOneLoopAreItsOwn) {
  Statistics loop;
  loop.people = 1;
  loop.messages = 2;
  loop.deliveries = 5;
  loop.missed = 3;
  loop.sends = {.sends = 4, .bytes = 400, .blocked = 1, .unblocked = 0};
  loop.passes.add(50'000);
  loop.passes.add(2'345'678);
  loop.lags.add(2000);
  EXPECT_EQ(
      encoded(event::Stats{.loops = {&loop, 1}, .rooms = 1}),
      "-- 1 person on 1 loop in 1 room\r\n"
      "-- 2 messages said, 5 delivered, 3 missed by slow readers\r\n"
      "-- 4 sends of 100 bytes on average, 1 blocked\r\n"
      "-- 2 passes; under 0.1 ms: 1, 1 ms: 1, 10 ms: 2, 100 ms: 2; longest 2.3 ms\r\n"
      "-- 1 look at a blocked reader, lagging under 1 KiB: 0, 16 KiB: 1, 128 KiB: 1, 1 MiB: 1; "
      "most 2000 bytes\r\n");
}

TEST(ChatEncoder, StatisticsOfSeveralLoopsAreAddedUpAndShownOneByOne) {
  std::vector<Statistics> loops(2);
  loops[0].people = 3;
  loops[1].people = 4;
  loops[1].messages = 1;
  const std::string text = encoded(event::Stats{.loops = loops, .rooms = 2});
  EXPECT_TRUE(text.starts_with("-- 7 people on 2 loops in 2 rooms\r\n")) << text;
  EXPECT_TRUE(
      text.ends_with("--   loop 0: 3 people, 0 messages, 0 sends\r\n"
                     "--   loop 1: 4 people, 1 message, 0 sends\r\n"))
      << text;
}

TEST(ChatEncoder, HelpListsEveryCommandAligned) {
  EXPECT_EQ(encoded(event::Help{""}),
            "-- a line is said in the room you are in; these are the commands:\r\n"
            "--   /help [COMMAND]           list the commands, or explain one\r\n"
            "--   /nick NAME                change your name\r\n"
            "--   /join #ROOM [KEY]         enter a room and talk there\r\n"
            "--   /leave [#ROOM]            leave a room\r\n"
            "--   /rooms                    list the rooms\r\n"
            "--   /who [#ROOM]              list who is in a room\r\n"
            "--   /whois NICK               tell about somebody\r\n"
            "--   /msg NICK TEXT            tell somebody something in private\r\n"
            "--   /me TEXT                  say what you do\r\n"
            "--   /topic [TEXT]             show or set the topic of the room\r\n"
            "--   /history [N]              show the last N lines of the room\r\n"
            "--   /echo [on|off]            see your own lines too, or not\r\n"
            "--   /register [PASSWORD]      keep your nick for yourself\r\n"
            "--   /login [NICK] [PASSWORD]  have the nick that you registered\r\n"
            "--   /logout                   be a guest again\r\n"
            "--   /password [OLD NEW]       change your password\r\n"
            "--   /unregister [PASSWORD]    give up the nick that you registered\r\n"
            "--   /oper [PASSWORD]          become an operator\r\n"
            "--   /time                     show the time of the server\r\n"
            "--   /quit [REASON]            leave the server\r\n"
            "-- /help COMMAND tells more; to say a line that begins with /, type //\r\n"
            "-- /help operators lists the commands that keep order\r\n");
}

TEST(ChatEncoder, HelpForOperatorsListsWhatKeepsOrder) {
  const std::string help = encoded(event::Help{"Operators"});
  EXPECT_EQ(lines_of(help).size(), 2 + moderation_commands().size());
  for (const ChatCommand& command : moderation_commands()) {
    EXPECT_NE(help.find("--   " + usage(command)), std::string::npos) << command.name;
  }
}

TEST(ChatEncoder, HelpExplainsOneCommand) {
  EXPECT_EQ(encoded(event::Help{"join"}),
            "-- /join #ROOM [KEY]: enter a room and talk there\r\n"
            "--   a room begins when somebody joins it; the # need not be typed\r\n"
            "--   in a room you are in already: talk there from now on\r\n"
            "--   KEY is for a room that has one\r\n"
            "--   also: /j\r\n");
  EXPECT_EQ(encoded(event::Help{"Exit"}),
            "-- /quit [REASON]: leave the server\r\n"
            "--   your rooms are told the reason\r\n"
            "--   also: /q /exit\r\n");
  EXPECT_EQ(encoded(event::Help{"time"}), "-- /time: show the time of the server\r\n");
}

TEST(ChatEncoder, HelpFitsATerminal) {
  std::string help = encoded(event::Help{""}) + encoded(event::Help{"operators"});
  for (const ChatCommand& command : chat_commands()) help += encoded(event::Help{command.name});
  for (const std::string& line : lines_of(help)) EXPECT_LE(line.size(), 80u) << line;
}

TEST(ChatEncoder, HelpOnAnUnknownCommandSuggestsOne) {
  EXPECT_EQ(encoded(event::Help{"nikc"}),
            "-- error: there is no command /nikc; did you mean /nick? "
            "/help lists the commands\r\n");
}

// --- What was refused, and why. ---

TEST(ChatEncoder, BadNamesAreExplained) {
  EXPECT_EQ(encoded(event::BadNick{NameFault::kTooLong, 32}),
            "-- error: " + explain_nick(NameFault::kTooLong, 32) + "\r\n");
  EXPECT_EQ(encoded(event::BadRoomName{NameFault::kTooLong, 64}),
            "-- error: " + explain_room(NameFault::kTooLong, 64) + "\r\n");
}

TEST(ChatEncoder, MissingPeopleAndRoomsAreNamed) {
  EXPECT_EQ(encoded(event::NickTaken{"bob"}),
            "-- error: the name bob is taken; choose another\r\n");
  EXPECT_EQ(encoded(event::NoSuchNick{"bob"}),
            "-- error: nobody here is called bob; /who lists who is in the room\r\n");
  EXPECT_EQ(encoded(event::NoSuchRoom{"#x"}),
            "-- error: there is no room #x; /rooms lists those there are\r\n");
  EXPECT_EQ(encoded(event::NotInRoom{"#x"}), "-- error: you are not in #x; /join it first\r\n");
  EXPECT_EQ(encoded(event::NotInRoom{""}), "-- error: you are in no room; /join one first\r\n");
}

TEST(ChatEncoder, LimitsAreTold) {
  EXPECT_EQ(encoded(event::TooManyRooms{20}),
            "-- error: you can be in at most 20 rooms at a time; /leave one first\r\n");
  EXPECT_EQ(encoded(event::TooManyRooms{1}),
            "-- error: you can be in at most 1 room at a time; /leave one first\r\n");
  EXPECT_EQ(encoded(event::ServerHasTooManyRooms{10'000}),
            "-- error: the server has its 10000 rooms already; /rooms lists them\r\n");
  EXPECT_EQ(encoded(event::ServerHasTooManyRooms{100, true}),
            "-- error: people from where you are have begun 100 rooms already; /rooms lists those "
            "there are\r\n");
  EXPECT_EQ(encoded(event::ServerFull{}), "-- error: the server is full; try again later\r\n");
  EXPECT_EQ(encoded(event::LineTooLong{4096}),
            "-- error: that line was too long and is dropped; a line has at most 4096 bytes\r\n");
  EXPECT_EQ(encoded(event::TopicTooLong{390}),
            "-- error: that topic is too long; a topic has at most 390 bytes\r\n");
  EXPECT_EQ(encoded(event::Undelivered{.nick = "bob", .is_gone = true}),
            "-- error: bob did not get your line and has left\r\n");
  EXPECT_EQ(encoded(event::Undelivered{.nick = "bob"}),
            "-- error: bob did not get your line: too many are unread there; try again later\r\n");
  EXPECT_EQ(encoded(event::OperatorsOnly{"stats"}),
            "-- error: /stats is for operators of the server\r\n");
  EXPECT_EQ(encoded(event::MailboxFull{"bob"}),
            "-- error: bob has too many unread lines to take another; try again later\r\n");
}

// Half past noon of the same day, and of the next.
std::time_t half_past_noon() {
  std::tm time = noon();
  time.tm_min = 30;
  time.tm_isdst = -1;
  return std::mktime(&time);
}

TEST(ChatEncoder, OrderBeingKeptIsToldInTheRoom) {
  std::tm now = noon();
  now.tm_yday = 325;
  const std::time_t today = half_past_noon();
  const std::time_t tomorrow = today + 24 * 3600;
  const std::vector<std::pair<Event, std::string>> table = {
      {event::PutOut{"#a", "bob", "alice", ""}, "bob was kicked by alice"},
      {event::PutOut{"#a", "bob", "alice", "enough"}, "bob was kicked by alice (enough)"},
      {event::PutOut{"#a", "bob", "alice", "", true}, "bob was banned by alice"},
      {event::PutOut{"#a", "bob", "alice", "no", true, today},
       "bob was banned by alice until 12:30 (no)"},
      {event::PutOut{"#a", "bob", "alice", "", true, tomorrow},
       "bob was banned by alice until 2026-11-23 12:30"},
      {event::MuteChanged{"#a", "bob", "alice", true}, "alice muted bob until it is lifted"},
      {event::MuteChanged{"#a", "bob", "alice", true, today}, "alice muted bob until 12:30"},
      {event::MuteChanged{"#a", "bob", "alice"}, "alice unmuted bob"},
      {event::RoleChanged{"#a", "bob", "alice", Role::kOperator, true},
       "alice made bob an operator of the room"},
      {event::RoleChanged{"#a", "bob", "alice", Role::kOperator, false},
       "alice took the operator's role from bob"},
      {event::RoleChanged{"#a", "bob", "alice", Role::kVoice, true}, "alice gave bob a voice"},
      {event::RoleChanged{"#a", "bob", "alice", Role::kVoice, false},
       "alice took the voice from bob"},
      {event::ModeChanged{"#a", "alice", Mode::kSlow, true, std::chrono::seconds(90)},
       "alice slowed the room down: a line of each every 1 minute 30 seconds"},
      {event::ModeChanged{"#a", "alice", Mode::kSlow, false}, "alice ended slow mode"},
      {event::ModeChanged{"#a", "alice", Mode::kClosed, true},
       "alice closed the room: only those who are invited come in"},
      {event::ModeChanged{"#a", "alice", Mode::kClosed, false}, "alice opened the room"},
  };
  for (const auto& [event, sentence] : table) {
    EXPECT_EQ(encoded(event, now), "12:03 #a -- " + sentence + "\r\n");
  }
}

TEST(ChatEncoder, WhoIsRefusedIsToldWhatWouldBeAccepted) {
  const std::vector<std::pair<Event, std::string>> table = {
      {event::RoomOperatorsOnly{"kick", "#a"},
       "/kick is for operators of #a; /who shows them with an @"},
      {event::NotYourself{"kick"}, "/kick is for others, not for yourself"},
      {event::NotAMember{"bob", "#a"}, "bob is not in #a; /who lists who is"},
      {event::IsOperator{"bob", "#a"}, "bob is an operator of #a; /deop bob first"},
      {event::IsOperator{"bob", ""}, "bob is an operator of the server"},
      {event::BadDuration{"5x"},
       "5x is no duration; say 30s, 10m, 2h or 7d, up to 3650d; no reason begins with a digit"},
      {event::ReasonTooLong{390}, "that reason is too long; a reason has at most 390 bytes"},
      {event::BadTarget{"1.2", true},
       "1.2 is no nick and no network; say 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"},
      {event::NetworkTooWide{"0.0.0.0/0"},
       "0.0.0.0/0 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {event::TooManyBans{"#a", 1000}, "#a has its 1000 bans already; /unban lifts one"},
      {event::TooManyBans{"", 10000}, "the server has its 10000 bans already; /ungban lifts one"},
      {event::TooManySanctions{1000, true},
       "your address has its 1000 bans, mutes and invitations in rooms already; lift some, or wait "
       "until some end"},
      {event::TooManySanctions{50000},
       "the server has its 50000 bans, mutes and invitations in rooms already; try again later"},
      {event::NoSuchBan{"#a", "bob"}, "bob is not banned from #a; /bans lists who is"},
      {event::Banned{"spam", 0}, "you are banned from this server until it is lifted: spam"},
      {event::BannedFromRoom{"#a", "alice", "spam", 0},
       "alice has banned you from #a until it is lifted: spam"},
      {event::RoomClosed{"#a"}, "#a is closed; one of its operators can /invite you"},
      {event::KeyNeeded{"#a"}, "#a has a key; type /join #a KEY"},
      {event::KeyNeeded{"#a", true}, "that is not the key of #a"},
      {event::YouAreMuted{"#a", "alice", 0}, "alice has muted you in #a until it is lifted"},
      {event::TooSoon{"#a", std::chrono::seconds(30), std::chrono::seconds(12)},
       "#a is slow, a line every 30 seconds; wait 12 seconds"},
  };
  for (const auto& [event, sentence] : table) {
    EXPECT_EQ(encoded(event), "-- error: " + sentence + "\r\n");
  }
}

TEST(ChatEncoder, BansAreListedWithWhoAndWhy) {
  const std::vector<event::BanList::Entry> bans = {{"bob", "alice", "spam", "192.0.2.1", 0, false},
                                                   {"eve", "alice", "", "", 0, true}};
  EXPECT_EQ(encoded(event::BanList{"#a", bans, 0}),
            "-- 2 bans and mutes of #a:\r\n"
            "--   bob and 192.0.2.1 until it is lifted by alice (spam)\r\n"
            "--   eve (muted) until it is lifted by alice\r\n");
  EXPECT_EQ(encoded(event::BanList{"", {}, 0}), "-- nobody is banned from the server\r\n");
}

TEST(ChatEncoder, UnknownCommandsAreRefused) {
  EXPECT_EQ(encoded(event::UnknownCommand{"jion", "join"}),
            "-- error: there is no command /jion; did you mean /join? "
            "/help lists the commands\r\n");
  EXPECT_EQ(encoded(event::UnknownCommand{"xyzzy", ""}),
            "-- error: there is no command /xyzzy; /help lists the commands\r\n");
  EXPECT_EQ(encoded(event::UnknownCommand{"", ""}),
            "-- error: a command follows the / at once, as in /help; // says a /\r\n");
}

TEST(ChatEncoder, BadArgumentsAreAnsweredWithTheUsage) {
  EXPECT_EQ(encoded(event::BadArguments{"msg"}),
            "-- error: that is not how /msg is used; type /msg NICK TEXT\r\n");
}

TEST(ChatEncoder, LongWordsAreNotRepeatedToTheirAuthor) {
  const std::string most(100, 'x');
  EXPECT_NE(encoded(event::NoSuchNick{most}).find(most), std::string::npos);

  const std::string word = most + "x";
  EXPECT_EQ(encoded(event::NoSuchNick{word}),
            "-- error: nobody here is called that; /who lists who is in the room\r\n");
  EXPECT_EQ(encoded(event::NoSuchRoom{word}),
            "-- error: there is no room of that name; /rooms lists those there are\r\n");
  EXPECT_EQ(encoded(event::NotInRoom{word}),
            "-- error: you are not in that room; /join it first\r\n");
  EXPECT_EQ(encoded(event::UnknownCommand{word, ""}),
            "-- error: there is no such command; /help lists the commands\r\n");
  EXPECT_EQ(encoded(event::Help{word}),
            "-- error: there is no such command; /help lists the commands\r\n");
}

// --- Whatever people write. ---

// Line ends, an escape sequence and format directives, among bytes of every kind.
std::string hostile_text(std::mt19937& random) {
  constexpr auto kPieces =
      std::to_array<std::string_view>({"\r\n-- error: ", "\n12:03 #a <x> ", "\x1B[2J", "\x9B", "{}",
                                       "{0}", "%s", "\xE2\x80\xAE", "\xC3"});
  std::string text;
  while (random() % 20 != 0) {
    if (random() % 4 == 0) {
      text += kPieces[random() % kPieces.size()];
    } else {
      text.push_back(static_cast<char>(random()));
    }
  }
  std::string safe;
  core::sanitize(text, safe);
  return safe;
}

TEST(ChatEncoder, NoTextBreaksTheStructureOfLines) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const std::string text = hostile_text(random);
    const Names names = {text, "bob"};
    const Ranks ranks = {{text, Role::kOperator}, {"bob"}};
    const std::vector<event::RoomList::Entry> rooms = {{text, text, 3}};
    const std::vector<event::BanList::Entry> bans = {{text, text, text, text, 0, true}};
    const std::vector<Event> events = {
        event::Said{"#a", text, text, Manner::kSay},
        event::Said{"#a", text, text, Manner::kAct},
        event::Joined{"#a", names, 3},
        event::Left{"#a", std::span(names).first(1), 0, {.words = text}},
        event::Renamed{"#a", text, text, 3},
        event::TopicChanged{"#a", text, text},
        event::Entered{text, text, text, 1, 1},
        event::Told{text, text},
        event::YouTold{text, text},
        event::RoomList{rooms, 1},
        event::MemberList{text, ranks, 1},
        event::UserDetails{text, ranks, 1, true, text},
        event::TopicIs{text, text, text},
        event::Help{text},
        event::Goodbye{{Departure::kEnded, text}},
        event::NickTaken{text},
        event::NoSuchNick{text},
        event::NoSuchRoom{text},
        event::NotInRoom{text},
        event::UnknownCommand{text, "help"},
        event::PutOut{"#a", text, text, text, true, 0},
        event::MuteChanged{"#a", text, text, true, 0},
        event::RoleChanged{"#a", text, text, Role::kVoice, true},
        event::ModeChanged{"#a", text, Mode::kKey, true},
        event::YouArePutOut{text, text, text, false, 0},
        event::YouAreInvited{text, text},
        event::Proclaimed{text, text},
        event::ShuttingDown{text, text},
        event::YouAreEnded{text, text},
        event::BanAdded{text, text, true, 0},
        event::BanLifted{text, text},
        event::BanList{text, bans, 1},
        event::ModeIs{text, Mode::kKey, true, {}, text},
        event::RoomOperatorsOnly{text, text},
        event::BadDuration{text},
        event::BadTarget{text, true},
        event::NetworkTooWide{text},
        event::OwnNetwork{text},
        event::NoSuchBan{text, text},
        event::Banned{text, 0},
        event::BannedFromRoom{text, text, text, 0},
    };
    for (const Event& event : events) {
      for (const std::string& line : lines_of(encoded(event))) {
        ASSERT_TRUE(line.starts_with("-- ") || line.starts_with("12:03 #a ")) << line;
        std::string safe;
        core::sanitize(line, safe);
        ASSERT_EQ(line, safe) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace server
