// Keeping order in rooms: who may, whom it concerns, what everybody is told, and what it changes.
#include "server/moderation.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/captured_log.hpp"
#include "tests/unit/moderation_support.hpp"

namespace server {
namespace {

using support::from;
using support::Guest;
using support::House;
using support::Lines;
using support::types;
using namespace std::chrono_literals;

// Alice has begun #tea, Bob and Carol are in it too, and Dave is in the lobby. Eve keeps order on
// the server.
class ModerationTest : public ::testing::Test {
 protected:
  ModerationTest() {
    for (Guest* const guest : {&alice_, &bob_, &carol_}) house_.hub.join(*guest, "#tea");
    house_.hub.make_operator(eve_);
    look();
  }

  // What somebody is answered.
  Lines answers(Guest& guest, std::string_view line) {
    look();
    types(guest, line);
    return guest.take_told();
  }
  // What somebody sees, after everybody has seen what went before, of what another does.
  Lines sees(Guest& watcher, Guest& guest, std::string_view line) {
    look();
    types(guest, line);
    house_.settle();
    return watcher.take_lines();
  }
  void look() {
    house_.settle();
    house_.forget();
  }
  bool is_in(Guest& guest, std::string_view room) {
    for (const Membership& membership : guest.memberships()) {
      if (membership.room().name() == room) return true;
    }
    return false;
  }

  core::support::CapturedLog log_;
  House house_;
  Guest& alice_ = house_.arrive("alice", from("192.0.2.1"));
  Guest& bob_ = house_.arrive("bob", from("192.0.2.2"));
  Guest& carol_ = house_.arrive("carol", from("192.0.2.3"));
  Guest& dave_ = house_.arrive("dave", from("192.0.2.4"));
  Guest& eve_ = house_.arrive("eve", from("192.0.2.5"));
};

// --- Roles. ---

TEST_F(ModerationTest, WhoBeginsARoomIsItsOperatorAndWhoComesLaterIsNot) {
  EXPECT_EQ(answers(bob_, "/who"), (Lines{"-- members of #tea: @alice,bob,carol"}));
  EXPECT_EQ(answers(bob_, "/whois alice"), (Lines{"-- alice in #lobby,@#tea for 0s"}));
}

TEST_F(ModerationTest, NobodyBeginsTheLobby) {
  EXPECT_EQ(answers(dave_, "/who"), (Lines{"-- members of #lobby: alice,bob,carol,dave,@eve"}));
}

TEST_F(ModerationTest, TheRoleIsGivenAndTakenAndTheRoomIsTold) {
  EXPECT_EQ(sees(carol_, alice_, "/op Bob"),
            (Lines{"#tea -- alice made bob an operator of the room"}));
  EXPECT_EQ(sees(carol_, bob_, "/deop alice"),
            (Lines{"#tea -- bob took the operator's role from alice"}));
  EXPECT_EQ(answers(carol_, "/who"), (Lines{"-- members of #tea: alice,@bob,carol"}));
  EXPECT_EQ(answers(alice_, "/kick carol"),
            (Lines{"-- error: /kick is for operators of #tea; /who shows them with an @"}));
}

TEST_F(ModerationTest, TheRoleStaysWithANewNameAndGoesWithTheMember) {
  types(alice_, "/nick anna");
  EXPECT_EQ(answers(carol_, "/who"), (Lines{"-- members of #tea: @anna,bob,carol"}));
  types(alice_, "/leave");
  types(alice_, "/join #tea");
  EXPECT_EQ(answers(carol_, "/who"), (Lines{"-- members of #tea: anna,bob,carol"}))
      << "and nobody inherits";
  types(eve_, "/join #tea");
  types(eve_, "/op bob");
  EXPECT_EQ(answers(carol_, "/who"), (Lines{"-- members of #tea: anna,@bob,carol,@eve"}));
}

TEST_F(ModerationTest, ARoleThatIsThereAlreadyIsNotGivenNorOneTakenThatIsNot) {
  EXPECT_EQ(answers(alice_, "/op alice"), (Lines{"-- error: alice is an operator already"}));
  EXPECT_EQ(answers(alice_, "/voice alice"), (Lines{"-- error: alice has a voice already"}));
  EXPECT_EQ(answers(alice_, "/deop bob"), (Lines{"-- error: bob is no operator"}));
  EXPECT_EQ(answers(alice_, "/unvoice bob"), (Lines{"-- error: bob has no voice from anybody"}));
}

TEST_F(ModerationTest, ARoomThatBeginsAgainHasANewOperatorAndNoOldRules) {
  types(alice_, "/closed on");
  for (Guest* const guest : {&alice_, &bob_, &carol_}) types(*guest, "/leave #tea");
  house_.settle();
  types(dave_, "/join #tea");
  EXPECT_EQ(answers(dave_, "/who"), (Lines{"-- members of #tea: @dave"}));
  EXPECT_EQ(answers(dave_, "/closed"), (Lines{"-- #tea is open"}));
}

// --- The right. ---

TEST_F(ModerationTest, WhatIsForOperatorsIsRefusedToOthersAndLogged) {
  for (const char* const line :
       {"/op bob", "/deop alice", "/kick alice", "/ban alice", "/unban x", "/bans", "/mute alice",
        "/unmute alice", "/voice bob", "/unvoice bob", "/moderated on", "/slow 5", "/closed on",
        "/invite dave", "/key x", "/topiclock on"}) {
    const std::string word = std::string(line).substr(0, std::string(line).find(' '));
    EXPECT_EQ(answers(bob_, line), (Lines{"-- error: " + word +
                                          " is for operators of #tea; /who shows them with an @"}));
    EXPECT_TRUE(log_.has("moderation refused act=" + word.substr(1) +
                         " by=bob from=192.0.2.2:4000 room=#tea"))
        << word;
  }
  EXPECT_TRUE(is_in(alice_, "#tea"));
}

TEST_F(ModerationTest, WhoIsInNoRoomIsToldToJoinOne) {
  types(bob_, "/leave #tea");
  types(bob_, "/leave #lobby");
  EXPECT_EQ(answers(bob_, "/kick alice"), (Lines{"-- not in ''"}));
  EXPECT_EQ(answers(bob_, "/closed"), (Lines{"-- not in ''"}));
}

TEST_F(ModerationTest, OperatorsOfTheServerKeepOrderInEveryRoom) {
  types(eve_, "/join #tea");
  types(eve_, "/kick bob");
  EXPECT_FALSE(is_in(bob_, "#tea"));
  types(eve_, "/deop alice");
  types(eve_, "/kick alice");
  EXPECT_FALSE(is_in(alice_, "#tea"));
}

TEST_F(ModerationTest, WhoComesFromTheNetworksOfOperatorsIsOneAtOnce) {
  Config config;
  config.operators.networks = {core::Network::parse("192.0.2.0/24").value()};
  House house(config);
  Guest& near = house.enter(from("192.0.2.77"));
  EXPECT_TRUE(near.is_operator());
  EXPECT_EQ(near.take_told()[1],
            "-- you are an operator of this server; /help operators lists what you can do");
  EXPECT_FALSE(house.enter(from("192.0.3.77")).is_operator());
  EXPECT_FALSE(house.enter().is_operator()) << "from nowhere";
}

// --- Kicking. ---

TEST_F(ModerationTest, WhoIsKickedIsOutAndEverybodyIsToldByWhomAndWhy) {
  EXPECT_EQ(sees(carol_, alice_, "/kick BOB too loud"),
            (Lines{"#tea -- bob was kicked by alice (too loud)"}));
  EXPECT_FALSE(is_in(bob_, "#tea"));
  EXPECT_TRUE(is_in(bob_, "#lobby"));
  EXPECT_EQ(bob_.take_told(),
            (Lines{"-- kicked from #tea by alice (too loud)", "-- exited #tea, now in '#lobby'"}));
  EXPECT_EQ(sees(alice_, bob_, "/join #tea"), (Lines{"#tea joined: bob"})) << "it may come back";
  EXPECT_TRUE(
      log_.has("moderation act=kick by=alice from=192.0.2.1:4000 whom=bob room=#tea "
               "address=192.0.2.2:4000 reason=\"too loud\""));
}

TEST_F(ModerationTest, WhoIsKickedGetsEveryLineUntilThen) {
  bob_.stall();
  types(carol_, "one");
  types(alice_, "/kick bob");
  types(carol_, "two");
  bob_.unstall();
  house_.settle();
  const Lines lines = bob_.take_lines();
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[0], "#tea <carol> one");
  EXPECT_EQ(lines[1], "-- kicked from #tea by alice");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "#tea <carol> two"), 0);
}

