// What a line asks for: a table of lines and commands, and what the table of commands promises.
#include "server/chat_commands.hpp"

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/describe_command.hpp"

namespace server {
namespace {

std::string parsed(std::string_view line) {
  std::string room;
  const std::optional<Command> command = parse_chat_line(line, room);
  return command ? describe(*command) : "nothing";
}

struct Case {
  std::string_view line, command;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(parsed(one.line), one.command) << one.line;
}

TEST(ChatCommands, OrdinaryLinesAreSaid) {
  expect_all({
      {"hello", "say hello"},
      {"hello  world", "say hello  world"},
      {"  indented", "say   indented"},
      {"caf\xC3\xA9 \xE2\x98\x95", "say caf\xC3\xA9 \xE2\x98\x95"},
      {"-- not the server", "say -- not the server"},
      {"join", "say join"},
  });
}

TEST(ChatCommands, APasswordMayBeGivenOrLeftToBeAskedFor) {
  expect_all({
      {"/register", "register "},
      {"/register open sesame", "register open sesame"},
      {"/login", "login : "},
      {"/login sesame", "login : sesame"},
      {"/LOGIN alice open sesame", "login alice: open sesame"},
      {"/logout", "logout"},
      {"/password", "password  to "},
      {"/password old new", "password old to new"},
      {"/password old", "bad arguments password"},
      {"/unregister sesame", "unregister sesame"},
      {"/oper sesame", "oper sesame"},
      {"/drop alice", "drop alice"},
  });
}

TEST(ChatCommands, BlanksAtTheEndAreNotSaid) {
  expect_all({{"hello   ", "say hello"}, {" a b ", "say  a b"}, {"// ", "say /"}});
}

TEST(ChatCommands, BlankLinesAskForNothing) {
  expect_all({{"", "nothing"}, {" ", "nothing"}, {"      ", "nothing"}});
}

TEST(ChatCommands, TwoSlashesSayOne) {
  expect_all({
      {"//join", "say /join"},
      {"//", "say /"},
      {"///", "say //"},
      {"// a b", "say / a b"},
      {"//caf\xC3\xA9", "say /caf\xC3\xA9"},
  });
}

TEST(ChatCommands, SlashBehindTheFirstColumnIsSaid) {
  expect_all({{" /join #a", "say  /join #a"}, {"a /quit", "say a /quit"}});
}

TEST(ChatCommands, EveryCommandIsUnderstood) {
  expect_all({
      {"/help", "help "},
      {"/help nick", "help nick"},
      {"/help /nick", "help nick"},
      {"/help /", "help /"},
      {"/help no-such", "help no-such"},
      {"/nick alice", "nick alice"},
      {"/join #room", "join #room"},
      {"/join #room secret", "join #room, key secret"},
      {"/op bob", "give bob role 2"},
      {"/deop bob", "take bob role 2"},
      {"/voice bob", "give bob role 1"},
      {"/unvoice bob", "take bob role 1"},
      {"/kick bob", "kick bob"},
      {"/kick bob for  good", "kick bob: for  good"},
      {"/ban bob", "ban bob"},
      {"/ban bob spam again", "ban bob: spam again"},
      {"/ban 192.0.2.0/24 10m spam", "ban 192.0.2.0/24 for 600s: spam"},
      {"/ban bob 7d", "ban bob for 604800s"},
      {"/unban bob", "unban bob"},
      {"/bans", "bans"},
      {"/mute bob", "mute bob"},
      {"/mute bob 2h", "mute bob for 7200s"},
      {"/unmute bob", "unmute bob"},
      {"/moderated", "mode 0?"},
      {"/moderated on", "mode 0 on"},
      {"/closed off", "mode 1 off"},
      {"/topiclock ON", "mode 2 on"},
      {"/slow", "slow?"},
      {"/slow 30", "slow 30s"},
      {"/slow 5m", "slow 300s"},
      {"/slow 1h", "slow 3600s"},
      {"/slow off", "slow 0s"},
      {"/key", "key?"},
      {"/key Secret", "key Secret"},
      {"/key off", "key "},
      {"/invite bob", "invite bob"},
      {"/wall see you", "wall see you"},
      {"/kill bob spam", "kill bob: spam"},
      {"/gban bob 1h spam", "gban bob for 3600s: spam"},
      {"/kline bob", "gban bob"},
      {"/ungban 192.0.2.1", "ungban 192.0.2.1"},
      {"/stats", "stats"},
      {"/tasks", "tasks"},
      {"/reload", "reload"},
      {"/shutdown", "shutdown "},
      {"/shutdown for a while", "shutdown for a while"},
      {"/join #", "join #"},
      {"/leave", "leave "},
      {"/leave #room", "leave #room"},
      {"/rooms", "rooms"},
      {"/who", "members "},
      {"/who #room", "members #room"},
      {"/whois alice", "whois alice"},
      {"/msg bob hello there", "tell bob: hello there"},
      {"/msg bob /join", "tell bob: /join"},
      {"/me waves", "act waves"},
      {"/me does  two things", "act does  two things"},
      {"/topic", "show topic"},
      {"/topic on  io_uring", "set topic on  io_uring"},
      {"/topic -", "set topic "},
      {"/topic - or not", "set topic - or not"},
      {"/history", "history all"},
      {"/history 1", "history 1"},
      {"/history 250", "history 250"},
      {"/echo", "echo?"},
      {"/echo on", "echo on"},
      {"/echo OFF", "echo off"},
      {"/time", "time"},
      {"/quit", "quit "},
      {"/quit see you", "quit see you"},
  });
}

TEST(ChatCommands, AliasesAreUnderstood) {
  expect_all({
      {"/j #a", "join #a"},
      {"/n bob", "nick bob"},
      {"/m bob hi", "tell bob: hi"},
      {"/w", "members "},
      {"/names #a", "members #a"},
      {"/q", "quit "},
      {"/exit now", "quit now"},
      {"/?", "help "},
      {"/part", "leave "},
  });
}

TEST(ChatCommands, CaseOfTheWordMakesNoDifference) {
  expect_all({{"/JOIN #A", "join #A"}, {"/Nick Bob", "nick Bob"}, {"/Q", "quit "}});
}

TEST(ChatCommands, BlanksAroundArgumentsMakeNoDifference) {
  expect_all({
      {"/join    #a   ", "join #a"},
      {"/rooms   ", "rooms"},
      {"/msg   bob    hello  there ", "tell bob: hello  there"},
      {"/me   waves ", "act waves"},
      {"/topic  new  one ", "set topic new  one"},
      {"/topic   ", "show topic"},
      {"/quit   ", "quit "},
  });
}

TEST(ChatCommands, RoomsAreCompletedWithTheirSign) {
  expect_all({
      {"/join lobby", "join #lobby"},
      {"/join   lobby ", "join #lobby"},
      {"/leave lobby", "leave #lobby"},
      {"/who a-room-with-a-rather-long-name", "members #a-room-with-a-rather-long-name"},
      {"/join caf\xC3\xA9", "join #caf\xC3\xA9"},
  });
}

TEST(ChatCommands, WrongArgumentsAreRefused) {
  expect_all({
      {"/help a b", "bad arguments help"},
      {"/nick", "bad arguments nick"},
      {"/nick alice smith", "bad arguments nick"},
      {"/n", "bad arguments nick"},
      {"/join", "bad arguments join"},
      {"/join   ", "bad arguments join"},
      {"/join #a #b", "bad arguments join"},
      {"/leave #a #b", "bad arguments leave"},
      {"/rooms all", "bad arguments rooms"},
      {"/who #a #b", "bad arguments who"},
      {"/whois", "bad arguments whois"},
      {"/whois a b", "bad arguments whois"},
      {"/msg", "bad arguments msg"},
      {"/msg bob", "bad arguments msg"},
      {"/msg bob   ", "bad arguments msg"},
      {"/me", "bad arguments me"},
      {"/history 0", "bad arguments history"},
      {"/history -1", "bad arguments history"},
      {"/history +1", "bad arguments history"},
      {"/history ten", "bad arguments history"},
      {"/history 10x", "bad arguments history"},
      {"/history 1 2", "bad arguments history"},
      {"/history 99999999999999999999", "bad arguments history"},
      {"/echo maybe", "bad arguments echo"},
      {"/echo on off", "bad arguments echo"},
      {"/time now", "bad arguments time"},
      {"/join #a key more", "bad arguments join"},
      {"/op a b", "bad arguments op"},
      {"/kick", "bad arguments kick"},
      {"/ban", "bad arguments ban"},
      {"/ban bob 10", "bad duration 10"},
      {"/ban bob 0s", "bad duration 0s"},
      {"/ban bob 500ms", "bad duration 500ms"},
      {"/ban bob 3 times spam", "bad duration 3"},
      {"/gban bob 99999999999999999999d", "bad duration 99999999999999999999d"},
      {"/ban bob 4000d", "bad duration 4000d"},
      {"/mute bob soon", "bad duration soon"},
      {"/mute bob 10m please", "bad duration 10m please"},
      {"/slow 0", "bad slow 0"},
      {"/slow 2h", "bad slow 2h"},
      {"/slow fast", "bad slow fast"},
      {"/closed maybe", "bad arguments closed"},
      {"/key a b", "bad arguments key"},
      {"/wall", "bad arguments wall"},
  });
}

TEST(ChatCommands, UnknownCommandsAreRefusedWithTheNearestOne) {
  expect_all({
      {"/jion #a", "unknown jion, meant join"},
      {"/NICKK", "unknown NICKK, meant nick"},
      {"/histroy 10", "unknown histroy, meant history"},
      {"/xyzzy", "unknown xyzzy, meant "},
      {"/caf\xC3\xA9", "unknown caf\xC3\xA9, meant "},
      {"/join#a", "unknown join#a, meant "},
  });
}

TEST(ChatCommands, SlashWithoutWordIsAnUnknownCommand) {
  expect_all(
      {{"/", "unknown , meant "}, {"/ join", "unknown , meant "}, {"/   ", "unknown , meant "}});
}

TEST(ChatCommands, LongLinesAreReadLikeShortOnes) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(parsed(text), "say " + text);
  EXPECT_EQ(parsed("/" + text), "unknown " + text + ", meant ");
  EXPECT_EQ(parsed("/join " + text), "join #" + text);
  EXPECT_EQ(parsed("/" + std::string(100'000, ' ')), "unknown , meant ");
}

TEST(ChatCommands, TextIsNotCopied) {
  const std::string_view line = "/msg bob hello";
  std::string room;
  const std::optional<Command> command = parse_chat_line(line, room);
  ASSERT_TRUE(command && std::holds_alternative<command::Tell>(*command));
  EXPECT_EQ(std::get<command::Tell>(*command).text.data(), line.data() + 9);
}

TEST(ChatCommands, EveryWordStandsForOneCommand) {
  std::set<std::string_view> words;
  for (const ChatCommand& command : chat_commands()) {
    EXPECT_TRUE(words.insert(command.name).second) << command.name;
    EXPECT_EQ(find_chat_command(command.name), &command);
    for (const std::string_view alias : command.aliases) {
      if (alias.empty()) continue;
      EXPECT_TRUE(words.insert(alias).second) << alias;
      EXPECT_EQ(find_chat_command(alias), &command) << alias;
    }
  }
}

TEST(ChatCommands, NoCommandHasAnEmptyWord) {
  EXPECT_EQ(find_chat_command(""), nullptr);
}

TEST(ChatCommands, WhatUsageSaysIsOptionalMayBeLeftOut) {
  for (const ChatCommand& command : chat_commands()) {
    const bool has_all = command.arguments.empty() || command.arguments.front() == '[';
    const std::string refusal = "bad arguments " + std::string(command.name);
    EXPECT_EQ(parsed("/" + std::string(command.name)) != refusal, has_all) << usage(command);
  }
}

TEST(ChatCommands, UsageShowsNameAndArguments) {
  EXPECT_EQ(usage(*find_chat_command("m")), "/msg NICK TEXT");
  EXPECT_EQ(usage(*find_chat_command("time")), "/time");
}

}  // namespace
}  // namespace server
