// The hub: what comes of everything a person can do, who gets which line, how often and in what
// order, and what becomes of those who do not read.
#include "server/hub.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server_support.hpp"

namespace server {
namespace {

using support::Guest;
using support::House;
using support::Lines;
using namespace std::chrono_literals;

class HubTest : public ::testing::Test {
 protected:
  House house_;
  Hub& hub_ = house_.hub;
};

// --- Coming, and names. ---

TEST_F(HubTest, WhoComesIsGreetedNamedAndTakenIntoTheLobby) {
  const Guest& guest = house_.enter();
  EXPECT_EQ(guest.nick(), "guest-1");
  EXPECT_EQ(guest.told, (Lines{"-- welcome guest-1 to hubbub",
                               "-- entered #lobby of 1, replay 0, topic '' by ''"}));
  ASSERT_NE(guest.current(), nullptr);
  EXPECT_EQ(guest.current()->room().name(), "#lobby");
}

TEST_F(HubTest, AnArrivalIsAnnouncedToThoseWhoAreThereAndNotToWhoComes) {
  Guest& alice = house_.arrive("alice");
  Guest& newcomer = house_.enter();
  house_.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"#lobby joined: guest-2"}));
  EXPECT_EQ(newcomer.take_lines(), (Lines{"-- welcome guest-2 to hubbub",
                                          "-- entered #lobby of 2, replay 0, topic '' by ''"}));
}

TEST_F(HubTest, GuestsNamesAreNotUsedTwice) {
  Guest& first = house_.arrive();
  house_.end(first);
  EXPECT_EQ(house_.arrive().nick(), "guest-2");
}

TEST_F(HubTest, ANickIsChangedAndTheRoomsAreTold) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  for (Guest* const guest : {&alice, &bob}) hub_.join(*guest, "#tea");
  house_.settle();
  house_.forget();
  hub_.change_nick(bob, "robert");
  house_.settle();
  EXPECT_EQ(bob.nick(), "robert");
  EXPECT_EQ(bob.take_lines(), (Lines{"-- you are robert"}));
  EXPECT_EQ(alice.take_lines(),
            (Lines{"#lobby renamed: bob to robert +0", "#tea renamed: bob to robert +0"}));
}

TEST_F(HubTest, ANickThatBreaksTheRulesIsRefused) {
  Guest& guest = house_.arrive();
  hub_.change_nick(guest, "no spaces");
  hub_.change_nick(guest, std::string(house_.config.limits.nick + 1, 'a'));
  const auto character = static_cast<int>(NameFault::kBadCharacter);
  const auto length = static_cast<int>(NameFault::kTooLong);
  EXPECT_EQ(guest.told, (Lines{fmt::format("-- bad nick, fault {}, most 32", character),
                               fmt::format("-- bad nick, fault {}, most 32", length)}));
  EXPECT_EQ(guest.nick(), "guest-1");
}

TEST_F(HubTest, ANickSomebodyHasIsRefusedInAnyCaseOfLetters) {
  house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.change_nick(bob, "ALICE");
  EXPECT_EQ(bob.told, (Lines{"-- taken: ALICE"}));
  EXPECT_EQ(bob.nick(), "bob");
}

TEST_F(HubTest, ANickMayChangeToItselfInAnotherCaseOfLetters) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.change_nick(alice, "Alice");
  house_.settle();
  EXPECT_EQ(alice.told, (Lines{"-- you are Alice"}));
  EXPECT_EQ(bob.take_lines(), (Lines{"#lobby renamed: alice to Alice +0"}));
  hub_.tell(bob, "aLiCe", "still you?");
  EXPECT_EQ(alice.told.back(), "-- bob tells: still you?");
}

TEST_F(HubTest, TheNickOneHasAlreadyIsAnnouncedToNobody) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.change_nick(alice, "alice");
  house_.settle();
  EXPECT_EQ(alice.told, (Lines{"-- you are alice"}));
  EXPECT_EQ(bob.take_lines(), Lines());
}

TEST_F(HubTest, TheNickThatSomebodyGaveUpIsFree) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.change_nick(alice, "carol");
  hub_.change_nick(bob, "alice");
  EXPECT_EQ(bob.nick(), "alice");
}

TEST_F(HubTest, TheNickOfWhoLeftIsFree) {
  house_.end(house_.arrive("alice"));
  EXPECT_EQ(house_.arrive("alice").nick(), "alice");
}

TEST_F(HubTest, WhoIsDisconnectedAgainDoesNotTakeAwayTheNextOfThatName) {
  Guest& first = house_.arrive("alice");
  hub_.disconnect(first, {});
  Guest& second = house_.arrive("alice");
  hub_.disconnect(first, {});
  EXPECT_EQ(house_.users(), 1u);
  EXPECT_EQ(second.memberships().size(), 1u);
}

TEST_F(HubTest, DisconnectingTwiceIsDisconnectingOnce) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.disconnect(bob, {.words = "so long"});
  hub_.disconnect(bob, {.words = "again"});
  house_.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"#lobby left: bob (so long)"}));
  EXPECT_EQ(house_.users(), 1u);
}

TEST_F(HubTest, DisconnectingWhoNeverConnectedIsNothing) {
  Guest stranger(house_, hub_, house_.encoder);
  hub_.disconnect(stranger, {});
  EXPECT_EQ(house_.users(), 0u);
}

TEST_F(HubTest, APersonIsDescribedByRoomsAndAge) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.join(alice, "#tea");
  house_.pass_time(65s);
  hub_.describe(bob, "ALICE");
  EXPECT_EQ(bob.told, (Lines{"-- alice in #lobby,@#tea for 65s"}));
}

// Another loop may have looked at the clock a moment later than this one.
TEST_F(HubTest, APersonWhoseConnectionIsOfTheFutureIsNew) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  house_.pass_time(-1500ms);
  house_.forget();
  hub_.describe(bob, alice.nick());
  EXPECT_EQ(bob.told, (Lines{"-- alice in #lobby for 0s"}));
}

TEST_F(HubTest, NobodyByThatNameIsDescribed) {
  Guest& alice = house_.arrive("alice");
  hub_.describe(alice, "bob");
  hub_.describe(alice, "");
  EXPECT_EQ(alice.told, (Lines{"-- nobody is bob", "-- nobody is "}));
}

// --- Rooms. ---

TEST_F(HubTest, JoiningARoomMakesItTheOneToTalkIn) {
  Guest& alice = house_.arrive("alice");
  hub_.join(alice, "#Tea");
  EXPECT_EQ(alice.told, (Lines{"-- entered #Tea of 1, replay 0, topic '' by ''"}));
  EXPECT_EQ(alice.current()->room().name(), "#Tea");
  EXPECT_EQ(house_.rooms(), 2u);
}

TEST_F(HubTest, ARoomKeepsTheNameItWasMadeWithInAnyCaseOfLetters) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.join(alice, "#Tea");
  hub_.join(bob, "#tea");
  EXPECT_EQ(bob.told.front(), "-- entered #Tea of 2, replay 0, topic '' by ''");
  EXPECT_EQ(house_.rooms(), 2u);
}

TEST_F(HubTest, JoiningARoomOneIsInOnlySwitchesToIt) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.join(alice, "#tea");
  house_.settle();
  house_.forget();
  hub_.join(alice, "#LOBBY");
  house_.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"-- switched to #lobby"}));
  EXPECT_EQ(alice.memberships().size(), 2u);
  EXPECT_EQ(bob.take_lines(), Lines());
}

