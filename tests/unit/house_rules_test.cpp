// What operators of a room lay down: bans and mutes, invitations, turns.
#include "server/house_rules.hpp"

#include <memory>
#include <string>

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
  return {std::move(nick), core::Network::parse(network), "alice", "spam", until};
}

TEST(Sanctions, EitherTheNickOrTheNetworkIsEnough) {
  Sanctions list;
  EXPECT_TRUE(list.add(against("Bob", "192.0.2.1"), kNow));
  EXPECT_NE(list.find("bOB", address("192.0.2.9"), kNow), nullptr);
  EXPECT_NE(list.find("eve", address("192.0.2.1"), kNow), nullptr);
  EXPECT_EQ(list.find("eve", address("192.0.2.9"), kNow), nullptr);
  EXPECT_EQ(list.find("eve", core::Address(), kNow), nullptr);
}

TEST(Sanctions, AreOverByThemselves) {
  Sanctions list;
  list.add(against("bob", {}, kNow + 60), kNow);
  EXPECT_NE(list.find("bob", address("192.0.2.1"), kNow + 59), nullptr);
  EXPECT_EQ(list.find("bob", address("192.0.2.1"), kNow + 60), nullptr);
  EXPECT_EQ(list.all(kNow + 60).size(), 0u);
  EXPECT_FALSE(list.remove("bob", kNow + 60));
}

TEST(Sanctions, AreLiftedByNickOrByNetwork) {
  Sanctions list;
  list.add(against("bob", "192.0.2.1"), kNow);
  list.add(against("", "192.0.2.0/24"), kNow);
  EXPECT_FALSE(list.remove("eve", kNow));
  EXPECT_FALSE(list.remove("192.0.2.0/25", kNow));
  EXPECT_TRUE(list.remove("BOB", kNow));
  EXPECT_NE(list.find("bob", address("192.0.2.1"), kNow), nullptr) << "by the network still";
  EXPECT_TRUE(list.remove("192.0.2.0/24", kNow));
  EXPECT_EQ(list.find("bob", address("192.0.2.1"), kNow), nullptr);
}

TEST(Sanctions, TheSameAgainTakesThePlaceOfTheFirst) {
  Sanctions list;
  list.add(against("bob", {}, kNow + 1), kNow);
  list.add(against("BOB"), kNow);
  list.add(against("", "192.0.2.1"), kNow);
  list.add(against("", "192.0.2.1"), kNow);
  EXPECT_EQ(list.all(kNow + 1).size(), 2u);
}

TEST(Sanctions, AreSoManyAndOldOnesMakeRoom) {
  Sanctions list;
  for (std::size_t i = 0; i < Sanctions::kMost; ++i) {
    ASSERT_TRUE(list.add(against(fmt::format("n{}", i), {}, i == 0 ? kNow + 1 : 0), kNow));
  }
  EXPECT_FALSE(list.add(against("one-more"), kNow));
  EXPECT_TRUE(list.add(against("one-more"), kNow + 1));
}

TEST(Sanctions, FollowWhoChangesTheNick) {
  Sanctions list;
  list.add(against("bob"), kNow);
  list.rename("Bob", "robert");
  EXPECT_NE(list.find("Robert", core::Address(), kNow), nullptr);
  EXPECT_EQ(list.find("bob", core::Address(), kNow), nullptr);
}

TEST(HouseRules, AnInvitationLetsInOnce) {
  HouseRules rules;
  User* const nobody = nullptr;
  const auto bob = std::make_shared<User*>(nobody);
  const auto eve = std::make_shared<User*>(nobody);
  EXPECT_TRUE(rules.invite(bob));
  EXPECT_TRUE(rules.invite(bob));
  EXPECT_FALSE(rules.take_invitation(eve));
  EXPECT_TRUE(rules.take_invitation(bob));
  EXPECT_FALSE(rules.take_invitation(bob));
}

TEST(HouseRules, InvitationsOfThoseWhoAreGoneMakeRoom) {
  HouseRules rules;
  std::vector<HouseRules::Visitor> here;
  for (std::size_t i = 0; i < HouseRules::kInvitationsMost; ++i) {
    here.push_back(std::make_shared<User*>(nullptr));
    ASSERT_TRUE(rules.invite(here.back()));
  }
  const auto late = std::make_shared<User*>(nullptr);
  EXPECT_FALSE(rules.invite(late));
  here.pop_back();
  EXPECT_TRUE(rules.invite(late));
}

TEST(HouseRules, ASlowRoomHasATurnForEachEverySoOften) {
  HouseRules rules;
  rules.slow = 30s;
  const auto bob = std::make_shared<User*>(nullptr);
  const auto eve = std::make_shared<User*>(nullptr);
  const core::Time start = core::Time(1h);
  EXPECT_EQ(rules.take_turn(bob, start), 0s);
  EXPECT_EQ(rules.take_turn(eve, start + 1s), 0s);
  EXPECT_EQ(rules.take_turn(bob, start + 10s), 20s);
  EXPECT_EQ(rules.take_turn(bob, start + 30s), 0s) << "what was refused has not counted";
  EXPECT_EQ(rules.take_turn(bob, start + 59s), 1s);
}

TEST(HouseRules, TurnsOfLongAgoAreForgotten) {
  HouseRules rules;
  rules.slow = 1s;
  std::vector<std::weak_ptr<User*>> speakers;
  for (int i = 0; i < 1000; ++i) {
    const auto one = std::make_shared<User*>(nullptr);
    speakers.push_back(one);
    rules.take_turn(one, core::Time(1h + i * 1s));
  }
  std::size_t kept = 0;
  for (const auto& one : speakers) kept += one.expired() ? 0 : 1;
  EXPECT_LE(kept, 128u);
}

}  // namespace
}  // namespace server
