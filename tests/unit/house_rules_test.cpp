// What operators of a room lay down: bans and mutes, invitations, turns.
#include "server/house_rules.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr std::time_t kNow = 1'000'000;

core::Address address(const std::string& host) {
  return core::Address::parse(host + ":4000").value();
}

Sanction against(std::string nick, std::string_view network = {}, std::time_t until = 0) {
  return {.nick = std::move(nick),
          .network = core::Network::parse(network),
          .by = "alice",
          .reason = "spam",
          .until = until};
}

Sanctions::Suspect called(std::string_view nick, const core::Address& from = {}) {
  return {.nick = nick, .address = from};
}

bool add(Sanctions& list, const Sanction& sanction, std::time_t now = kNow) {
  if (list.replace(sanction, now)) return true;
  if (list.is_full(now)) return false;
  list.add(sanction, {});
  return true;
}

Visitor visitor() {
  return std::make_shared<Presence>();
}

TEST(Sanctions, EitherTheNickOrTheNetworkIsEnough) {
  Sanctions list;
  EXPECT_TRUE(add(list, against("Bob", "192.0.2.1"), kNow));
  EXPECT_NE(list.find(called("bOB", address("192.0.2.9")), kNow), nullptr);
  EXPECT_NE(list.find(called("eve", address("192.0.2.1")), kNow), nullptr);
  EXPECT_EQ(list.find(called("eve", address("192.0.2.9")), kNow), nullptr);
  EXPECT_EQ(list.find(called("eve", core::Address()), kNow), nullptr);
}

TEST(Sanctions, AreOverByThemselves) {
  Sanctions list;
  add(list, against("bob", {}, kNow + 60), kNow);
  EXPECT_NE(list.find(called("bob", address("192.0.2.1")), kNow + 59), nullptr);
  EXPECT_EQ(list.find(called("bob", address("192.0.2.1")), kNow + 60), nullptr);
  EXPECT_EQ(list.all(kNow + 60).size(), 0u);
  EXPECT_FALSE(list.remove("bob", kNow + 60));
}

TEST(Sanctions, AreLiftedByNickOrByNetwork) {
  Sanctions list;
  add(list, against("bob", "192.0.2.1"), kNow);
  add(list, against("", "192.0.2.0/24"), kNow);
  EXPECT_FALSE(list.remove("eve", kNow));
  EXPECT_FALSE(list.remove("192.0.2.0/25", kNow));
  EXPECT_TRUE(list.remove("BOB", kNow));
  EXPECT_NE(list.find(called("bob", address("192.0.2.1")), kNow), nullptr)
      << "by the network still";
  EXPECT_TRUE(list.remove("192.0.2.0/24", kNow));
  EXPECT_EQ(list.find(called("bob", address("192.0.2.1")), kNow), nullptr);
}

TEST(Sanctions, TheSameAgainTakesThePlaceOfTheFirst) {
  Sanctions list;
  add(list, against("bob", {}, kNow + 1), kNow);
  add(list, against("BOB"), kNow);
  add(list, against("", "192.0.2.1"), kNow);
  add(list, against("", "192.0.2.1"), kNow);
  EXPECT_EQ(list.all(kNow + 1).size(), 2u);
}

TEST(Sanctions, AreSoManyAndOldOnesMakeRoom) {
  Sanctions list;
  for (std::size_t i = 0; i < Sanctions::kMost; ++i) {
    ASSERT_TRUE(add(list, against(fmt::format("n{}", i), {}, i == 0 ? kNow + 1 : 0), kNow));
  }
  EXPECT_FALSE(add(list, against("one-more"), kNow));
  EXPECT_TRUE(add(list, against("one-more"), kNow + 1));
}

TEST(Sanctions, FollowWhoChangesTheNick) {
  Sanctions list;
  const Visitor bob = visitor();
  add(list, {.nick = "bob", .visitor = bob});
  list.rename(visitor(), "innocent");  // of somebody who had that nick for a while
  EXPECT_EQ(list.find(called("innocent", core::Address()), kNow), nullptr);
  list.rename(bob, "robert");
  EXPECT_NE(list.find(called("Robert", core::Address()), kNow), nullptr);
  EXPECT_EQ(list.find(called("bob", core::Address()), kNow), nullptr);
}

TEST(Sanctions, KnowSomebodyByTheAccountOrAsTheVisitorToo) {
  Sanctions list;
  const Visitor bob = visitor();
  add(list, {.nick = "bob", .account = "Robert", .visitor = bob});
  EXPECT_NE(list.find({.nick = "eve", .account = "robert"}, kNow), nullptr);
  EXPECT_NE(list.find({.nick = "eve", .visitor = bob}, kNow), nullptr);
  EXPECT_EQ(list.find({.nick = "eve", .account = "eve", .visitor = visitor()}, kNow), nullptr);
  EXPECT_EQ(list.find({.nick = "robert"}, kNow), nullptr) << "that is a nick, and no account";
  EXPECT_TRUE(list.remove("ROBERT", kNow));
  EXPECT_EQ(list.find({.nick = "bob"}, kNow), nullptr);
}