TEST_F(HubTest, ARoomNameThatBreaksTheRulesIsRefused) {
  Guest& alice = house_.arrive("alice");
  hub_.join(alice, "tea");
  hub_.join(alice, "#" + std::string(64, 'a'));
  const auto start = static_cast<int>(NameFault::kBadStart);
  const auto length = static_cast<int>(NameFault::kTooLong);
  EXPECT_EQ(alice.told, (Lines{fmt::format("-- bad room, fault {}, most 64", start),
                               fmt::format("-- bad room, fault {}, most 64", length)}));
  EXPECT_EQ(house_.rooms(), 1u);
}

Config limited(std::size_t rooms_per_user, std::size_t rooms) {
  Config config;
  config.limits.rooms_per_user = rooms_per_user;
  config.limits.rooms = rooms;
  return config;
}

TEST(HubLimitTest, OneIsInAtMostSoManyRooms) {
  House house(limited(3, 100));
  Guest& alice = house.arrive("alice");
  for (const char* const room : {"#a", "#b", "#c"}) house.hub.join(alice, room);
  EXPECT_EQ(alice.told.back(), "-- too many rooms, most 3");
  EXPECT_EQ(alice.memberships().size(), 3u);
  EXPECT_EQ(alice.current()->room().name(), "#b");
  house.hub.leave(alice, "#a");
  house.hub.join(alice, "#c");
  EXPECT_EQ(alice.current()->room().name(), "#c");
}

TEST(HubLimitTest, SwitchingToARoomIsNoNewRoom) {
  House house(limited(2, 100));
  Guest& alice = house.arrive("alice");
  house.hub.join(alice, "#a");
  house.hub.join(alice, "#lobby");
  EXPECT_EQ(alice.told.back(), "-- switched to #lobby");
}

TEST(HubLimitTest, TheServerHasAtMostSoManyRooms) {
  House house(limited(20, 2));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  house.hub.join(alice, "#a");
  house.hub.join(bob, "#b");
  EXPECT_EQ(bob.told.back(), "-- server has too many rooms, most 2");
  house.hub.join(bob, "#a");
  EXPECT_EQ(bob.told.back(), "-- entered #a of 2, replay 0, topic '' by ''");
  house.hub.leave(bob, {});
  house.hub.leave(alice, {});
  house.settle();
  house.hub.join(bob, "#b");
  EXPECT_EQ(bob.told.back(), "-- entered #b of 1, replay 0, topic '' by ''");
}

TEST_F(HubTest, LeavingTheCurrentRoomGoesBackToTheOneJoinedLast) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  for (const char* const room : {"#a", "#b"}) hub_.join(alice, room);
  hub_.join(bob, "#b");
  house_.settle();
  house_.forget();
  hub_.leave(alice, {});
  house_.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"-- exited #b, now in '#a'"}));
  EXPECT_EQ(bob.take_lines(), (Lines{"#b left: alice"}));
}

TEST_F(HubTest, LeavingAnotherRoomKeepsTheCurrentOne) {
  Guest& alice = house_.arrive("alice");
  hub_.join(alice, "#a");
  house_.forget();
  hub_.leave(alice, "#Lobby");
  EXPECT_EQ(alice.told, (Lines{"-- exited #lobby, now in '#a'"}));
}

TEST_F(HubTest, WhoLeftTheLastRoomIsNowhere) {
  Guest& alice = house_.arrive("alice");
  hub_.leave(alice, {});
  EXPECT_EQ(alice.take_told(), (Lines{"-- exited #lobby, now in ''"}));
  EXPECT_EQ(alice.current(), nullptr);
  house_.say(alice, "hello?");
  hub_.leave(alice, {});
  hub_.list_members(alice, {});
  hub_.show_topic(alice);
  hub_.set_topic(alice, "x");
  hub_.show_history(alice, 5);
  EXPECT_EQ(alice.told, Lines(6, "-- not in ''"));
}

TEST_F(HubTest, LeavingARoomOneIsNotInIsRefused) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.join(bob, "#tea");
  hub_.leave(alice, "#tea");
  hub_.leave(alice, "#nowhere");
  EXPECT_EQ(alice.told, (Lines{"-- not in '#tea'", "-- not in '#nowhere'"}));
}

TEST_F(HubTest, LeavingDeliversWhatWasSaidBefore) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  house_.say(alice, "one");
  house_.say(alice, "two");
  hub_.leave(bob, {});
  house_.say(alice, "three");
  house_.settle();
  EXPECT_EQ(bob.take_lines(),
            (Lines{"#lobby <alice> one", "#lobby <alice> two", "-- exited #lobby, now in ''"}));
}

TEST_F(HubTest, AnEmptyRoomIsGoneAtOnceWithItsTopicAndHistory) {
  Guest& alice = house_.arrive("alice");
  hub_.join(alice, "#tea");
  hub_.set_topic(alice, "biscuits");
  house_.say(alice, "mine");
  EXPECT_EQ(house_.rooms(), 2u);
  hub_.leave(alice, {});
  EXPECT_EQ(house_.rooms(), 1u);
  hub_.join(alice, "#tea");
  EXPECT_EQ(alice.told.back(), "-- entered #tea of 1, replay 0, topic '' by ''");
}

TEST_F(HubTest, TheLobbyStaysWhenEverybodyHasLeft) {
  Guest& alice = house_.arrive("alice");
  house_.say(alice, "anybody?");
  house_.end(alice);
  house_.settle();
  EXPECT_EQ(house_.rooms(), 1u);
  EXPECT_EQ(house_.enter().told.back(), "-- entered #lobby of 1, replay 1, topic '' by ''");
}

TEST_F(HubTest, RoomsAreListedByMembersThenByNameAndEmptyOnesAreNot) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  for (const char* const room : {"#b", "#a", "#full"}) hub_.join(alice, room);
  hub_.join(bob, "#full");
  hub_.set_topic(bob, "here");
  hub_.leave(alice, "#lobby");
  hub_.leave(bob, "#lobby");
  hub_.list_rooms(bob);
  EXPECT_EQ(bob.told.back(), "-- rooms: #full=2'here' #a=1'' #b=1'' +0");
}

// Else a few would have all rooms that there may be.
TEST(HubLimitTest, PeopleOfAnAddressBeginSoManyRooms) {
  Config config;
  config.limits.rooms_per_address = 2;
  House house(config);
  const core::Address from = core::Address::parse("192.0.2.1:4000").value();
  Guest& alice = house.arrive("alice", from);
  Guest& twin = house.arrive("twin", from);
  Guest& bob = house.arrive("bob", core::Address::parse("192.0.2.2:4000").value());
  house.hub.join(alice, "#a");
  house.hub.join(twin, "#b");
  house.hub.join(twin, "#c");
  EXPECT_EQ(twin.told.back(), "-- address has too many rooms, most 2");
  house.hub.join(bob, "#c");
  house.hub.join(twin, "#c");
  EXPECT_EQ(twin.told.back(), "-- entered #c of 2, replay 0, topic '' by ''");
  house.hub.leave(alice, "#a");
  house.hub.join(twin, "#d");
  EXPECT_EQ(twin.told.back(), "-- entered #d of 1, replay 0, topic '' by ''");
  Guest& local = house.arrive("local", core::Address::parse("127.0.0.1:4000").value());
  for (const char* const room : {"#1", "#2", "#3"}) house.hub.join(local, room);
  EXPECT_EQ(house.rooms(), 7u) << "those who are trusted begin any number";
}

