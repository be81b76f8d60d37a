// Rooms: entering and leaving them, talking in several, and what they keep.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

TEST(Rooms, ComingAndGoingIsToldToTheMembers) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  EXPECT_EQ(alice.sees("joined"), "#lobby -- guest-2 joined");
  EXPECT_EQ(bob.ask("/join #garden"), "-- you are now in #garden (1 here); you are its operator");
  EXPECT_EQ(alice.ask("/join garden"), "-- you are now in #garden (2 here)");
  EXPECT_EQ(bob.sees("joined"), "#garden -- alice joined");
  EXPECT_TRUE(contains(alice.ask("/leave"), "-- you left #garden"));
  EXPECT_EQ(bob.sees("left"), "#garden -- alice left");
}

TEST(Rooms, WhoJoinsIsNotToldThatTheyJoined) {
  Server server;
  Person alice = server.person("alice");
  alice.ask("/join #garden");
  alice.ask("/leave");
  const std::vector<std::string> lines = alice.settle();
  EXPECT_FALSE(any_contains(lines, "alice joined"));
  EXPECT_FALSE(any_contains(lines, "alice left"));
}

TEST(Rooms, ALineGoesToTheRoomOneIsTalkingInAndToNoOther) {
  Server server;
  Person alice = server.person("alice");
  Person lurker = server.person("lurker");
  Person gardener = server.person("gardener");
  gardener.ask("/join #garden");
  gardener.ask("/leave #lobby");
  alice.ask("/join #garden");
  alice.say("in the garden");
  EXPECT_EQ(gardener.sees("in the garden"), "#garden <alice> in the garden");
  EXPECT_EQ(alice.ask("/join #lobby"), "-- you are talking in #lobby now");
  alice.say("in the lobby");
  EXPECT_EQ(lurker.sees("in the lobby"), "#lobby <alice> in the lobby");
  EXPECT_FALSE(any_contains(lurker.settle(), "in the garden"));
  EXPECT_FALSE(any_contains(gardener.settle(), "in the lobby"));
}

TEST(Rooms, WhoIsInSeveralRoomsHearsAllOfThem) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.ask("/join #garden");
  bob.say("from the lobby");
  EXPECT_EQ(alice.sees("from the lobby"), "#lobby <bob> from the lobby");
}

TEST(Rooms, LeavingThePresentRoomLeadsBackToTheOneBefore) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.ask("/join #garden");
  alice.ask("/join #shed");
  EXPECT_TRUE(contains(alice.ask("/leave"), "talking in #garden"));
  EXPECT_TRUE(contains(alice.ask("/leave"), "talking in #lobby"));
  alice.say("back again");
  EXPECT_EQ(bob.sees("back again"), "#lobby <alice> back again");
}

TEST(Rooms, WhoIsInNoRoomIsToldToJoinOne) {
  Server server;
  Person alice = server.person("alice");
  alice.ask("/leave");
  for (const char* line : {"hello?", "/leave", "/who", "/topic x", "/history", "/me waves"}) {
    const std::string answer = alice.ask(line);
    EXPECT_TRUE(contains(answer, "-- error: you are in no room; /join")) << line << ": " << answer;
  }
  EXPECT_TRUE(contains(alice.ask("/leave #garden"), "-- error: you are not in #garden"));
}

TEST(Rooms, NamesOfRoomsAreTheSameInAnyCase) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.ask("/join #Garden");
  EXPECT_EQ(bob.ask("/join #GARDEN"), "-- you are now in #Garden (2 here)");
  EXPECT_TRUE(bob.ask("/join #gar/den").starts_with("-- error: "));
}

TEST(Rooms, RoomsAndTheirMembersAreListed) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.ask("/join #garden");
  alice.say("/topic roses");
  alice.settle();
  EXPECT_EQ(bob.ask("/rooms"), "-- 2 rooms:");
  EXPECT_EQ(bob.read_line(), "--   #lobby (2 here)");
  EXPECT_EQ(bob.read_line(), "--   #garden (1 here): roses");
  EXPECT_EQ(bob.ask("/who"), "-- 2 in #lobby:");
  EXPECT_EQ(bob.read_line(), "--   alice and bob");
  EXPECT_EQ(bob.ask("/who garden"), "-- 1 in #garden:");
  EXPECT_EQ(bob.read_line(), "--   @alice");
  EXPECT_TRUE(contains(bob.ask("/who #nowhere"), "-- error: there is no room #nowhere"));
}

TEST(Rooms, ARoomThatEverybodyLeftIsForgottenWithItsTopicAndHistory) {
  Server server;
  Person alice = server.person("alice");
  alice.ask("/join #garden");
  alice.say("/topic roses");
  alice.say("a secret");
  alice.ask("/leave");
  EXPECT_EQ(alice.ask("/rooms"), "-- 1 room:");
  EXPECT_EQ(alice.read_line(), "--   #lobby (1 here)");
  EXPECT_EQ(alice.ask("/join #garden"), "-- you are now in #garden (1 here); you are its operator");
  const std::vector<std::string> lines = alice.settle();
  EXPECT_FALSE(any_contains(lines, "roses"));
  EXPECT_FALSE(any_contains(lines, "a secret"));
}