TEST_F(ModerationTest, KickingIsForThoseWhoAreThereAndMayBeTouched) {
  EXPECT_EQ(answers(alice_, "/kick nobody"), (Lines{"-- nobody is nobody"}));
  EXPECT_EQ(answers(alice_, "/kick dave"),
            (Lines{"-- error: dave is not in #tea; /who lists who is"}));
  EXPECT_EQ(answers(alice_, "/kick alice"),
            (Lines{"-- error: /kick is for others, not for yourself"}));
  types(alice_, "/op bob");
  EXPECT_EQ(answers(alice_, "/kick bob"),
            (Lines{"-- error: bob is an operator of #tea; /deop bob first"}));
  types(eve_, "/join #tea");
  EXPECT_EQ(answers(alice_, "/kick eve"), (Lines{"-- error: eve is an operator of the server"}));
  const std::string most(house_.config.limits.topic, 'x');
  EXPECT_EQ(answers(alice_, "/kick carol " + most + "x"),
            (Lines{"-- error: that reason is too long; a reason has at most 390 bytes"}));
  EXPECT_TRUE(is_in(carol_, "#tea"));
  types(alice_, "/kick carol " + most);
  EXPECT_FALSE(is_in(carol_, "#tea"));
}

TEST_F(ModerationTest, AKickIsToldAfterTheComingThatADigestHasNotToldYet) {
  Config config;
  config.chat.digest_above = 1;
  House house(config);
  Guest& alice = house.arrive("alice");
  Guest& bob = house.arrive("bob");
  house.hub.join(alice, "#tea");
  house.hub.join(bob, "#tea");
  house.settle();
  house.forget();
  types(alice, "/kick bob");
  house.settle();
  EXPECT_EQ(alice.take_lines(), (Lines{"#tea joined: bob", "#tea -- bob was kicked by alice"}));
  house.pass_time(config.chat.digest_interval);
  for (const std::string& line : alice.take_lines()) EXPECT_FALSE(line.starts_with("#tea")) << line;
}

// --- Bans. ---

TEST_F(ModerationTest, WhoIsBannedIsPutOutAndStaysOutUnderAnotherNameToo) {
  EXPECT_EQ(sees(carol_, alice_, "/ban bob spam"),
            (Lines{"#tea -- bob was banned by alice (spam)"}));
  EXPECT_EQ(bob_.take_told(), (Lines{"-- banned from #tea by alice until it is lifted (spam)",
                                     "-- exited #tea, now in '#lobby'"}));
  const Lines refused{"-- error: alice has banned you from #tea until it is lifted: spam"};
  EXPECT_EQ(answers(bob_, "/join #tea"), refused);
  types(bob_, "/nick robert");
  EXPECT_EQ(answers(bob_, "/join #tea"), refused) << "from the same address";
  types(dave_, "/nick bob");
  EXPECT_EQ(answers(dave_, "/join #tea"), refused) << "under the same nick";
  EXPECT_TRUE(
      log_.has("moderation act=ban by=alice from=192.0.2.1:4000 whom=bob room=#tea "
               "address=192.0.2.2 reason=\"spam\""));
}

TEST_F(ModerationTest, ABanEndsByItselfOrIsLifted) {
  types(alice_, "/ban bob 10m");
  EXPECT_EQ(answers(alice_, "/unban nobody"),
            (Lines{"-- error: nobody is not banned from #tea; /bans lists who is"}));
  house_.pass_time(10min - 1s);
  types(bob_, "/join #tea");
  EXPECT_FALSE(is_in(bob_, "#tea"));
  house_.pass_time(1s);
  types(bob_, "/join #tea");
  EXPECT_TRUE(is_in(bob_, "#tea"));
  types(alice_, "/ban bob");
  EXPECT_EQ(answers(alice_, "/unban BOB"), (Lines{"-- BOB is banned from #tea no more"}));
  types(bob_, "/join #tea");
  EXPECT_TRUE(is_in(bob_, "#tea"));
}

TEST_F(ModerationTest, ANetworkIsBannedWithAllWhoAreThereFromIt) {
  Guest& frank = house_.arrive("frank", from("198.51.100.7"));
  Guest& grace = house_.arrive("grace", from("198.51.100.8"));
  for (Guest* const guest : {&frank, &grace}) house_.hub.join(*guest, "#tea");
  types(alice_, "/op grace");
  EXPECT_EQ(answers(alice_, "/ban 198.51.100.0/24"),
            (Lines{"-- 198.51.100.0/24 is banned from #tea until it is lifted"}));
  EXPECT_FALSE(is_in(frank, "#tea"));
  EXPECT_TRUE(is_in(grace, "#tea")) << "operators are out of its reach";
  EXPECT_TRUE(is_in(bob_, "#tea"));
  EXPECT_EQ(answers(alice_, "/unban 198.51.100.0/24").size(), 1u);
  types(frank, "/join #tea");
  EXPECT_TRUE(is_in(frank, "#tea"));
}