// Its bans have outlived the server before.
TEST_F(HubTest, ARoomThatBeginsAgainHasTheBansThatWereKept) {
  const auto keep = [this](const char* room) {
    Directory::Access here(house_.directory);
    here.kept_bans().add(room, std::numeric_limits<std::time_t>::max(),
                         {.nick = "bob", .by = "carol"}, here.sanctions().take_beyond(), 0);
  };
  keep("#tea");
  keep("#jam");
  Guest& bob = house_.arrive("bob");
  Guest& alice = house_.arrive("alice");
  hub_.join(bob, "#Tea");
  EXPECT_EQ(bob.memberships().size(), 1u);
  EXPECT_EQ(bob.told.back(), "-- error: carol has banned you from #Tea until it is lifted");
  hub_.join(alice, "#TEA");
  EXPECT_EQ(alice.current()->role(), Role::kOperator);
  EXPECT_EQ(alice.current()->room().name(), "#TEA");
  hub_.join(bob, "#tea");
  EXPECT_EQ(bob.memberships().size(), 1u);
  EXPECT_EQ(Directory::Access(house_.directory).sanctions().taken(), 2u);
  hub_.leave(alice, "#tea");
  EXPECT_EQ(Directory::Access(house_.directory).sanctions().taken(), 1u) << "they end with it";
  hub_.join(bob, "#tea");
  EXPECT_EQ(bob.memberships().size(), 2u);
  hub_.make_operator(bob);
  hub_.join(bob, "#jam");
  EXPECT_EQ(bob.memberships().size(), 3u) << "operators of the server are let in";
}

TEST(HubLimitTest, AListOfRoomsShowsThoseWithMostMembers) {
  House house(limited(1000, 1000));
  Guest& alice = house.arrive("alice");
  for (std::size_t i = 0; i < Hub::kListMost + 6; ++i) {
    house.hub.join(alice, fmt::format("#room{}", i));
  }
  Guest& bob = house.arrive("bob");
  house.hub.join(bob, fmt::format("#room{}", Hub::kListMost + 5));
  house.hub.list_rooms(bob);
  const std::string& list = bob.told.back();
  EXPECT_TRUE(list.starts_with("-- rooms: #lobby=2'' #room205=2'' #room0=1''")) << list;
  EXPECT_TRUE(list.ends_with(" +7")) << list;
}

TEST_F(HubTest, MembersAreListedByName) {
  Guest& zoe = house_.arrive("zoe");
  house_.arrive("alice");
  house_.arrive("Bob");
  hub_.list_members(zoe, {});
  hub_.list_members(zoe, "#LOBBY");
  EXPECT_EQ(zoe.told, Lines(2, "-- members of #lobby: Bob,alice,zoe"));
}

TEST_F(HubTest, MembersOfARoomOneIsNotInAreListedToo) {
  Guest& alice = house_.arrive("alice");
  hub_.join(house_.arrive("bob"), "#tea");
  hub_.list_members(alice, "#tea");
  hub_.list_members(alice, "#nowhere");
  EXPECT_EQ(alice.told, (Lines{"-- members of #tea: @bob", "-- no room #nowhere"}));
}

TEST_F(HubTest, AListOfMembersSaysHowManyItDoesNotShow) {
  for (std::size_t i = 0; i < Hub::kListMost + 2; ++i) house_.enter().mute = true;
  Guest& alice = house_.arrive("alice");
  hub_.list_members(alice, {});
  EXPECT_TRUE(alice.told.back().ends_with("+3")) << alice.told.back();
}

TEST_F(HubTest, ATopicIsSetShownAndCleared) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.set_topic(alice, "biscuits");
  hub_.show_topic(bob);
  house_.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"#lobby topic by alice: biscuits"}));
  EXPECT_EQ(bob.take_lines(), (Lines{"#lobby topic by alice: biscuits",
                                     "-- topic of #lobby is 'biscuits' by 'alice'"}));
  EXPECT_EQ(house_.enter().told.back(),
            "-- entered #lobby of 3, replay 0, topic 'biscuits' by 'alice'");
  hub_.set_topic(bob, {});
  hub_.show_topic(alice);
  EXPECT_EQ(alice.told.back(), "-- topic of #lobby is '' by 'bob'");
}

TEST_F(HubTest, ATopicOverItsLimitIsRefused) {
  Guest& alice = house_.arrive("alice");
  hub_.set_topic(alice, std::string(390, 'x'));
  hub_.set_topic(alice, std::string(391, 'y'));
  EXPECT_EQ(alice.told, (Lines{"-- topic too long, most 390"}));
  EXPECT_EQ(alice.current()->room().topic, std::string(390, 'x'));
}

// --- Talking. ---

TEST_F(HubTest, ALineReachesEverybodyInTheRoomButItsAuthor) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  Guest& carol = house_.arrive("carol");
  hub_.leave(carol, {});
  house_.settle();
  house_.forget();
  house_.say(alice, "hello");
  hub_.say(alice, "waves", Manner::kAct);
  house_.settle();
  EXPECT_EQ(alice.take_lines(), Lines());
  EXPECT_EQ(bob.take_lines(), (Lines{"#lobby <alice> hello", "#lobby * alice waves"}));
  EXPECT_EQ(carol.take_lines(), Lines());
}

TEST_F(HubTest, AnAuthorWithEchoGetsItsOwnLinesInTheOrderOfTheRoom) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  alice.set_echo(true);
  house_.say(bob, "one");
  house_.say(alice, "two");
  alice.set_echo(false);
  house_.say(alice, "three");
  house_.say(bob, "four");
  house_.settle();
  EXPECT_EQ(alice.take_lines(),
            (Lines{"#lobby <bob> one", "#lobby <alice> two", "#lobby <bob> four"}));
  EXPECT_EQ(bob.take_lines(), (Lines{"#lobby <alice> two", "#lobby <alice> three"}));
}

TEST_F(HubTest, ALineIsEncodedOnceHoweverManyReadIt) {
  Guest& alice = house_.arrive("alice");
  for (int i = 0; i < 25; ++i) house_.arrive();
  const std::size_t before = house_.encoder.encoded;
  house_.say(alice, "hello");
  house_.settle();
  EXPECT_EQ(house_.encoder.encoded, before + 1);
}

TEST_F(HubTest, LinesOfOnePassLeaveInOneSendForEachReader) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.join(bob, "#tea");
  hub_.join(alice, "#tea");
  house_.settle();
  house_.forget();
  const std::uint64_t before = house_.loop.sender().counters().sends;
  for (int i = 0; i < 10; ++i) house_.say(alice, "in #tea");
  hub_.join(alice, "#lobby");
  for (int i = 0; i < 10; ++i) house_.say(alice, "in #lobby");
  house_.settle();
  EXPECT_EQ(house_.loop.sender().counters().sends, before + 2);  // alice's own switch, and bob's
  EXPECT_EQ(bob.take_lines().size(), 20u);
}

TEST_F(HubTest, AllMembersSeeTheSameOrder) {
  std::vector<Guest*> people;
  for (int i = 0; i < 6; ++i) people.push_back(&house_.arrive());
  for (Guest* const one : people) one->set_echo(true);
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    house_.say(*people[random() % people.size()], std::to_string(i));
    if (random() % 4 == 0) house_.settle();
    // Readers of different pace.
    if (random() % 3 == 0) people[random() % people.size()]->stall();
    if (random() % 3 == 0) people[random() % people.size()]->make_room(random() % 100);
  }
  for (Guest* const one : people) one->unstall();
  house_.settle();
  const Lines first = people.front()->take_lines();
  EXPECT_EQ(first.size(), 300u);
  for (std::size_t i = 1; i < people.size(); ++i) EXPECT_EQ(people[i]->take_lines(), first);
}