TEST(Sanctions, WhatWasKnownOfSomebodyIsKeptWhenTheSameComesAgainWhileItIsAway) {
  Sanctions list;
  add(list, against("bob", "192.0.2.1"));
  add(list, against("bob"));
  EXPECT_EQ(list.all(kNow).size(), 1u);
  EXPECT_NE(list.find(called("eve", address("192.0.2.1")), kNow), nullptr);
  add(list, against("bob", "192.0.2.2"));
  EXPECT_EQ(list.all(kNow).size(), 2u);
  EXPECT_NE(list.find(called("eve", address("192.0.2.1")), kNow), nullptr);
  EXPECT_NE(list.find(called("eve", address("192.0.2.2")), kNow), nullptr);
  EXPECT_TRUE(list.remove("bob", kNow));
  EXPECT_EQ(list.all(kNow).size(), 0u);
}

TEST(Sanctions, OfTwoWhoHadTheSameNickAreTwo) {
  Sanctions list;
  const Visitor first = visitor();
  const Visitor second = visitor();
  add(list, {.nick = "bob", .visitor = first});
  add(list, {.nick = "bob", .visitor = second});
  EXPECT_EQ(list.all(kNow).size(), 2u);
  EXPECT_NE(list.find({.nick = "eve", .visitor = first}, kNow), nullptr);
  EXPECT_NE(list.find({.nick = "eve", .visitor = second}, kNow), nullptr);
  EXPECT_TRUE(list.remove("bob", kNow));
  EXPECT_EQ(list.all(kNow).size(), 0u);

  add(list, {.nick = "bob", .account = "robert", .visitor = first});
  add(list, {.nick = "bob", .account = "roberta", .visitor = second});
  add(list, {.nick = "bob", .account = "ROBERTA", .visitor = second});
  EXPECT_EQ(list.all(kNow).size(), 2u);
}

TEST(Sanctions, OneOfSomebodyWhoIsGoneMakesRoomForTheNextOfThatNick) {
  Sanctions list;
  const auto gone = std::make_shared<Presence>();
  add(list, {.nick = "bob", .visitor = gone});
  gone->is_here = false;
  const Visitor next = visitor();
  add(list, {.nick = "bob", .visitor = next});
  EXPECT_EQ(list.all(kNow).size(), 1u);
  EXPECT_NE(list.find({.nick = "eve", .visitor = next}, kNow), nullptr);
}

TEST(HouseRules, AnInvitationLetsInOnce) {
  HouseRules rules;
  const Visitor bob = visitor();
  const Visitor eve = visitor();
  EXPECT_FALSE(rules.is_invited(bob));
  EXPECT_TRUE(rules.invite(bob, {}));
  EXPECT_TRUE(rules.is_invited(bob));
  EXPECT_FALSE(rules.take_invitation(eve));
  EXPECT_TRUE(rules.take_invitation(bob));
  EXPECT_FALSE(rules.take_invitation(bob));
}

TEST(HouseRules, InvitationsOfThoseWhoAreGoneMakeRoom) {
  HouseRules rules;
  std::vector<std::shared_ptr<Presence>> here;
  for (std::size_t i = 0; i < HouseRules::kInvitationsMost; ++i) {
    here.push_back(std::make_shared<Presence>());
    ASSERT_TRUE(rules.invite(here.back(), {}));
  }
  const Visitor late = visitor();
  EXPECT_FALSE(rules.invite(late, {}));
  here.back()->is_here = false;
  EXPECT_TRUE(rules.invite(late, {}));
}

TEST(HouseRules, ASlowRoomHasATurnForEachEverySoOften) {
  HouseRules rules;
  rules.slow = 30s;
  const core::Time start = core::Time(1h);
  EXPECT_EQ(rules.wait("bob", start), 0s);
  rules.take_turn("bob", start);
  EXPECT_EQ(rules.wait("eve", start + 1s), 0s);
  EXPECT_EQ(rules.wait("bob", start + 10s), 20s);
  rules.take_turn("bob", start + 10s);
  EXPECT_EQ(rules.wait("bob", start + 30s), 0s) << "what came too soon has not counted";
  rules.take_turn("bob", start + 30s);
  EXPECT_EQ(rules.wait("bob", start + 59s), 1s);
}

TEST(HouseRules, TurnsOfLongAgoAreForgotten) {
  HouseRules rules;
  rules.slow = 1s;
  for (int i = 0; i < 1000; ++i) rules.take_turn(std::to_string(i), core::Time(1h + i * 1s));
  EXPECT_LE(rules.turns_remembered(), 128u);
}

TEST(HouseRules, OnlySoManyTurnsAreRemembered) {
  HouseRules rules;
  rules.slow = HouseRules::kSlowMost;
  const int most = static_cast<int>(HouseRules::kSpeakersMost);
  for (int i = 0; i < most + 100; ++i) rules.take_turn(std::to_string(i), core::Time(1h));
  EXPECT_EQ(rules.turns_remembered(), HouseRules::kSpeakersMost);
}

}  // namespace
}  // namespace server