TEST_F(ModerationTest, OfTrustedPeopleAndOfNeighboursTheNickAloneIsBanned) {
  Guest& local = house_.arrive("local", from("127.0.0.1"));
  Guest& sibling = house_.arrive("sibling", from("192.0.2.1"));
  EXPECT_EQ(answers(alice_, "/ban local"),
            (Lines{"-- local is banned from #tea until it is lifted"}));
  EXPECT_EQ(answers(alice_, "/ban sibling"),
            (Lines{"-- sibling is banned from #tea until it is lifted"}));
  EXPECT_EQ(answers(alice_, "/ban bob"),
            (Lines{"-- bob with its address is banned from #tea until it is lifted"}));
  for (Guest* const guest : {&local, &sibling}) {
    types(*guest, "/nick other" + guest->nick());
    types(*guest, "/join #tea");
    EXPECT_FALSE(is_in(*guest, "#tea")) << "it is the same one, whatever it is called";
    Guest& other = house_.arrive("new" + guest->nick(), guest->address());
    types(other, "/join #tea");
    EXPECT_TRUE(is_in(other, "#tea"));
  }
}

TEST_F(ModerationTest, EverybodyWhomABanConcernsIsPutOutWithWhoWasNamed) {
  Guest& twin = house_.arrive("twin", from("192.0.2.2"));
  Guest& elder = house_.arrive("elder", from("192.0.2.2"));
  for (Guest* const guest : {&twin, &elder}) types(*guest, "/join #tea");
  types(alice_, "/op elder");
  types(alice_, "/ban bob spam");
  EXPECT_FALSE(is_in(bob_, "#tea"));
  EXPECT_FALSE(is_in(twin, "#tea"));
  EXPECT_TRUE(is_in(elder, "#tea")) << "operators are out of its reach";
  EXPECT_TRUE(is_in(carol_, "#tea"));
}

TEST_F(ModerationTest, OfOneWhoIsNotInTheRoomTheBanIsTheSame) {
  Guest& twin = house_.arrive("twin", from("192.0.2.4"));
  types(twin, "/join #tea");
  EXPECT_EQ(answers(alice_, "/ban dave"),
            (Lines{"-- dave with its address is banned from #tea until it is lifted"}));
  EXPECT_FALSE(is_in(twin, "#tea"));
}

TEST_F(ModerationTest, WhoIsLoggedInIsBannedWithItsAccountWhereverItComesFrom) {
  RegisteredNames& names = house_.hub.registered_names();
  names.add("robert");
  const Login login = *names.login_to("robert");
  types(alice_, "/kick bob");
  house_.hub.log_in(bob_, login, event::AccountChanged::What::kLoggedIn);
  types(bob_, "/nick bobby");
  EXPECT_EQ(
      answers(alice_, "/ban bobby"),
      (Lines{"-- bobby with its account and address is banned from #tea until it is lifted"}));
  EXPECT_EQ(answers(alice_, "/bans"),
            (Lines{"-- 1 ban or mute of #tea: | --   bobby (account robert) until it is lifted by "
                   "alice"}));
  Guest& again = house_.arrive("again", from("203.0.113.9"));
  house_.hub.log_in(again, login, event::AccountChanged::What::kLoggedIn);
  types(again, "/nick robbie");
  types(again, "/join #tea");
  EXPECT_FALSE(is_in(again, "#tea"));
}

TEST_F(ModerationTest, WhoTakesTheNickOfOneWhoIsBannedDoesNotFreeIt) {
  Guest& first = house_.arrive("first", from("127.0.0.1"));
  Guest& second = house_.arrive("second", from("127.0.0.1"));
  types(alice_, "/ban first");
  types(first, "/nick other");
  types(second, "/nick first");
  types(alice_, "/ban first");
  for (Guest* const one : {&first, &second}) {
    types(*one, "/join #tea");
    EXPECT_FALSE(is_in(*one, "#tea")) << one->nick();
  }
}

TEST_F(ModerationTest, OfOneWhoIsAwayTheAccountOfThatNameIsBanned) {
  RegisteredNames& names = house_.hub.registered_names();
  names.add("robert");
  EXPECT_EQ(answers(alice_, "/ban robert"),
            (Lines{"-- robert with its account is banned from #tea until it is lifted"}));
  house_.hub.log_in(dave_, *names.login_to("robert"), event::AccountChanged::What::kLoggedIn);
  types(dave_, "/nick david");
  types(dave_, "/join #tea");
  EXPECT_FALSE(is_in(dave_, "#tea"));
}

TEST(ModerationConfig, AGatewaysOwnAddressIsNobodysToBan) {
  Config config;
  config.limits.gateways = {core::Network::parse("203.0.113.5").value()};
  House house(config);
  Guest& alice = house.arrive("alice", from("192.0.2.1"));
  Guest& bob = house.arrive("bob", from("203.0.113.5"));
  Guest& carol = house.arrive("carol", from("203.0.113.5"));
  for (Guest* const guest : {&alice, &bob, &carol}) house.hub.join(*guest, "#tea");
  house.forget();
  types(alice, "/ban bob");
  EXPECT_EQ(alice.take_told(), (Lines{"-- bob is banned from #tea until it is lifted"}));
  EXPECT_EQ(carol.memberships().size(), 2u) << "others come from there too";
  house.hub.make_operator(alice);
  house.forget();
  types(alice, "/gban bob");
  EXPECT_EQ(alice.take_told(),
            (Lines{"-- error: bob comes from a network of limits.trusted or limits.gateways, which "
                   "no ban concerns; /kill ends it"}));
}

TEST_F(ModerationTest, WhatCannotBeBannedIsSaid) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"0.0.0.0/0",
       "0.0.0.0/0 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {"10.0.0.0/7",
       "10.0.0.0/7 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {"::/0", "::/0 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {"::/80", "::/80 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {"2000::/15",
       "2000::/15 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {"192.0.2.0/24", "192.0.2.0/24 has you in it; ban one that has not"},
      {"192.0.2.1", "192.0.2.1 has you in it; ban one that has not"},
      {"10.0.0.1/8",
       "10.0.0.1/8 is no nick and no network; say 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"},
      {"1.2.3", "1.2.3 is no nick and no network; say 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"},
      {"alice", "/ban is for others, not for yourself"},
      {"eve", "eve is an operator of the server"},
  };
  for (const auto& [whom, error] : table) {
    EXPECT_EQ(answers(alice_, "/ban " + whom), (Lines{"-- error: " + error})) << whom;
  }
  EXPECT_EQ(answers(alice_, "/bans"), (Lines{"-- nobody is banned from #tea"}));
  for (const char* const whom : {"10.0.0.0/8", "2001::/16", "::ffff:10.1.0.0/120", "guest-99"}) {
    EXPECT_EQ(answers(alice_, std::string("/ban ") + whom).size(), 1u) << whom;
  }
}

TEST_F(ModerationTest, BansAreListedAndAddressesBesideNicksAreForOperatorsOfTheServer) {
  types(alice_, "/ban bob spam");
  types(alice_, "/ban 10.0.0.0/8");
  types(alice_, "/mute carol");
  EXPECT_EQ(answers(alice_, "/bans"),
            (Lines{"-- 3 bans and mutes of #tea: | --   bob until it is lifted by alice (spam) | "
                   "--   10.0.0.0/8 until it is lifted by alice | "
                   "--   carol (muted) until it is lifted by alice"}));
  types(eve_, "/join #tea");
  const Lines told = answers(eve_, "/bans");
  ASSERT_EQ(told.size(), 2u);
  EXPECT_NE(told[0].find("bob and 192.0.2.2 until"), std::string::npos) << told[0];
  EXPECT_EQ(told[1], "-- nobody is banned from the server");
}