TEST_F(HubTest, APrivateLineReachesItsReceiverAndIsConfirmed) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.leave(bob, {});
  house_.forget();
  hub_.tell(alice, "BOB", "psst");
  EXPECT_EQ(alice.told, (Lines{"-- told bob: psst"}));
  EXPECT_EQ(bob.told, (Lines{"-- alice tells: psst"}));
}

TEST_F(HubTest, APrivateLineToNobodyIsRefused) {
  Guest& alice = house_.arrive("alice");
  hub_.tell(alice, "bob", "psst");
  EXPECT_EQ(alice.told, (Lines{"-- nobody is bob"}));
}

TEST_F(HubTest, WhoTellsItselfSomethingGetsBoth) {
  Guest& alice = house_.arrive("alice");
  hub_.tell(alice, "alice", "note");
  EXPECT_EQ(alice.told, (Lines{"-- alice tells: note", "-- told alice: note"}));
}

// --- Replay and history. ---

Config replaying(std::size_t lines) {
  Config config;
  config.chat.replay = lines;
  return config;
}

TEST(HubReplayTest, WhoJoinsSeesTheLastMessagesAndNoNotes) {
  House house(replaying(3));
  Guest& alice = house.arrive("alice");
  house.say(alice, "one");
  house.say(alice, "two");
  house.hub.set_topic(alice, "biscuits");
  house.say(alice, "three");
  house.end(house.arrive("bob"));
  house.say(alice, "four");
  house.hub.set_topic(alice, "scones");
  house.settle();
  Guest& carol = house.enter();
  house.settle();
  EXPECT_EQ(carol.take_lines(),
            (Lines{"-- welcome guest-3 to hubbub",
                   "-- entered #lobby of 2, replay 3, topic 'scones' by 'alice'",
                   "#lobby <alice> two", "#lobby <alice> three", "#lobby <alice> four"}));
}

TEST(HubReplayTest, WhatFollowsAReplayIsSeenOnceAndWithItsNotes) {
  House house(replaying(3));
  Guest& alice = house.arrive("alice");
  house.say(alice, "before");
  Guest& bob = house.enter();
  house.say(alice, "after");
  house.hub.change_nick(alice, "alicia");
  house.settle();
  Lines lines = bob.take_lines();
  lines.erase(lines.begin(), lines.begin() + 2);
  EXPECT_EQ(lines, (Lines{"#lobby <alice> before", "#lobby <alice> after",
                          "#lobby renamed: alice to alicia +0"}));
}

TEST(HubReplayTest, ARoomWithFewerMessagesReplaysThose) {
  House house(replaying(10));
  Guest& alice = house.arrive("alice");
  house.say(alice, "only");
  EXPECT_EQ(house.enter().told.back(), "-- entered #lobby of 2, replay 1, topic '' by ''");
}

TEST(HubReplayTest, NoReplayIsNone) {
  House house(replaying(0));
  Guest& alice = house.arrive("alice");
  house.say(alice, "before");
  house.settle();
  Guest& bob = house.enter();
  house.settle();
  EXPECT_EQ(bob.take_lines().back(), "-- entered #lobby of 2, replay 0, topic '' by ''");
}

TEST(HubReplayTest, ARoomOfOnlyNotesReplaysNothing) {
  House house(replaying(10));
  Guest& alice = house.arrive("alice");
  for (int i = 0; i < 5; ++i) house.hub.set_topic(alice, "new");
  house.settle();
  Guest& bob = house.enter();
  house.settle();
  EXPECT_EQ(bob.take_lines().back(), "-- entered #lobby of 2, replay 0, topic 'new' by 'alice'");
}

TEST(HubReplayTest, WhoRejoinsIsReplayedItsOwnLinesToo) {
  House house(replaying(10));
  Guest& alice = house.arrive("alice");
  house.arrive("bob");
  house.say(alice, "mine");
  house.hub.leave(alice, {});
  house.settle();
  house.forget();
  house.hub.join(alice, "#lobby");
  house.settle();
  EXPECT_EQ(alice.take_lines(),
            (Lines{"-- entered #lobby of 2, replay 1, topic '' by ''", "#lobby <alice> mine"}));
}

TEST_F(HubTest, HistoryShowsTheLastMessagesAndNoNotes) {
  Guest& alice = house_.arrive("alice");
  for (const char* const text : {"one", "two", "three"}) {
    house_.say(alice, text);
    hub_.set_topic(alice, text);
  }
  hub_.show_history(alice, 2);
  hub_.show_history(alice, 100);
  hub_.show_history(alice, 0);
  EXPECT_EQ(alice.told, (Lines{"-- history of #lobby: [#lobby <alice> two] [#lobby <alice> three]",
                               "-- history of #lobby: [#lobby <alice> one] [#lobby <alice> two] "
                               "[#lobby <alice> three]",
                               "-- history of #lobby:"}));
}

Config remembering(std::size_t bytes) {
  Config config;
  config.limits.history = bytes;
  config.chat.replay = 1000;
  return config;
}

TEST(HubHistoryTest, NoMoreBytesAreKeptThanTheLimit) {
  House house(remembering(200));
  Guest& alice = house.arrive("alice");
  for (int i = 10; i < 60; ++i) house.say(alice, std::to_string(i));
  house.settle();
  // "#lobby <alice> 10\n" has 18 bytes: 11 of them fit.
  EXPECT_EQ(house.enter().told.back(), "-- entered #lobby of 2, replay 11, topic '' by ''");
}

TEST(HubHistoryTest, WithoutAnyNothingIsKept) {
  House house(remembering(0));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  house.say(alice, "gone");
  house.settle();
  house.hub.show_history(alice, 10);
  EXPECT_EQ(alice.told.back(), "-- history of #lobby:");
  EXPECT_EQ(bob.take_lines(), (Lines{"#lobby <alice> gone"}));
}

TEST(HubHistoryTest, ATrimmedLineStillReachesWhoHasNotReadIt) {
  House house(remembering(100));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 200; ++i) {
    house.say(alice, std::to_string(i));
    house.settle();
  }
  bob.unstall();
  house.settle();
  const Lines lines = bob.take_lines();
  ASSERT_EQ(lines.size(), 200u);
  EXPECT_EQ(lines.front(), "#lobby <alice> 0");
}

// One record of a log has at most 16 MiB, and history may be configured to keep more.
TEST_F(HubTest, PrivateAndRoomLinesArriveInTheOrderTheyWereSaid) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  house_.say(alice, "room first");
  hub_.tell(alice, "bob", "private second");
  house_.say(alice, "room third");
  house_.settle();
  EXPECT_EQ(bob.take_lines(), (Lines{"#lobby <alice> room first", "-- alice tells: private second",
                                     "#lobby <alice> room third"}));
}

