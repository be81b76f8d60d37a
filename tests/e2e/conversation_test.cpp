// People who talk: what each of them reads, and what they can ask for.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

using namespace std::string_literals;

TEST(Conversation, WhoeverConnectsIsGreetedNamedAndInTheLobby) {
  Server server;
  Client client(server.chat_port());
  EXPECT_EQ(client.read_line(), "-- welcome to hubbub; you are guest-1");
  EXPECT_TRUE(contains(client.read_line(), "/help"));
  EXPECT_EQ(client.read_line(), "-- you are now in #lobby (1 here)");
}

TEST(Conversation, ALineReachesTheOthersWithTimeRoomAndName) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  Person carol = server.person("carol");
  alice.say("hello, world");
  for (Person* const reader : {&bob, &carol}) {
    const std::string before = reader->read_until(" #lobby <alice> hello, world\r\n");
    EXPECT_TRUE(contains(without_digits(before), "00:00 #lobby <alice> hello, world\r\n"))
        << before;
  }
}

TEST(Conversation, LinesMayEndWithCarriageReturnOrWithout) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.send("one\ntwo\r\nthree\r\0four\n\n\r\nfive\n"s);
  for (const char* line : {"one", "two", "three", "four", "five"}) {
    EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> " + std::string(line));
  }
}

TEST(Conversation, NobodyGetsTheirOwnLineBackUnlessTheyAsk) {
  Server server;
  Person alice = server.person("alice");
  alice.say("quiet");
  EXPECT_FALSE(any_contains(alice.settle(), "quiet"));
  EXPECT_TRUE(contains(alice.ask("/echo on"), "echo is on"));
  alice.say("loud");
  EXPECT_EQ(alice.sees("loud"), "#lobby <alice> loud");
  EXPECT_TRUE(contains(alice.ask("/echo"), "echo is on"));
  EXPECT_TRUE(contains(alice.ask("/echo off"), "echo is off"));
  alice.say("quiet again");
  EXPECT_FALSE(any_contains(alice.settle(), "quiet again"));
}

TEST(Conversation, EverybodySeesTheSameOrder) {
  Server server;
  std::vector<Person> people;
  for (const char* name : {"alice", "bob", "carol", "dave"}) {
    people.push_back(server.person(name));
    people.back().ask("/echo on");
  }
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    for (Person& person : people) person.say("line " + std::to_string(round));
  }
  std::vector<std::string> orders(people.size());
  for (std::size_t reader = 0; reader < people.size(); ++reader) {
    for (std::size_t line = 0; line < kRounds * people.size(); ++line) {
      orders[reader] += people[reader].sees("> line ") + "\n";
    }
    EXPECT_EQ(orders[reader], orders[0]);
  }
}

TEST(Conversation, WhatSomebodyDoesIsShownAsAnAction) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.say("/me waves");
  EXPECT_EQ(bob.sees("waves"), "#lobby * alice waves");
}

TEST(Conversation, TwoSlashesSayOne) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.say("//etc/passwd is no command");
  EXPECT_EQ(bob.sees("no command"), "#lobby <alice> /etc/passwd is no command");
}

TEST(Conversation, APrivateLineReachesOnePersonAcrossRooms) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  Person carol = server.person("carol");
  bob.ask("/join #elsewhere");
  alice.settle();
  EXPECT_TRUE(contains(alice.ask("/msg BOB psst, over here"), "you tell bob: psst, over here"));
  EXPECT_TRUE(bob.sees("psst").ends_with("alice tells you: psst, over here"));
  EXPECT_FALSE(any_contains(carol.settle(), "psst"));
  EXPECT_TRUE(contains(alice.ask("/msg nobody hello"), "-- error: nobody here is called nobody"));
}

TEST(Conversation, AnUnknownCommandIsAnsweredWithTheNearestOne) {
  Server server;
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(alice.ask("/jion #x"), "did you mean /join?"));
  EXPECT_TRUE(contains(alice.ask("/xyzzyplugh"), "-- error: there is no command /xyzzyplugh"));
}

TEST(Conversation, ACommandWithoutItsArgumentsIsExplained) {
  Server server;
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(alice.ask("/msg bob"), "/msg NICK TEXT"));
  EXPECT_TRUE(contains(alice.ask("/nick"), "/nick NAME"));
  EXPECT_TRUE(contains(alice.ask("/time now"), "/time"));
}

TEST(Conversation, HelpListsTheCommandsAndExplainsOne) {
  Server server;
  Person alice = server.person("alice");
  alice.say("/help");
  const std::string all = alice.read_until("that keep order");
  for (const char* command : {"/nick", "/join", "/leave", "/rooms", "/who", "/whois", "/msg", "/me",
                              "/topic", "/history", "/echo", "/time", "/quit", "/help operators"}) {
    EXPECT_TRUE(contains(all, command)) << command;
  }
  EXPECT_TRUE(contains(alice.ask("/help msg"), "/msg NICK TEXT"));
}

TEST(Conversation, TheTimeIsTheServers) {
  Server server;
  Person alice = server.person("alice");
  EXPECT_TRUE(without_digits(alice.ask("/time")).starts_with("-- 0000-00-00 00:00:00 "));
}

TEST(Conversation, WhoQuitsIsSaidGoodbyeAndTheRoomIsToldWhy) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.say("/quit gone fishing");
  EXPECT_TRUE(contains(alice.read_to_end(), "-- goodbye"));
  EXPECT_EQ(bob.sees("left"), "#lobby -- alice left (gone fishing)");
}

TEST(Conversation, WhoHangsUpHasLeft) {
  Server server;
  Person bob = server.person("bob");
  Person alice = server.person("alice");
  alice.close();
  EXPECT_TRUE(contains(bob.sees("left"), "alice left"));
  Person carol = server.person("carol");
  carol.reset();
  EXPECT_TRUE(contains(bob.sees("left"), "carol left"));
}

// nc -N, a script's output: what was said before the end of input is said.
TEST(Conversation, WhoOnlyEndsTheirInputIsHeardAndSaidGoodbye) {
  Server server;
  Person bob = server.person("bob");
  Client client(server.chat_port());
  client.send("/nick alice\nlast words\n");
  client.end_sending();
  EXPECT_EQ(bob.sees("last words"), "#lobby <alice> last words");
  EXPECT_TRUE(contains(client.read_to_end(), "you are now known as alice"));
}

TEST(Conversation, ALastLineWithoutAnEndIsNotSaid) {
  Server server;
  Person bob = server.person("bob");
  Person alice = server.person("alice");
  alice.send("half a li");
  alice.close();
  EXPECT_TRUE(contains(bob.sees("left"), "alice left"));
  EXPECT_FALSE(any_contains(bob.settle(), "half a li"));
}

}  // namespace
}  // namespace e2e