TEST_F(ModerationTest, ARoomHoldsSoManyBansAndTheListIsCut) {
  for (std::size_t i = 0; i < Sanctions::kMost; ++i) types(alice_, "/ban n" + std::to_string(i));
  EXPECT_EQ(answers(alice_, "/ban more"),
            (Lines{"-- error: #tea has its 1000 bans already; /unban lifts one"}));
  const Lines told = answers(alice_, "/bans");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ends_with("--   and 800 others")) << told[0].substr(told[0].size() - 40);
}

// --- What all rooms hold together. ---

Config holding(std::size_t all, std::size_t of_address) {
  Config config;
  config.limits.sanctions = all;
  config.limits.sanctions_per_address = of_address;
  return config;
}

TEST(ModerationLimits, WhoeverBeginsManyRoomsHasSoManySanctionsInAllOfThem) {
  House house(holding(100, 3));
  Guest& alice = house.arrive("alice", from("192.0.2.1"));
  Guest& twin = house.arrive("twin", from("192.0.2.1"));
  Guest& bob = house.arrive("bob", from("192.0.2.2"));
  for (const char* const line : {"/join #a", "/ban x", "/join #b", "/ban x"}) types(alice, line);
  types(twin, "/join #c");
  types(twin, "/invite bob");
  house.forget();
  const Lines refused{
      "-- error: your address has its 3 bans, mutes and invitations in rooms already; lift some, "
      "or wait until some end"};
  types(alice, "/ban y");
  EXPECT_EQ(alice.take_told(), refused);
  types(twin, "/invite alice");
  EXPECT_EQ(twin.take_told(), refused);
  types(alice, "/ban x 10m");
  EXPECT_TRUE(alice.take_told()[0].starts_with("-- x is banned from #b until "))
      << "that takes the place of another";
  types(bob, "/join #d");
  house.forget();
  types(bob, "/ban y");
  EXPECT_EQ(bob.take_told(), (Lines{"-- y is banned from #d until it is lifted"}));
  types(alice, "/unban x");
  house.forget();
  types(alice, "/ban y");
  EXPECT_EQ(alice.take_told(), (Lines{"-- y is banned from #b until it is lifted"}));
}

TEST(ModerationLimits, OperatorsOfTheServerAreHeldToNone) {
  House house(holding(1, 1));
  Guest& alice = house.arrive("alice", from("192.0.2.1"));
  Guest& eve = house.arrive("eve", from("192.0.2.2"));
  house.hub.make_operator(eve);
  for (const char* const line : {"/join #a", "/ban x"}) types(alice, line);
  types(eve, "/join #a");
  house.forget();
  types(eve, "/ban y");
  EXPECT_EQ(eve.take_told(), (Lines{"-- y is banned from #a until it is lifted"}));
}

TEST(ModerationLimits, WhatIsRefusedLeavesNoRulesBehind) {
  House house(holding(100, 1));
  Guest& alice = house.arrive("alice", from("192.0.2.1"));
  house.arrive("bob", from("192.0.2.2"));
  for (const char* const line : {"/join #a", "/ban x", "/join #b", "/ban y", "/invite bob"}) {
    types(alice, line);
  }
  EXPECT_EQ(alice.current()->room().rules(), nullptr);
}

TEST(ModerationLimits, ARoomThatEndsGivesBackWhatItHeld) {
  House house(holding(100, 1));
  Guest& alice = house.arrive("alice", from("192.0.2.1"));
  for (int i = 0; i < 10; ++i) {
    types(alice, "/join #a");
    types(alice, "/ban x");
    EXPECT_EQ(Directory::Access(house.directory).sanctions().taken(), 1u);
    types(alice, "/leave #a");
    EXPECT_EQ(Directory::Access(house.directory).sanctions().taken(), 0u);
  }
}

TEST(ModerationLimits, WhatIsOverInWhateverRoomMakesRoom) {
  House house(holding(2, 0));
  Guest& alice = house.arrive("alice", from("192.0.2.1"));
  Guest& bob = house.arrive("bob", from("192.0.2.2"));
  types(alice, "/join #a");
  for (const char* const line : {"/ban x 10m", "/ban y 10m"}) types(alice, line);
  types(bob, "/join #b");
  house.forget();
  types(bob, "/ban z");
  EXPECT_EQ(bob.take_told(), (Lines{"-- error: the server has its 2 bans, mutes and invitations in "
                                    "rooms already; try again later"}));
  house.pass_time(10min);
  types(bob, "/ban z");
  EXPECT_EQ(bob.take_told(), (Lines{"-- z is banned from #b until it is lifted"}));
}

// --- What the log hears. ---

TEST_F(ModerationTest, DeedsOfAStrangerAreFewLinesHoweverManyTheyAreAndHideNobodyElses) {
  for (int i = 0; i < 500; ++i) types(alice_, i % 2 == 0 ? "/ban x" : "/unban x");
  EXPECT_EQ(log_.count("moderation act="), LogLimiter::kRate.burst + 1)
      << "and what made eve an operator";
  house_.hub.join(dave_, "#mine");
  types(dave_, "/ban y");
  EXPECT_TRUE(log_.has("act=ban by=dave from=192.0.2.4:4000 whom=y room=#mine suppressed=480\n"))
      << log_.text();
  types(eve_, "/join #tea");
  for (int i = 0; i < 50; ++i) types(eve_, "/gban 203.0.113." + std::to_string(i));
  EXPECT_EQ(log_.count("act=gban by=eve"), 50u) << "operators of the server are heard";
  house_.pass_time(LogLimiter::kRate.interval);
  types(alice_, "/ban z");
  EXPECT_TRUE(log_.has("whom=z room=#tea\n")) << log_.text();
}

// Somebody who is somewhere else each time.
class Wanderer final : public Guest {
 public:
  explicit Wanderer(House& house) : Guest(house, house.hub, house.encoder) {}

  const core::Address& address() const override { return address_; }
  void move_on() {
    ++at_;
    address_ = from(fmt::format("10.{}.{}.{}", at_ >> 16, at_ >> 8 & 255, at_ & 255));
  }

 private:
  int at_ = 0;
  core::Address address_;
};

TEST(ModerationLogLimits, SoManyAddressesAreRememberedAndThoseBeyondShareOneLimit) {
  const core::support::CapturedLog captured;
  House house;
  Wanderer wanderer(house);
  ModerationLog log;
  constexpr std::size_t kBeyond = 100;
  for (std::size_t i = 0; i < ModerationLog::kRememberedMost + kBeyond; ++i) {
    wanderer.move_on();
    log.note({.act = "ban", .by = wanderer}, core::Time(1h));
  }
  EXPECT_EQ(log.remembered(), ModerationLog::kRememberedMost);
  EXPECT_EQ(captured.count("act=ban"), ModerationLog::kStrangersRate.burst) << "of all of them";
}