// A member that goes is owed lines that stand in the room's log; a thousand that go at once must
// not make a thousand copies of them.
TEST(HubLeaveTest, WhatWhoGoesIsOwedIsNotCopied) {
  House house;
  Guest& alice = house.arrive("alice");
  std::vector<Guest*> readers;
  for (int i = 0; i < 200; ++i) readers.push_back(&house.arrive());
  for (Guest* const reader : readers) reader->stall();
  for (int i = 0; i < 20; ++i) house.say(alice, std::string(400, 'x'));
  house.settle();
  const std::size_t before = core::support::allocated_bytes();
  for (Guest* const reader : readers) house.hub.disconnect(*reader, {});
  EXPECT_LT(core::support::allocated_bytes(), before + readers.size() * 1000);
  for (Guest* const reader : readers) {
    EXPECT_FALSE(reader->outflow().drained());
    reader->unstall();
  }
  house.settle();
  for (Guest* const reader : readers) {
    EXPECT_EQ(reader->take_lines().back(), "#lobby <alice> " + std::string(400, 'x'));
  }
}

TEST(HubListTest, AListOfRoomsIsCutToWhatAMailboxHolds) {
  Config config;
  config.limits.mailbox = 16 * 1024;
  config.limits.rooms_per_user = 100;
  House house(config);
  Guest& alice = house.arrive("alice");
  for (int i = 0; i < 100; ++i) {
    house.hub.join(alice, "#room" + std::to_string(i));
    house.hub.set_topic(alice, std::string(390, 'x'));
  }
  house.hub.list_rooms(alice);
  const std::string& list = alice.told.back();
  EXPECT_LE(list.size(), house.hub.answer_most());
  EXPECT_GE(list.size(), house.hub.answer_most() / 2);
}

TEST(HubHistoryTest, AnAnswerIsBoundedHoweverMuchIsKept) {
  House house(remembering(64u << 20));
  Guest& alice = house.arrive("alice");
  const std::string text(60'000, 'x');
  for (int i = 0; i < 300; ++i) house.say(alice, text);
  house.say(alice, "the last");
  house.hub.show_history(alice, SIZE_MAX);
  EXPECT_LE(alice.told.back().size(), house.hub.answer_most() + 4096);
  EXPECT_GE(alice.told.back().size(), house.hub.answer_most() / 2);
  EXPECT_TRUE(alice.told.back().ends_with("[#lobby <alice> the last]"));
}

// --- Exactly once. ---

// A model of rooms, against which random use is checked: who must have got which messages.
class Model {
 public:
  explicit Model(std::uint32_t seed)
      : random_(seed), house_([] {
          Config config;
          config.chat.replay = 5;
          config.limits.history = 1u << 20;
          return config;
        }()) {}

  void run(int steps) {
    for (int step = 0; step < steps; ++step) act(step);
    for (const auto& [guest, lines] : expected_) guest->unstall();
    house_.settle();
    for (const auto& [guest, lines] : expected_) check(*guest, lines);
  }

 private:
  using Expected = std::map<std::string, Lines>;  // by room

  std::size_t pick(std::size_t below) { return random_() % below; }
  Guest& somebody() { return *people_[pick(people_.size())]; }
  std::string some_room() { return fmt::format("#room{}", pick(3)); }

  void act(int step) {
    if (people_.size() < 3 || (people_.size() < 8 && pick(20) == 0)) return arrive();
    Guest& guest = somebody();
    switch (pick(12)) {
      case 0:
        return join(guest, some_room());
      case 1:
        return leave(guest);
      case 2:
        return guest.stall();
      case 3:
        return guest.make_room(pick(60));
      case 4:
        return guest.unstall();
      case 5:
        return guest.set_echo(!guest.echo());
      case 6:
      case 7:
        return house_.settle();
      default:
        return say(guest, step);
    }
  }

  void arrive() {
    people_.push_back(&house_.enter());
    expected_.emplace(people_.back(), Expected());
    entered(*people_.back(), "#lobby");
  }
  void join(Guest& guest, const std::string& room) {
    const std::size_t before = guest.memberships().size();
    house_.hub.join(guest, room);
    if (guest.memberships().size() > before) entered(guest, room);
  }
  void entered(Guest& guest, const std::string& room) {
    const Lines& said = said_[room];
    const auto replayed = static_cast<std::ptrdiff_t>(std::min<std::size_t>(said.size(), 5));
    Lines& lines = expected_[&guest][room];
    lines.insert(lines.end(), said.end() - replayed, said.end());
  }
  void leave(Guest& guest) {
    if (guest.current() == nullptr) return;
    const std::string room = guest.current()->room().name();
    if (room != "#lobby" && guest.current()->room().members() == 1) return;
    house_.hub.leave(guest, {});
  }
  void say(Guest& guest, int step) {
    if (guest.current() == nullptr) return;
    const Room& room = guest.current()->room();
    const std::string line = fmt::format("{} <{}> {}", room.name(), guest.nick(), step);
    for (const Membership* const member : guest.current()->audience.members()) {
      auto& reader = static_cast<Guest&>(member->user);
      if (&reader != &guest || guest.echo()) expected_[&reader][room.name()].push_back(line);
    }
    said_[room.name()].push_back(line);
    house_.say(guest, std::to_string(step));
  }

  static void check(Guest& guest, const Expected& expected) {
    Expected got;
    for (const std::string& line : guest.take_lines()) {
      const std::string room = line.substr(0, line.find(' '));
      if (line.find(" <") == room.size()) got[room].push_back(line);
    }
    for (const auto& [room, lines] : expected) EXPECT_EQ(got[room], lines) << guest.nick();
  }

  std::mt19937 random_;
  House house_;
  std::vector<Guest*> people_;
  std::map<std::string, Lines> said_;
  std::map<Guest*, Expected> expected_;
};

TEST(HubModelTest, EveryMemberGetsEveryMessageSinceItsJoinOnceAndTheReplayBefore) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Model(seed).run(400);
    if (::testing::Test::HasFailure()) return;
  }
}

// --- Digests. ---

Config digesting(std::size_t above) {
  Config config;
  config.chat.digest_above = above;
  return config;
}

class HubDigestTest : public ::testing::Test {
 protected:
  HubDigestTest() : alice_(house_.arrive("alice")) {
    house_.arrive("bob");
    house_.arrive("carol");
  }
  Lines after_interval() {
    house_.pass_time(house_.config.chat.digest_interval);
    return alice_.take_lines();
  }

  House house_{digesting(3)};
  Guest& alice_;
};

TEST_F(HubDigestTest, UpToTheThresholdEverybodyIsAnnouncedAtOnce) {
  House house(digesting(2));
  Guest& alice = house.arrive();
  house.enter();
  house.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"#lobby joined: guest-2"}));
  house.enter();
  house.settle();
  EXPECT_EQ(alice.take_lines(), Lines());
}

TEST_F(HubDigestTest, ManyWhoComeAreOneLineWithTwoNamesAndANumber) {
  for (int i = 0; i < 5; ++i) house_.enter();
  house_.pass_time(house_.config.chat.digest_interval - 1ms);
  EXPECT_EQ(alice_.take_lines(), Lines());
  house_.pass_time(1ms);
  EXPECT_EQ(alice_.take_lines(), (Lines{"#lobby joined: guest-4,guest-5+3"}));
  EXPECT_EQ(after_interval(), Lines());
}

TEST_F(HubDigestTest, OneWhoComesIsNamedAlone) {
  house_.enter();
  EXPECT_EQ(after_interval(), (Lines{"#lobby joined: guest-4"}));
}

TEST_F(HubDigestTest, ManyWhoLeaveAreOneLineWithoutTheirReasons) {
  std::vector<Guest*> others;
  for (int i = 0; i < 4; ++i) others.push_back(&house_.enter());
  after_interval();
  for (std::size_t i = 0; i < 3; ++i) house_.end(*others[i], "bored");
  EXPECT_EQ(after_interval(), (Lines{"#lobby left: guest-4,guest-5+1"}));
}

