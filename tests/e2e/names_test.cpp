// Names of people: who may be called what, and who is told.
#include <string>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

TEST(Names, GuestsAreNumberedAndNoNumberIsGivenTwice) {
  Server server;
  Person first = server.guest();
  Person second = server.guest();
  EXPECT_EQ(first.nick(), "guest-1");
  EXPECT_EQ(second.nick(), "guest-2");
  first.close();
  second.sees("guest-1 left");
  EXPECT_EQ(server.guest().nick(), "guest-3");
}

TEST(Names, ANewNameIsToldToTheRoom) {
  Server server;
  Person alice = server.guest();
  Person bob = server.person("bob");
  const std::string old = alice.nick();
  EXPECT_EQ(alice.ask("/nick alice"), "-- you are now known as alice");
  EXPECT_EQ(bob.sees("now known as alice"), "#lobby -- " + old + " is now known as alice");
  alice.say("hello");
  EXPECT_EQ(bob.sees("hello"), "#lobby <alice> hello");
}

TEST(Names, ANameIsGivenToOnePersonWhateverItsCase) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  for (const char* taken : {"alice", "Alice", "ALICE"}) {
    EXPECT_TRUE(bob.ask("/nick " + std::string(taken)).starts_with("-- error: ")) << taken;
  }
  EXPECT_EQ(alice.ask("/nick ALICE"), "-- you are now known as ALICE");
  EXPECT_TRUE(contains(bob.ask("/whois alice"), "ALICE"));
}

TEST(Names, ANameIsFreeAgainWhenItsOwnerGoesOrChangesIt) {
  Server server;
  Person bob = server.person("bob");
  Person alice = server.person("alice");
  alice.ask("/nick alicia");
  EXPECT_EQ(bob.ask("/nick alice"), "-- you are now known as alice");
  alice.say("/quit");
  alice.read_to_end();
  EXPECT_EQ(bob.ask("/nick alicia"), "-- you are now known as alicia");
}

TEST(Names, ReservedNamesAreRefused) {
  Server server;
  Person alice = server.guest();
  for (const char* reserved : {"server", "Admin", "root", "guest-99", "GUEST-1"}) {
    EXPECT_TRUE(contains(alice.ask("/nick " + std::string(reserved)), "-- error: ")) << reserved;
  }
}

TEST(Names, NamesWithOtherCharactersAreRefusedSayingWhichAreAccepted) {
  Server server;
  Person alice = server.guest();
  for (const char* bad : {"al:ce", "<alice>", "#alice", "9lives", "\xC3\xA4lice", "al*", "-x"}) {
    const std::string answer = alice.ask("/nick " + std::string(bad));
    EXPECT_TRUE(answer.starts_with("-- error: a nick ")) << bad << ": " << answer;
  }
  EXPECT_TRUE(alice.ask("/nick al ice").starts_with("-- error: "));
}

TEST(Names, WhoisTellsRoomsWhateverTheCase) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  bob.ask("/join #garden");
  EXPECT_TRUE(contains(alice.ask("/whois BOB"), "-- bob has been here for"));
  const std::string rooms = alice.sees("in ");
  EXPECT_TRUE(contains(rooms, "#lobby")) << rooms;
  EXPECT_TRUE(contains(rooms, "#garden")) << rooms;
  EXPECT_TRUE(alice.ask("/whois nobody").starts_with("-- error: "));
}

}  // namespace
}  // namespace e2e