TEST(ModerationLogLimits, WhoBecomesAnOperatorAndIsOneNoMoreIsAlwaysInTheLog) {
  const core::support::CapturedLog captured;
  Config config;
  config.operators.accounts = {"boss"};
  House house(config);
  Guest& mallory = house.arrive("mallory", from("192.0.2.9"));
  house.hub.join(mallory, "#mine");
  for (int i = 0; i < 100; ++i) types(mallory, "/ban x");
  house.hub.registered_names().add("boss");
  const Login login = *house.hub.registered_names().login_to("boss");
  house.hub.log_in(mallory, login, event::AccountChanged::What::kLoggedIn);
  house.hub.log_out(mallory, event::AccountChanged::What::kLoggedOut);
  EXPECT_EQ(captured.count("act=become_operator by=boss"), 1u) << captured.text();
  EXPECT_EQ(captured.count("act=end_operator"), 1u) << captured.text();
}

TEST_F(ModerationTest, RefusalsAreFewLinesHoweverManyTheyAre) {
  for (int i = 0; i < 500; ++i) types(i % 2 == 0 ? bob_ : carol_, "/kick alice");
  EXPECT_EQ(log_.count("moderation refused"), LogLimiter::kRate.burst);
  house_.pass_time(LogLimiter::kRate.interval);
  types(bob_, "/kick alice");
  EXPECT_TRUE(log_.has("act=kick by=bob from=192.0.2.2:4000 room=#tea suppressed=480\n"));
}

// --- Who may come in. ---

TEST_F(ModerationTest, AClosedRoomLetsInThoseWhoAreInvitedOnce) {
  EXPECT_EQ(sees(bob_, alice_, "/closed on"),
            (Lines{"#tea -- alice closed the room: only those who are invited come in"}));
  EXPECT_EQ(answers(dave_, "/join #tea"),
            (Lines{"-- error: #tea is closed; one of its operators can /invite you"}));
  EXPECT_EQ(answers(alice_, "/invite dave"), (Lines{"-- dave is invited to #tea"}));
  EXPECT_EQ(dave_.take_told(), (Lines{"-- alice invites you to #tea; /join #tea accepts"}));
  types(dave_, "/nick david");
  types(dave_, "/join #tea");
  EXPECT_TRUE(is_in(dave_, "#tea")) << "under another name too";
  types(dave_, "/leave #tea");
  types(dave_, "/join #tea");
  EXPECT_FALSE(is_in(dave_, "#tea"));
  types(alice_, "/closed off");
  types(dave_, "/join #tea");
  EXPECT_TRUE(is_in(dave_, "#tea"));
}

TEST_F(ModerationTest, AnInvitationIsForThoseWhoAreHereAndNotInTheRoom) {
  EXPECT_EQ(answers(alice_, "/invite bob"), (Lines{"-- error: bob is in #tea already"}));
  EXPECT_EQ(answers(alice_, "/invite nobody"), (Lines{"-- nobody is nobody"}));
}

TEST_F(ModerationTest, AnInvitationDoesNotOpenToWhoIsBanned) {
  types(alice_, "/closed on");
  types(alice_, "/ban dave");
  types(alice_, "/invite dave");
  types(dave_, "/join #tea");
  EXPECT_FALSE(is_in(dave_, "#tea"));
}

TEST_F(ModerationTest, ARoomWithAKeyLetsInThoseWhoKnowIt) {
  EXPECT_EQ(sees(bob_, alice_, "/key Sesame"),
            (Lines{"#tea -- alice gave the room a key: only those who know it come in"}));
  EXPECT_EQ(answers(dave_, "/join #tea"), (Lines{"-- error: #tea has a key; type /join #tea KEY"}));
  EXPECT_EQ(answers(dave_, "/join #tea sesame"), (Lines{"-- error: that is not the key of #tea"}));
  types(dave_, "/join #tea Sesame");
  EXPECT_TRUE(is_in(dave_, "#tea"));
  EXPECT_EQ(answers(alice_, "/key"), (Lines{"-- the key of #tea is: Sesame"}));
  EXPECT_EQ(answers(bob_, "/key"), (Lines{"-- #tea has a key"}));
  EXPECT_EQ(answers(alice_, "/key " + std::string(65, 'x')),
            (Lines{"-- error: a key is one word of at most 64 bytes that does not begin with #"}));
  types(alice_, "/key off");
  types(bob_, "/leave #tea");
  types(bob_, "/join #tea");
  EXPECT_TRUE(is_in(bob_, "#tea"));
  EXPECT_FALSE(log_.has("Sesame")) << "a key is no business of the log";
}

TEST_F(ModerationTest, OperatorsOfTheServerComeInEverywhere) {
  types(alice_, "/closed on");
  types(alice_, "/key x");
  types(eve_, "/join #tea");
  EXPECT_TRUE(is_in(eve_, "#tea"));
}

// --- Who may speak. ---

TEST_F(ModerationTest, WhoIsMutedIsNotHeardUntilThatIsOver) {
  EXPECT_TRUE(
      sees(carol_, alice_, "/mute bob 10m")[0].starts_with("#tea -- alice muted bob until "));
  const Lines refused = answers(bob_, "hello?");
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_TRUE(refused[0].starts_with("-- error: alice has muted you in #tea until ")) << refused[0];
  EXPECT_EQ(sees(carol_, bob_, "/me waves"), Lines());
  house_.pass_time(10min);
  EXPECT_EQ(sees(carol_, bob_, "hello"), (Lines{"#tea <bob> hello"}));
}

TEST_F(ModerationTest, AMuteStaysWithWhoLeavesOrIsCalledSomethingElse) {
  types(alice_, "/mute bob");
  types(bob_, "/leave #tea");
  types(bob_, "/nick robert");
  types(bob_, "/join #tea");
  EXPECT_EQ(sees(carol_, bob_, "hello?"), Lines());
  types(bob_, "/leave #tea");
  types(bob_, "/nick bobby");
  types(bob_, "/join #tea");
  EXPECT_EQ(sees(carol_, bob_, "hello?"), Lines());
  EXPECT_EQ(sees(carol_, alice_, "/unmute bobby"), (Lines{"#tea -- alice unmuted bobby"}));
  EXPECT_EQ(sees(carol_, bob_, "hello"), (Lines{"#tea <bobby> hello"}));
  EXPECT_EQ(answers(alice_, "/unmute bobby"),
            (Lines{"-- error: bobby is not muted in #tea; /bans lists who is"}));
}

TEST_F(ModerationTest, AMuteConcernsAllWhoAreThereFromThatAddress) {
  Guest& twin = house_.arrive("twin", from("192.0.2.2"));
  types(twin, "/join #tea");
  types(alice_, "/mute bob");
  EXPECT_EQ(answers(twin, "hello?"),
            (Lines{"-- error: alice has muted you in #tea until it is lifted"}));
  types(alice_, "/unmute bob");
  EXPECT_EQ(sees(carol_, twin, "hello"), (Lines{"#tea <twin> hello"}));
}