TEST_F(HubDigestTest, ManyNewNamesAreOneLine) {
  std::vector<Guest*> others;
  for (int i = 0; i < 3; ++i) others.push_back(&house_.enter());
  after_interval();
  for (std::size_t i = 0; i < 3; ++i) house_.hub.change_nick(*others[i], fmt::format("new{}", i));
  EXPECT_EQ(after_interval(), (Lines{"#lobby renamed: guest-4 to new0 +2"}));
}

TEST_F(HubDigestTest, WhoComesAndGoesIsToldOfInThatOrder) {
  for (int i = 0; i < 2; ++i) house_.enter();
  Guest& brief = house_.enter();
  house_.hub.change_nick(brief, "brief");
  house_.end(brief);
  EXPECT_EQ(after_interval(), (Lines{"#lobby joined: guest-4,guest-5+1",
                                     "#lobby renamed: guest-6 to brief +0", "#lobby left: brief"}));
}

TEST_F(HubDigestTest, WhoGoesAndComesBackIsToldOfInThatOrder) {
  for (int i = 0; i < 2; ++i) house_.enter();
  Guest& dave = house_.arrive("dave");
  after_interval();
  house_.end(dave);
  house_.hub.change_nick(house_.enter(), "dave");
  EXPECT_EQ(after_interval(), (Lines{"#lobby left: dave", "#lobby joined: guest-7",
                                     "#lobby renamed: guest-7 to dave +0"}));
}

TEST_F(HubDigestTest, WhoGoesWhileItsComingIsUnpublishedIsToldOfAfterwards) {
  house_.end(house_.enter());  // which leaves the room at the threshold
  house_.settle();
  EXPECT_EQ(alice_.take_lines(), Lines());
  EXPECT_EQ(after_interval(), (Lines{"#lobby joined: guest-4", "#lobby left: guest-4"}));
}

TEST_F(HubDigestTest, ARoomIsRemovedOnlyWhenItsDigestIsPublished) {
  std::vector<Guest*> people;
  for (int i = 0; i < 5; ++i) {
    people.push_back(&house_.enter());
    house_.hub.join(*people.back(), "#tea");
  }
  for (Guest* const one : people) house_.hub.leave(*one, "#tea");
  house_.settle();
  EXPECT_EQ(house_.rooms(), 2u);
  after_interval();
  EXPECT_EQ(house_.rooms(), 1u);
}

TEST_F(HubDigestTest, ARoomRefilledBeforeItsDigestIsPublishedStays) {
  std::vector<Guest*> people;
  for (int i = 0; i < 5; ++i) {
    people.push_back(&house_.enter());
    house_.hub.join(*people.back(), "#tea");
  }
  for (Guest* const one : people) house_.hub.leave(*one, "#tea");
  house_.settle();
  house_.hub.join(*people[0], "#tea");
  after_interval();
  EXPECT_EQ(house_.rooms(), 2u);
}

TEST_F(HubDigestTest, WhoEndsWhileItsComingIsUnpublishedIsNamedAllTheSame) {
  std::vector<Guest*> people;
  for (int i = 0; i < 4; ++i) people.push_back(&house_.enter());
  for (Guest* const one : people) house_.end(*one);
  EXPECT_EQ(after_interval(),
            (Lines{"#lobby joined: guest-4,guest-5+2", "#lobby left: guest-4,guest-5+2"}));
}

TEST_F(HubDigestTest, AHubEndsWithDigestsUnpublished) {
  House house(digesting(0));
  house.enter();
}

TEST_F(HubDigestTest, LinesAreNotHeldUp) {
  Guest& dave = house_.enter();
  house_.say(dave, "hello");
  house_.settle();
  EXPECT_EQ(alice_.take_lines(), (Lines{"#lobby <guest-4> hello"}));
}

// Notes at the end of each pass whether any outflow was told that it lags.
class LagMarks final : private core::PassEnd {
 public:
  explicit LagMarks(core::Loop& loop) : loop_(loop) { loop_.add_pass_end(*this); }
  LagMarks(const LagMarks&) = delete;
  LagMarks& operator=(const LagMarks&) = delete;
  ~LagMarks() { loop_.remove_pass_end(*this); }

  int passes = 0;

 private:
  bool pass_ended() override {
    if (loop_.sender().has_work()) ++passes;
    return false;
  }
  core::Loop& loop_;
};

TEST_F(HubDigestTest, AJoinOfALargeRoomCostsNoMemberAnything) {
  const std::uint64_t before = house_.loop.sender().counters().sends;
  const std::size_t encoded = house_.encoder.encoded;
  for (int i = 0; i < 40; ++i) {
    house_.enter();
    house_.settle();
  }
  EXPECT_EQ(house_.loop.sender().counters().sends, before + 40);  // each its own greeting
  EXPECT_EQ(house_.encoder.encoded, encoded + 2 * 40);
  EXPECT_EQ(after_interval(), (Lines{"#lobby joined: guest-4,guest-5+38"}));
  EXPECT_EQ(house_.encoder.encoded, encoded + 2 * 40 + 1);
  EXPECT_EQ(house_.loop.sender().counters().sends, before + 40 + 43);
}

TEST_F(HubDigestTest, ALeaveOfALargeRoomLooksAtNoMember) {
  std::vector<Guest*> others;
  for (int i = 0; i < 10; ++i) others.push_back(&house_.enter());
  after_interval();
  const LagMarks marks(house_.loop);
  for (std::size_t i = 0; i < 5; ++i) {
    others[i]->mute = true;
    house_.end(*others[i]);
    house_.settle();
  }
  EXPECT_EQ(marks.passes, 0);
  EXPECT_EQ(after_interval(), (Lines{"#lobby left: guest-4,guest-5+3"}));
}

// --- Those who do not read. ---

Config lagging(LagPolicy policy = LagPolicy::kSkip) {
  Config config;
  config.limits.max_lag = 1000;
  config.limits.history = 500;
  config.chat.on_lag = policy;
  return config;
}

// What a reader got of numbered messages and of notices about a gap.
struct Account {
  std::size_t received = 0;
  std::size_t missed = 0;
  std::size_t notices = 0;

  // Every line is whole, and every notice says exactly how many are missing at its place.
  void take(const Lines& lines, const std::string& room = "#lobby") {
    const std::string said = room + " <alice> ";
    for (const std::string& line : lines) {
      if (line.starts_with(said)) {
        ASSERT_EQ(line, said + std::to_string(received + missed));
        ++received;
      } else if (line.starts_with("-- missed ") && line.ends_with(" in " + room)) {
        missed += std::stoul(line.substr(10));
        ++notices;
      } else {
        ASSERT_TRUE(line.starts_with("-- ")) << line;
      }
    }
  }
  std::size_t next() const { return received + missed; }
};

TEST(HubLagTest, ALaggardIsSkippedToTheNewestAndToldBeforeWhatFollows) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) {
    house.say(alice, std::to_string(i));
    house.settle();
  }
  EXPECT_EQ(bob.take_lines(), Lines());
  bob.unstall();
  house.settle();
  const Lines lines = bob.take_lines();
  ASSERT_GT(lines.size(), 1u);
  EXPECT_TRUE(lines.front().starts_with("-- missed ")) << lines.front();
  Account account;
  account.take(lines);
  EXPECT_EQ(account.next(), 100u);
  EXPECT_EQ(account.notices, 1u);
  EXPECT_TRUE(bob.evictions.empty());
}