TEST(Rooms, ATopicIsSetShownAndCleared) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  EXPECT_TRUE(contains(alice.ask("/topic"), "no topic"));
  alice.say("/topic all about tea");
  EXPECT_EQ(bob.sees("tea"), "#lobby -- alice set the topic: all about tea");
  EXPECT_EQ(alice.sees("tea"), "#lobby -- alice set the topic: all about tea");
  EXPECT_TRUE(contains(bob.ask("/topic"), "all about tea (set by alice)"));
  Client newcomer(server.chat_port());
  newcomer.read_until("-- topic: all about tea");
  bob.say("/topic -");
  EXPECT_EQ(alice.sees("topic"), "#lobby -- bob cleared the topic");
}

TEST(Rooms, WhoJoinsIsShownTheLastLines) {
  Server server({"--set", "chat.replay=3"});
  Person alice = server.person("alice");
  for (int line = 1; line <= 5; ++line) alice.say("line " + std::to_string(line));
  alice.settle();
  Person bob = server.guest();
  const std::vector<std::string> lines = bob.settle();
  const std::vector<std::string> expected = {"-- the last 3 lines:", "#lobby <alice> line 3",
                                             "#lobby <alice> line 4", "#lobby <alice> line 5"};
  EXPECT_EQ(lines, expected);
}

TEST(Rooms, ComingsAndGoingsAreNotShownAgain) {
  Server server;
  Person alice = server.person("alice");
  for (int line = 1; line <= 3; ++line) {
    alice.say("line " + std::to_string(line));
    server.person("passer-by").say("/me looks in");
    alice.sees("passer-by left");
  }
  Person bob = server.guest();
  const std::vector<std::string> replayed = bob.settle();
  EXPECT_EQ(replayed.size(), 7u);
  EXPECT_EQ(replayed.front(), "-- the last 6 lines:");
  EXPECT_FALSE(any_contains(replayed, " joined"));
  EXPECT_FALSE(any_contains(replayed, " left"));
  EXPECT_FALSE(any_contains(replayed, "now known as"));
  alice.say("/history");
  alice.sees("the last 6 lines");
  const std::string history = alice.read_until("-- end of history");
  EXPECT_FALSE(contains(history, "passer-by left")) << history;
}

TEST(Rooms, HistoryShowsWhatWasSaidOnesOwnLinesToo) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  for (int line = 1; line <= 5; ++line) {
    (line % 2 == 1 ? alice : bob).say("line " + std::to_string(line));
    alice.settle();
    bob.settle();
  }
  EXPECT_EQ(alice.ask("/history 2"), "-- the last 2 lines of #lobby:");
  EXPECT_EQ(without_clock(alice.read_line()), "#lobby <bob> line 4");
  EXPECT_EQ(without_clock(alice.read_line()), "#lobby <alice> line 5");
  EXPECT_EQ(alice.read_line(), "-- end of history");
  EXPECT_EQ(alice.ask("/history"), "-- the last 5 lines of #lobby:");
  alice.sees("end of history");
  EXPECT_TRUE(alice.ask("/history 0").starts_with("-- error: "));
}

TEST(Rooms, ARoomKeepsNoMoreThanItMay) {
  Server server({"--set", "limits.history=4KiB"});
  Person alice = server.person("alice");
  for (std::size_t line = 0; line < 100; ++line) alice.say(numbered_line(line, 100));
  alice.settle();
  alice.say("/history 1000");
  const std::string kept = alice.read_until("-- end of history");
  EXPECT_LE(kept.size(), 4096u + 200);
  EXPECT_TRUE(contains(kept, "<alice> 99 "));
  EXPECT_FALSE(contains(kept, "<alice> 0 "));
}

// How many people a line such as "#lobby -- alice, bob and 38 others joined" speaks of.
std::size_t people_in(const std::string& line) {
  const std::size_t last = line.find(" and ");
  const std::size_t named = count(line, ", ") + 1;
  if (last == std::string::npos) return named;
  return named + (contains(line, " other") ? std::stoul(line.substr(last + 5)) : 1);
}

// Reads lines until they account for `people`; gives the number of lines.
std::size_t lines_about(Person& reader, const std::string& verb, std::size_t people) {
  std::size_t lines = 0;
  std::size_t found = 0;
  for (; found < people; ++lines) found += people_in(reader.sees(verb));
  EXPECT_EQ(found, people);
  return lines;
}

TEST(Rooms, ComingsAndGoingsOfALargeRoomAreSummedUp) {
  Server server({"--set", "chat.digest_above=5", "--set", "chat.digest_interval=200ms"});
  Person watcher = server.person("watcher");
  constexpr std::size_t kCrowd = 40;
  {
    std::vector<Person> crowd;
    for (std::size_t i = 0; i < kCrowd; ++i) crowd.push_back(server.guest());
    EXPECT_LT(lines_about(watcher, " joined", kCrowd), kCrowd / 2);
  }
  EXPECT_LT(lines_about(watcher, " left", kCrowd), kCrowd / 2);
}

}  // namespace
}  // namespace e2e