TEST_F(ModerationTest, AllMutesThatConcernSomebodyAreLiftedTogether) {
  Guest& twin = house_.arrive("twin", from("192.0.2.2"));
  types(twin, "/join #tea");
  types(alice_, "/mute twin");
  types(alice_, "/mute bob");
  EXPECT_EQ(sees(carol_, alice_, "/unmute bob"), (Lines{"#tea -- alice unmuted bob"}));
  EXPECT_TRUE(log_.has("act=unmute by=alice from=192.0.2.1:4000 whom=bob"));
  EXPECT_TRUE(log_.has("act=unmute by=alice from=192.0.2.1:4000 whom=twin"));
  EXPECT_EQ(sees(carol_, bob_, "hello"), (Lines{"#tea <bob> hello"}));
  EXPECT_EQ(sees(carol_, twin, "hello"), (Lines{"#tea <twin> hello"}));
}

TEST_F(ModerationTest, AMuteOfOneWithoutAnAddressOfItsOwnStaysUnderAnotherName) {
  Guest& local = house_.arrive("local", from("127.0.0.1"));
  types(local, "/join #tea");
  types(alice_, "/mute local");
  types(local, "/leave #tea");
  types(local, "/nick other");
  types(local, "/join #tea");
  EXPECT_EQ(sees(carol_, local, "hello?"), Lines());
}

// --- All that is heard by everybody. ---

TEST_F(ModerationTest, WhoMayNotSpeakSetsNoTopicEither) {
  types(alice_, "/mute bob");
  EXPECT_EQ(answers(bob_, "/topic insult"),
            (Lines{"-- error: alice has muted you in #tea until it is lifted"}));
  types(alice_, "/unmute bob");
  types(alice_, "/moderated on");
  EXPECT_EQ(answers(bob_, "/topic insult"),
            (Lines{"-- error: #tea is moderated; one of its operators can give you a /voice"}));
  EXPECT_EQ(sees(carol_, alice_, "/topic tea").size(), 1u);
  types(alice_, "/moderated off");
  types(alice_, "/slow 30");
  types(bob_, "one");
  EXPECT_EQ(answers(bob_, "/topic insult"),
            (Lines{"-- error: #tea is slow, a line every 30 seconds; wait 30 seconds"}));
  house_.pass_time(30s);
  EXPECT_EQ(sees(carol_, bob_, "/topic cake"), (Lines{"#tea topic by bob: cake"}));
  EXPECT_EQ(sees(carol_, bob_, "two"), Lines()) << "a topic is a line";
}

TEST_F(ModerationTest, WhoMayNotSpeakLeavesNoWordsBehind) {
  types(bob_, "/join #lobby");
  types(alice_, "/mute bob");
  EXPECT_EQ(sees(carol_, bob_, "/quit insult"),
            (Lines{"#lobby left: bob (insult)", "#tea left: bob"}))
      << "where it may speak it is heard";
  types(alice_, "/moderated on");
  EXPECT_EQ(sees(alice_, carol_, "/quit insult"),
            (Lines{"#lobby left: carol (insult)", "#tea left: carol"}));
  types(alice_, "/moderated off");
  types(alice_, "/slow 30");
  for (const char* const line : {"/join #tea", "one"}) types(dave_, line);
  EXPECT_EQ(sees(alice_, dave_, "/quit two"),
            (Lines{"#lobby left: dave (two)", "#tea left: dave"}));
}

TEST_F(ModerationTest, WhyTheServerEndsSomebodyIsToldWhetherOrNotItMaySpeak) {
  types(alice_, "/mute bob");
  look();
  house_.hub.disconnect(bob_, {.why = Departure::kEnded, .words = "spam"});
  house_.settle();
  EXPECT_EQ(carol_.take_lines(), (Lines{"#lobby left: bob (spam)", "#tea left: bob (spam)"}));
}

TEST_F(ModerationTest, WhoMayNotSpeakKeepsItsName) {
  types(alice_, "/mute bob");
  EXPECT_EQ(answers(bob_, "/nick insult"),
            (Lines{"-- error: alice has muted you in #tea until it is lifted"}));
  types(alice_, "/unmute bob");
  types(alice_, "/moderated on");
  EXPECT_EQ(answers(bob_, "/nick insult"),
            (Lines{"-- error: #tea is moderated; one of its operators can give you a /voice"}));
  types(alice_, "/moderated off");
  types(alice_, "/slow 30");
  EXPECT_EQ(sees(carol_, bob_, "/nick robert"),
            (Lines{"#lobby renamed: bob to robert +0", "#tea renamed: bob to robert +0"}));
  EXPECT_EQ(answers(bob_, "/nick rob"),
            (Lines{"-- error: #tea is slow, a line every 30 seconds; wait 30 seconds"}));
  types(bob_, "/leave #tea");
  EXPECT_EQ(answers(bob_, "/nick rob"), (Lines{"-- you are rob"}));
}

TEST_F(ModerationTest, AGuestChoosesANameWhateverTheRoom) {
  types(alice_, "/moderated on");
  Guest& guest = house_.enter(from("192.0.2.9"));
  types(guest, "/join #tea");
  EXPECT_EQ(answers(guest, "/nick frank"), (Lines{"-- you are frank"}));
  EXPECT_EQ(answers(guest, "/nick fred"),
            (Lines{"-- error: #tea is moderated; one of its operators can give you a /voice"}));
}

TEST_F(ModerationTest, WhoIsAGuestAgainAfterALogoutHasChosenItsNameBefore) {
  RegisteredNames& names = house_.hub.registered_names();
  names.add("bob");
  house_.hub.log_in(bob_, *names.login_to("bob"), event::AccountChanged::What::kLoggedIn);
  types(alice_, "/mute bob");
  house_.hub.log_out(bob_, event::AccountChanged::What::kLoggedOut);
  EXPECT_TRUE(bob_.nick().starts_with("guest-"));
  EXPECT_EQ(answers(bob_, "/nick insult"),
            (Lines{"-- error: alice has muted you in #tea until it is lifted"}));
}

TEST_F(ModerationTest, APrivateLineToARoomReachesNobody) {
  types(alice_, "/mute bob");
  EXPECT_EQ(answers(bob_, "/msg #tea insult"), (Lines{"-- nobody is #tea"}));
}

TEST_F(ModerationTest, AMuteIsOfOneRoomAndOfNoPrivateLine) {
  types(alice_, "/mute bob");
  look();
  house_.hub.tell(bob_, "carol", "psst");
  EXPECT_EQ(carol_.take_told(), (Lines{"-- bob tells: psst"}));
  types(bob_, "/join #lobby");
  EXPECT_EQ(sees(dave_, bob_, "hello"), (Lines{"#lobby <bob> hello"}));
}