TEST(HubLagTest, ALineThatWasBegunIsFinishedBeforeTheNotice) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  house.ring.room[bob.socket] = 7;
  for (int i = 0; i < 100; ++i) {
    house.say(alice, std::to_string(i));
    house.settle();
  }
  bob.unstall();
  house.settle();
  const Lines lines = bob.take_lines();
  ASSERT_GT(lines.size(), 2u);
  EXPECT_EQ(lines[0], "#lobby <alice> 0");
  EXPECT_TRUE(lines[1].starts_with("-- missed ")) << lines[1];
  Account account;
  account.take(lines);
  EXPECT_EQ(account.next(), 100u);
}

TEST(HubLagTest, UpToTheLimitNothingIsMissed) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  // 1000 bytes exactly: 50 lines of 20.
  for (int i = 0; i < 50; ++i) {
    house.say(alice, fmt::format("{:04}", i));
    house.settle();
  }
  bob.unstall();
  house.settle();
  EXPECT_EQ(bob.take_lines().size(), 50u);
  EXPECT_EQ(bob.told, Lines());
}

TEST(HubLagTest, NobodyElseNoticesALaggard) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  Guest& carol = house.arrive("carol");
  bob.stall();
  for (int i = 0; i < 200; ++i) {
    house.say(alice, std::to_string(i));
    house.settle();
    EXPECT_EQ(carol.take_lines(), (Lines{fmt::format("#lobby <alice> {}", i)}));
  }
}

TEST(HubLagTest, AGapInEachRoomIsToldOfForEachRoom) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  for (Guest* const guest : {&alice, &bob}) house.hub.join(*guest, "#tea");
  house.settle();
  house.forget();
  bob.stall();
  for (int i = 0; i < 100; ++i) {
    for (const char* const room : {"#tea", "#lobby"}) {
      house.hub.join(alice, room);
      house.say(alice, std::to_string(i));
    }
    house.settle();
  }
  bob.unstall();
  house.settle();
  const Lines lines = bob.take_lines();
  for (const char* const room : {"#tea", "#lobby"}) {
    Lines of_room;
    for (const std::string& line : lines) {
      if (line.starts_with(std::string(room)) || line.ends_with(room)) of_room.push_back(line);
    }
    Account account;
    account.take(of_room, room);
    EXPECT_EQ(account.next(), 100u) << room;
    EXPECT_EQ(account.notices, 1u) << room;
  }
}

TEST(HubLagTest, NotesAndOwnLinesAreNotCountedAsMissed) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) {
    house.say(alice, std::to_string(i));
    house.say(bob, "mine");
    house.hub.set_topic(alice, "new");
    house.settle();
  }
  bob.unstall();
  house.settle();
  Lines lines = bob.take_lines();
  std::erase(lines, "#lobby topic by alice: new");
  Account account;
  account.take(lines);
  EXPECT_EQ(account.next(), 100u);
}

TEST(HubLagTest, WhoLeavesInAGapIsToldOfItBeforeWhatFollowedIt) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  int said = 0;
  while (house.hub.statistics().missed == 0) {
    house.say(alice, std::to_string(said++));
    house.settle();
  }
  for (int i = 0; i < 3; ++i) house.say(alice, std::to_string(said++));
  house.settle();
  house.hub.leave(bob, {});
  bob.unstall();
  house.settle();
  const Lines lines = bob.take_lines();
  EXPECT_EQ(lines.back(), "-- exited #lobby, now in ''");
  Account account;
  account.take(lines);
  EXPECT_EQ(account.next(), static_cast<std::size_t>(said));
  EXPECT_EQ(account.notices, 1u);
}

TEST(HubLagTest, WhoEndsInAGapIsForgotten) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) {
    house.say(alice, std::to_string(i));
    house.settle();
  }
  ASSERT_GT(house.hub.statistics().missed, 0u);
  house.end(bob);
  house.settle();
  house.say(alice, "still here");
  house.settle();
  EXPECT_EQ(house.users(), 1u);
}

TEST(HubLagTest, ALaggardIsEvictedWhereThatIsThePolicyAndEndsWhenItsSessionDoes) {
  House house(lagging(LagPolicy::kDisconnect));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  int said = 0;
  while (bob.evictions.empty() && said < 1000) {
    house.say(alice, std::to_string(said++));
    house.settle();
  }
  EXPECT_EQ(bob.evictions, (Lines{"reading too slowly"}));
  EXPECT_EQ(house.users(), 2u);
  bob.unstall();
  house.hub.disconnect(bob, {.why = Departure::kReadsTooSlowly});
  house.settle();
  Account account;
  account.take(bob.take_lines());
  EXPECT_EQ(account.next(), static_cast<std::size_t>(said));
  EXPECT_EQ(alice.take_lines(), (Lines{"#lobby left: bob (reading too slowly)"}));
}

TEST(HubLagTest, WhatARandomReaderGotAndWhatItMissedIsWhatWasSaid) {
  std::size_t notices = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    House house(lagging());
    Guest& alice = house.arrive("alice");
    Guest& bob = house.arrive("bob");
    bob.stall();
    Account account;
    std::string bytes;
    std::size_t said = 0;
    for (int step = 0; step < 150; ++step) {
      for (auto lines = random() % 8; lines > 0; --lines) {
        house.say(alice, std::to_string(said++));
        if (random() % 5 == 0) house.say(bob, "mine");
      }
      if (random() % 3 == 0) bob.make_room(random() % 120);
      if (random() % 40 == 0) bob.make_room(random() % 3000);
      house.settle();
    }
    if (seed % 3 == 0) house.hub.leave(bob, {});
    bob.unstall();
    house.settle();
    account.take(bob.take_lines());
    EXPECT_EQ(account.next(), said);
    notices += account.notices;
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(notices, 0u);  // or nothing was tried
}

TEST(HubLagTest, ARandomReaderOfARealSocketLosesNothingUnsaid) {
  Config config = lagging();
  config.limits.max_lag = 5000;
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    core::support::World world;
    const support::PlainEncoder encoder;
    Directory directory(config, {&encoder});
    BanList bans([] { return std::time_t(0); });
    Hub hub(world.loop, directory, bans);
    auto near = core::support::tcp_sockets(4096);
    auto other = core::support::unix_sockets();
    {
      Guest bob(world.loop, hub, encoder, near.near.release());
      Guest alice(world.loop, hub, encoder, other.near.release());
      for (Guest* const guest : {&alice, &bob}) hub.connect(*guest);
      hub.change_nick(alice, "alice");
      std::string bytes;
      std::size_t said = 0;
      const auto pass = [&] {
        world.loop.call_soon([] {});
        world.loop.run_once();
      };
      while (said < 6000) {
        for (auto lines = random() % 40; lines > 0; --lines) {
          hub.say(alice, std::to_string(said++), Manner::kSay);
        }
        pass();
        if (random() % 4 == 0) bytes += near.far.take(1 + random() % 600);
      }
      hub.say(alice, std::to_string(said++), Manner::kSay);
      while (!bytes.ends_with(fmt::format("<alice> {}\n", said - 1))) {
        pass();
        bytes += near.far.take();
      }
      Lines lines = support::lines_of(bytes);
      std::erase_if(lines,
                    [](const std::string& line) { return line.find("renamed") != line.npos; });
      Account account;
      account.take(lines);
      EXPECT_EQ(account.next(), said);
      EXPECT_GT(account.notices, 0u);
      for (Guest* const guest : {&alice, &bob}) hub.disconnect(*guest, {});
      for (int quiet = 0; quiet < 4; ++quiet) pass();
    }
    world.run(core::support::nothing());
  }
}