TEST_F(ModerationTest, InAModeratedRoomThoseWithARoleAreHeard) {
  types(alice_, "/moderated on");
  EXPECT_EQ(answers(bob_, "hello?"),
            (Lines{"-- error: #tea is moderated; one of its operators can give you a /voice"}));
  EXPECT_EQ(sees(carol_, alice_, "silence!"), (Lines{"#tea <alice> silence!"}));
  EXPECT_EQ(sees(carol_, alice_, "/voice bob"), (Lines{"#tea -- alice gave bob a voice"}));
  EXPECT_EQ(answers(carol_, "/who"), (Lines{"-- members of #tea: @alice,+bob,carol"}));
  EXPECT_EQ(sees(carol_, bob_, "thanks"), (Lines{"#tea <bob> thanks"}));
  types(alice_, "/unvoice bob");
  EXPECT_EQ(sees(carol_, bob_, "oh"), Lines());
  types(alice_, "/moderated off");
  EXPECT_EQ(sees(carol_, bob_, "ah"), (Lines{"#tea <bob> ah"}));
}

TEST_F(ModerationTest, InASlowRoomEachSpeaksEverySoOftenAndOperatorsAtWill) {
  types(alice_, "/slow 30");
  EXPECT_EQ(sees(carol_, bob_, "one"), (Lines{"#tea <bob> one"}));
  EXPECT_EQ(answers(bob_, "two"),
            (Lines{"-- error: #tea is slow, a line every 30 seconds; wait 30 seconds"}));
  types(bob_, "/leave #tea");
  types(bob_, "/nick robert");
  types(bob_, "/join #tea");
  EXPECT_EQ(sees(carol_, bob_, "two"), Lines()) << "coming back does not help";
  EXPECT_EQ(sees(bob_, carol_, "mine"), (Lines{"#tea <carol> mine"}));
  for (const char* const text : {"a", "b"}) {
    EXPECT_EQ(sees(carol_, alice_, text).size(), 1u);
  }
  house_.pass_time(30s);
  EXPECT_EQ(sees(carol_, bob_, "two"), (Lines{"#tea <robert> two"}));
  types(alice_, "/slow off");
  EXPECT_EQ(sees(carol_, bob_, "three"), (Lines{"#tea <robert> three"}));
}

TEST_F(ModerationTest, InASlowRoomThoseOfOneAddressHaveOneTurn) {
  Guest& twin = house_.arrive("twin", from("192.0.2.2"));
  types(twin, "/join #tea");
  types(alice_, "/slow 30");
  EXPECT_EQ(sees(carol_, bob_, "one"), (Lines{"#tea <bob> one"}));
  EXPECT_EQ(sees(carol_, twin, "two"), Lines());
  house_.hub.disconnect(bob_, {});
  Guest& again = house_.arrive("again", from("192.0.2.2"));
  types(again, "/join #tea");
  EXPECT_EQ(sees(carol_, again, "two"), Lines()) << "connecting again does not help";
}

// --- Names that somebody is known by. ---

TEST_F(ModerationTest, WhoTakesANickThatIsMutedIsMuted) {
  types(alice_, "/mute bob");
  house_.hub.disconnect(bob_, {});
  Guest& again = house_.arrive({}, from("203.0.113.9"));
  types(again, "/join #tea");
  types(again, "/nick bob");
  EXPECT_EQ(sees(carol_, again, "hello"), Lines());
  types(again, "/nick victim");
  EXPECT_EQ(again.nick(), "bob") << "nor does the mute go with it to somebody else";
}

TEST_F(ModerationTest, WhoTakesANickThatIsBannedIsPutOut) {
  types(alice_, "/ban robert");
  types(bob_, "/nick robert");
  EXPECT_FALSE(is_in(bob_, "#tea"));
}

TEST_F(ModerationTest, WhoLogsInToAnAccountThatIsMutedOrBannedIsHeldToIt) {
  RegisteredNames& names = house_.hub.registered_names();
  for (const char* const name : {"robert", "karla"}) names.add(name);
  house_.hub.log_in(bob_, *names.login_to("robert"), event::AccountChanged::What::kLoggedIn);
  types(alice_, "/mute robert");
  types(alice_, "/ban karla");
  house_.hub.disconnect(bob_, {});
  Guest& again = house_.arrive("again", from("203.0.113.9"));
  types(again, "/join #tea");
  house_.hub.log_in(again, *names.login_to("robert"), event::AccountChanged::What::kLoggedIn);
  EXPECT_EQ(sees(carol_, again, "hello"), Lines());
  house_.hub.log_in(carol_, *names.login_to("karla"), event::AccountChanged::What::kLoggedIn);
  EXPECT_FALSE(is_in(carol_, "#tea"));
}

TEST_F(ModerationTest, WhatIsNotHeardIsNotCounted) {
  types(alice_, "/moderated on");
  const std::size_t before = house_.hub.statistics().messages;
  types(bob_, "hello?");
  EXPECT_EQ(house_.hub.statistics().messages, before);
}

TEST_F(ModerationTest, ALockedTopicIsForOperators) {
  types(alice_, "/topiclock on");
  EXPECT_EQ(answers(bob_, "/topic cake"),
            (Lines{"-- error: only operators set the topic of #tea; /who shows them with an @"}));
  EXPECT_EQ(sees(bob_, alice_, "/topic tea"), (Lines{"#tea topic by alice: tea"}));
  types(alice_, "/topiclock off");
  EXPECT_EQ(sees(alice_, bob_, "/topic cake"), (Lines{"#tea topic by bob: cake"}));
}

TEST_F(ModerationTest, WhatARoomIsSetToIsToldToEverybodyInIt) {
  const std::vector<std::pair<std::string, std::string>> before = {
      {"/moderated", "-- #tea is not moderated: everybody speaks"},
      {"/closed", "-- #tea is open"},
      {"/topiclock", "-- everybody may set the topic of #tea"},
      {"/slow", "-- #tea is not slowed down"},
      {"/key", "-- #tea has no key"},
  };
  for (const auto& [line, answer] : before) EXPECT_EQ(answers(bob_, line), Lines{answer});
  for (const char* const line :
       {"/moderated on", "/closed on", "/topiclock on", "/slow 5m", "/key x"}) {
    types(alice_, line);
  }
  const std::vector<std::pair<std::string, std::string>> after = {
      {"/moderated", "-- #tea is moderated: only operators and those with a voice speak"},
      {"/closed", "-- #tea is closed: only those who are invited come in"},
      {"/topiclock", "-- only operators set the topic of #tea"},
      {"/slow", "-- #tea is slow: a line of each every 5 minutes"},
      {"/key", "-- #tea has a key"},
  };
  for (const auto& [line, answer] : after) EXPECT_EQ(answers(bob_, line), Lines{answer});
}

// --- The server. ---