constexpr std::size_t kSomeBytes = 400 * 1024;  // chunks, tables, and what the ring writes down

TEST(HubLagTest, AReaderThatNeverReadsCostsNoMoreThanItsLag) {
  Config config;
  config.limits.max_lag = 100'000;
  House house(config);
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  const std::string text(1000, 'x');
  const auto talk = [&] {
    for (int i = 0; i < 2000; ++i) {
      house.say(alice, text);
      house.settle();
    }
  };
  talk();
  const std::size_t before = core::support::allocated_bytes();
  talk();
  EXPECT_LT(core::support::allocated_bytes(), before + kSomeBytes);
}

TEST(HubLagTest, AnAuthorThatNeverReadsCostsNoMoreThanItsLag) {
  Config config;
  config.limits.max_lag = 100'000;
  House house(config);
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  const auto talk = [&] {
    for (int i = 0; i < 10'000; ++i) {
      house.say(bob, "x");
      house.say(alice, "y");
      if (i % 50 == 0) house.settle();
      if (i % 1000 == 0) house.forget();
    }
  };
  talk();
  const std::size_t before = core::support::allocated_bytes();
  talk();
  EXPECT_LT(core::support::allocated_bytes(), before + kSomeBytes);
}

// --- The mailbox. ---

Config small_mailbox(std::size_t bytes, std::size_t max_lag = 100'000) {
  Config config;
  config.limits.mailbox = bytes;
  config.limits.max_lag = max_lag;
  return config;
}

TEST(HubMailboxTest, PrivateLinesToAFullMailboxAreRefused) {
  House house(small_mailbox(1000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) {
    house.hub.tell(alice, "bob", std::to_string(i));
    house.settle();
  }
  EXPECT_EQ(alice.told.back(), "-- mailbox of bob full");
  EXPECT_LT(bob.outflow().mailbox_bytes(), 1100u);
  bob.unstall();
  house.settle();
  const auto told = static_cast<std::size_t>(
      std::count_if(alice.told.begin(), alice.told.end(),
                    [](const std::string& line) { return line.starts_with("-- told bob"); }));
  EXPECT_EQ(bob.take_lines().size(), told);
  house.hub.tell(alice, "bob", "now?");
  EXPECT_EQ(alice.told.back(), "-- told bob: now?");
}

TEST(HubMailboxTest, APrivateLineThatDoesNotFitIsRefused) {
  House house(small_mailbox(1000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 2; ++i) house.hub.tell(alice, "bob", std::string(600, 'x'));
  EXPECT_EQ(alice.told.back(), "-- mailbox of bob full");
  EXPECT_EQ(bob.told.size(), 1u);
}

TEST(HubMailboxTest, WhatALeaverIsOwedMovesToItsMailbox) {
  House house(small_mailbox(10'000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) house.say(alice, std::to_string(i));
  house.settle();
  house.hub.leave(bob, {});
  house.end(alice);
  bob.unstall();
  house.settle();
  Account account;
  account.take(bob.take_lines());
  EXPECT_EQ(account.received, 100u);
}

TEST(HubMailboxTest, MoreThanFitsIsSaidToBeMissed) {
  House house(small_mailbox(1000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) house.say(alice, std::to_string(i));
  house.settle();
  house.hub.leave(bob, {});
  bob.unstall();
  house.settle();
  EXPECT_EQ(bob.take_lines(), (Lines{"-- missed 100 in #lobby", "-- exited #lobby, now in ''"}));
}

TEST(HubMailboxTest, WhoLeavesManyRoomsIsOwedNoMoreThanOneMailbox) {
  House house(small_mailbox(5000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int room = 0; room < 10; ++room) {
    for (Guest* const guest : {&alice, &bob}) house.hub.join(*guest, fmt::format("#room{}", room));
    for (int i = 0; i < 200; ++i) house.say(alice, std::to_string(i));  // 4 KB
  }
  house.settle();
  house.hub.disconnect(bob, {});
  EXPECT_LT(bob.outflow().mailbox_bytes(), 5000u + 1000u);
}

// Who reads a byte now and then takes a notice of a gap each time, and never reads it.
TEST(HubMailboxTest, NoticesThatPileUpEndInAnEviction) {
  House house(small_mailbox(1000, 1000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  std::size_t most = 0;
  for (int round = 0; round < 1000 && bob.evictions.empty(); ++round) {
    for (int i = 0; i < 3; ++i) house.say(alice, std::string(400, 'x'));
    house.settle();
    bob.make_room(1);
    house.settle();
    most = std::max(most, bob.outflow().mailbox_bytes());
  }
  EXPECT_EQ(bob.evictions, (Lines{"not reading"}));
  EXPECT_LT(most, 1000u + Fanout::kNoticesMost + 500u);
}

TEST(HubMailboxTest, AMailboxFilledByOthersDoesNotEvictWhoReadsAgain) {
  House house(small_mailbox(1000, 1000));
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  bob.stall();
  for (int i = 0; i < 100; ++i) house.hub.tell(alice, "bob", "psst");
  house.settle();
  for (int i = 0; i < 3; ++i) house.say(alice, std::string(400, 'x'));
  house.settle();
  bob.unstall();
  house.settle();
  EXPECT_TRUE(bob.evictions.empty());
  EXPECT_EQ(bob.take_lines().back(), "-- missed 3 in #lobby");
}

// --- Failures. ---

TEST_F(HubTest, WhoIsForgottenLeavesNothingBehind) {
  Guest& alice = house_.arrive("alice");
  Guest& bob = house_.arrive("bob");
  hub_.join(bob, "#tea");
  house_.encoder.fails_at = "left: bob";
  EXPECT_THROW(hub_.disconnect(bob, {}), std::runtime_error);
  hub_.forget(bob);
  house_.end(bob);
  house_.encoder.fails_at.clear();
  EXPECT_EQ(house_.users(), 1u);
  house_.say(alice, "hello");
  house_.settle();
  EXPECT_EQ(house_.rooms(), 1u);
  hub_.list_members(alice, {});
  EXPECT_EQ(alice.told.back(), "-- members of #lobby: alice");
}

TEST(HubLagTest, WhoIsForgottenInAGapLeavesNothingBehind) {
  House house(lagging());
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  for (Guest* const guest : {&alice, &bob}) house.hub.join(*guest, "#tea");
  bob.stall();
  for (int i = 0; i < 100; ++i) {
    for (const char* const room : {"#lobby", "#tea"}) {
      house.hub.join(alice, room);
      house.say(alice, std::to_string(i));
    }
    house.settle();
  }
  house.encoder.fails_at = "#tea left: bob";
  EXPECT_THROW(house.hub.disconnect(bob, {}), std::runtime_error);
  ASSERT_EQ(bob.memberships().size(), 1u);
  ASSERT_GT(house.hub.statistics().missed, 0u);
  house.hub.forget(bob);
  house.end(bob);
  house.settle();
  EXPECT_EQ(house.users(), 1u);
}

TEST_F(HubTest, ForgettingWhoIsNotThereIsNothing) {
  Guest stranger(house_, hub_, house_.encoder);
  hub_.forget(stranger);
  EXPECT_EQ(house_.users(), 0u);
}

}  // namespace
}  // namespace server