TEST_F(ModerationTest, WhatIsForOperatorsOfTheServerIsRefusedToOthersAndLogged) {
  for (const char* const line : {"/wall hi", "/kill bob", "/gban bob", "/ungban 192.0.2.2",
                                 "/stats", "/tasks", "/reload", "/shutdown"}) {
    const std::string word = std::string(line).substr(0, std::string(line).find(' '));
    EXPECT_EQ(answers(alice_, line),
              (Lines{"-- error: " + word + " is for operators of the server"}));
    EXPECT_TRUE(log_.has("moderation refused act=" + word.substr(1) + " by=alice")) << word;
  }
}

TEST_F(ModerationTest, EverybodyIsToldOnce) {
  EXPECT_EQ(sees(bob_, eve_, "/wall closing soon"),
            (Lines{"-- 00:00 eve tells everybody: closing soon"}));
  EXPECT_EQ(dave_.take_told(), (Lines{"-- 00:00 eve tells everybody: closing soon"}));
  EXPECT_EQ(eve_.take_told(), (Lines{"-- 00:00 eve tells everybody: closing soon"}));
  EXPECT_FALSE(log_.has("closing soon"));
}

TEST_F(ModerationTest, WhoIsOwedTooMuchIsNotToldBesides) {
  bob_.stall();
  types(eve_, "/wall " + std::string(300, 'x'));
  house_.settle();
  while (bob_.outflow().mailbox_bytes() + 300 <= house_.config.limits.mailbox) {
    house_.hub.tell(carol_, "bob", std::string(300, 'y'));
  }
  bob_.take_told();
  types(eve_, "/wall " + std::string(300, 'x'));
  house_.settle();
  EXPECT_EQ(bob_.take_told(), Lines());
  bob_.unstall();
}

TEST_F(ModerationTest, AConnectionIsEndedAndItsOwnerToldByWhomAndWhy) {
  EXPECT_EQ(answers(eve_, "/kill bob spam"), (Lines{"-- bob is disconnected"}));
  EXPECT_EQ(bob_.take_told(), (Lines{"-- eve ended your connection: spam"}));
  EXPECT_EQ(bob_.evictions, (Lines{"spam"}));
  EXPECT_EQ(answers(eve_, "/kill nobody"), (Lines{"-- nobody is nobody"}));
  EXPECT_EQ(answers(eve_, "/kill eve"), (Lines{"-- error: /kill is for others, not for yourself"}));
  house_.hub.make_operator(dave_);
  EXPECT_EQ(answers(eve_, "/kill dave"), (Lines{"-- error: dave is an operator of the server"}));
  EXPECT_TRUE(
      log_.has("moderation act=kill by=eve from=192.0.2.5:4000 whom=bob "
               "address=192.0.2.2:4000 reason=\"spam\""));
}

TEST_F(ModerationTest, AnAddressIsBannedFromTheServerByNickOrByNetwork) {
  EXPECT_EQ(answers(eve_, "/gban bob spam"),
            (Lines{"-- 192.0.2.2 is banned from the server until it is lifted"}));
  EXPECT_EQ(answers(eve_, "/gban 10.0.0.0/8"),
            (Lines{"-- 10.0.0.0/8 is banned from the server until it is lifted"}));
  EXPECT_EQ(house_.bans.all().size(), 2u);
  EXPECT_EQ(house_.bans.find(from("192.0.2.2"))->reason, "spam");
  types(eve_, "/leave");
  EXPECT_EQ(answers(eve_, "/bans"),
            (Lines{"-- 2 bans of the server: | --   10.0.0.0/8 until it is lifted by eve | "
                   "--   192.0.2.2 until it is lifted by eve (spam)"}));
  EXPECT_EQ(answers(eve_, "/ungban 192.0.2.2"),
            (Lines{"-- 192.0.2.2 is banned from the server no more"}));
  EXPECT_EQ(answers(eve_, "/ungban 192.0.2.2"),
            (Lines{"-- error: 192.0.2.2 is not banned from the server; /bans lists who is"}));
  EXPECT_EQ(answers(eve_, "/ungban bob"),
            (Lines{"-- error: bob is no network; say 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"}));
}

// A disk that is full, and then is not.
class DiskForBans final : public BanList::Keeper {
 public:
  core::Task<Kept> write_down(core::Network /*network*/) override { co_return answer; }

  Kept answer;
};

TEST_F(ModerationTest, ALiftingThatCouldNotBeWrittenDownCanBeRepeated) {
  DiskForBans disk;
  house_.bans.add({.network = *core::Network::parse("192.0.2.9"), .by = "eve", .reason = {}});
  house_.bans.set_keeper(&disk);
  const auto lifts = [&] {
    types(eve_, "/ungban 192.0.2.9");
    house_.settle();
    return eve_.take_told();
  };
  disk.answer = {.failure = "the disk is full"};
  const Lines not_kept = {
      "-- error: 192.0.2.9 is banned from the server no more, but only until the server is "
      "restarted: the disk is full"};
  EXPECT_EQ(lifts(), not_kept);
  EXPECT_EQ(lifts(), not_kept);
  disk.answer = {.was_there = true};
  EXPECT_EQ(lifts(), (Lines{"-- 192.0.2.9 is banned from the server no more"}));
  disk.answer = {};
  EXPECT_EQ(lifts(),
            (Lines{"-- error: 192.0.2.9 is not banned from the server; /bans lists who is"}));
  EXPECT_EQ(log_.count("act=ungban"), 2u) << "only what was done is a deed";
}

TEST_F(ModerationTest, WhatCannotBeBannedFromTheServerIsSaid) {
  house_.arrive("local", from("127.0.0.1"));
  house_.arrive("twin", from("192.0.2.5"));
  house_.hub.make_operator(dave_);
  const std::vector<std::pair<std::string, std::string>> table = {
      {"0.0.0.0/0",
       "0.0.0.0/0 is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower"},
      {"192.0.2.5", "192.0.2.5 has you in it; ban one that has not"},
      {"twin", "192.0.2.5 has you in it; ban one that has not"},
      {"eve", "/gban is for others, not for yourself"},
      {"dave", "dave is an operator of the server"},
      {"local",
       "local comes from a network of limits.trusted or limits.gateways, which no ban concerns; "
       "/kill ends it"},
  };
  for (const auto& [whom, error] : table) {
    EXPECT_EQ(answers(eve_, "/gban " + whom), (Lines{"-- error: " + error})) << whom;
  }
  EXPECT_EQ(answers(eve_, "/gban nobody"), (Lines{"-- nobody is nobody"}));
  EXPECT_EQ(house_.bans.all().size(), 0u);
}

TEST_F(ModerationTest, OperatorsSeeWhereSomebodyComesFrom) {
  EXPECT_EQ(answers(eve_, "/whois alice"),
            (Lines{"-- alice in #lobby,@#tea for 0s, from 192.0.2.1:4000"}));
  EXPECT_EQ(answers(alice_, "/whois eve"), (Lines{"-- eve in #lobby for 0s, operator"}));
}

TEST_F(ModerationTest, TheTasksOfTheLoopAreShown) {
  const Lines told = answers(eve_, "/tasks");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("-- the tasks of the loop that you are on:")) << told[0];
}

}  // namespace
}  // namespace server
