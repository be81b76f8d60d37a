// Hubs of several loops over one directory, in one thread, so that what crosses between them comes
// exactly when a test says.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/hub.hpp"
#include "tests/unit/moderation_support.hpp"
#include "tests/unit/server_support.hpp"

namespace server {
namespace {

using support::Guest;
using support::Lines;
using support::types;
using namespace std::chrono_literals;

// One loop with its hub, and the guests there.
class Wing : public support::Wires {
 public:
  Wing(Directory& directory, BanList& bans, const support::PlainEncoder& encoder)
      : hub(loop, directory, bans), encoder_(encoder) {}
  ~Wing() { EXPECT_TRUE(guests_.empty()); }

  Guest& arrive(std::string_view nick) {
    Guest& guest = *guests_.emplace_back(std::make_unique<Guest>(*this, hub, encoder_));
    hub.connect(guest);
    hub.change_nick(guest, nick);
    return guest;
  }
  void end(Guest& guest) {
    hub.disconnect(guest, {});
    std::erase_if(guests_, [&](const auto& one) { return one.get() == &guest; });
  }
  void clear() {
    while (!guests_.empty()) end(*guests_.back());
    loop.run(core::support::nothing());
  }
  void say(Guest& guest, std::string_view text) { hub.say(guest, text, Manner::kSay); }

  Hub hub;

 private:
  const support::PlainEncoder& encoder_;
  std::vector<std::unique_ptr<Guest>> guests_;
};

Config small() {
  Config config;
  config.limits.mailbox = 1000;
  config.limits.max_lag = 300;
  config.chat.replay = 3;
  return config;
}

class HubLoopsTest : public ::testing::Test {
 protected:
  HubLoopsTest() {
    settle();
    forget();
  }
  ~HubLoopsTest() override {
    for (Wing* const wing : {&west_, &east_}) wing->clear();
  }

  // Until nothing moves any more, on both.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      west_.settle();
      east_.settle();
    }
  }
  void forget() {
    for (Guest* const guest : {&alice_, &bob_, &carol_}) {
      guest->told.clear();
      guest->take_lines();
    }
  }

  const Config config_ = small();
  support::PlainEncoder encoder_;
  Directory directory_{config_, {&encoder_}};
  BanList bans_{[] { return std::time_t(0); }};
  Wing west_{directory_, bans_, encoder_};
  Wing east_{directory_, bans_, encoder_};
  Guest& alice_ = west_.arrive("alice");
  Guest& bob_ = east_.arrive("bob");
  Guest& carol_ = east_.arrive("carol");
};

TEST_F(HubLoopsTest, ARoomIsOneWhereverItsMembersLive) {
  west_.say(alice_, "from the west");
  east_.say(bob_, "from the east");
  settle();
  EXPECT_EQ(alice_.take_lines(), (Lines{"#lobby <bob> from the east"}));
  EXPECT_EQ(bob_.take_lines(), (Lines{"#lobby <alice> from the west"}));
  EXPECT_EQ(carol_.take_lines(),
            (Lines{"#lobby <alice> from the west", "#lobby <bob> from the east"}));
}

TEST_F(HubLoopsTest, ManyLinesWakeTheOtherLoopOnce) {
  const int before = east_.ring.wakes;
  for (int i = 0; i < 10; ++i) west_.say(alice_, std::to_string(i));
  EXPECT_EQ(east_.ring.wakes, before);
  west_.settle();
  EXPECT_EQ(east_.ring.wakes, before + 1) << "when the pass ended, once";
  west_.say(alice_, "one more");
  west_.settle();
  EXPECT_EQ(east_.ring.wakes, before + 1) << "it is called already";
  settle();
  EXPECT_EQ(bob_.take_lines().size(), 11u);
  west_.say(alice_, "once more");
  west_.settle();
  EXPECT_EQ(east_.ring.wakes, before + 2);
}

TEST_F(HubLoopsTest, ALoopWithoutMembersIsNotWoken) {
  west_.hub.join(alice_, "#tea");
  settle();
  const int before = east_.ring.wakes;
  west_.say(alice_, "anybody?");
  west_.settle();
  EXPECT_EQ(east_.ring.wakes, before);
  east_.hub.join(bob_, "#tea");
  settle();
  east_.hub.leave(bob_, {});
  settle();
  const int again = east_.ring.wakes;
  west_.say(alice_, "nobody?");
  west_.settle();
  EXPECT_EQ(east_.ring.wakes, again);
}

TEST_F(HubLoopsTest, WhatIsSaidIsCountedWhereItIsSaidWithAllWhoGetIt) {
  west_.say(alice_, "hello");
  EXPECT_EQ(west_.hub.statistics().messages, 1u);
  EXPECT_EQ(west_.hub.statistics().deliveries, 2u);
  EXPECT_EQ(east_.hub.statistics().messages, 0u);
}

TEST_F(HubLoopsTest, NamesAreTakenEverywhere) {
  east_.hub.change_nick(bob_, "ALICE");
  EXPECT_EQ(bob_.take_told(), (Lines{"-- taken: ALICE"}));
}

TEST_F(HubLoopsTest, ComingsRenamesAndGoingsAreToldEverywhere) {
  Guest& dave = west_.arrive("dave");
  settle();
  EXPECT_EQ(bob_.take_lines(),
            (Lines{"#lobby joined: guest-4", "#lobby renamed: guest-4 to dave +0"}));
  west_.end(dave);
  settle();
  EXPECT_EQ(bob_.take_lines(), (Lines{"#lobby left: dave"}));
}

TEST_F(HubLoopsTest, MembersAndPeopleOfOtherLoopsAreListed) {
  west_.hub.list_members(alice_, {});
  EXPECT_EQ(alice_.take_told(), (Lines{"-- members of #lobby: alice,bob,carol"}));
  east_.hub.join(bob_, "#tea");
  west_.hub.describe(alice_, "bob");
  EXPECT_EQ(alice_.take_told(), (Lines{"-- bob in #lobby,@#tea for 0s"}));
}

TEST_F(HubLoopsTest, WhatWasSaidIsReplayedOnAnyLoop) {
  west_.say(alice_, "one");
  east_.say(bob_, "two");
  Guest& dave = east_.arrive("dave");
  settle();
  const Lines lines = dave.take_lines();
  EXPECT_NE(std::find(lines.begin(), lines.end(), "#lobby <alice> one"), lines.end());
  EXPECT_NE(std::find(lines.begin(), lines.end(), "#lobby <bob> two"), lines.end());
}

TEST_F(HubLoopsTest, WhoLeavesGetsEverythingUntilThen) {
  west_.say(alice_, "one");
  east_.hub.leave(bob_, {});
  west_.say(alice_, "two");
  settle();
  EXPECT_EQ(bob_.take_lines(), (Lines{"#lobby <alice> one", "-- exited #lobby, now in ''"}));
}

TEST_F(HubLoopsTest, ALaggardOnAnotherLoopIsToldWhatItMissed) {
  bob_.stall();
  for (int i = 0; i < 100; ++i) {
    west_.say(alice_, std::to_string(i));
    settle();
  }
  bob_.unstall();
  settle();
  std::size_t said = 0;
  std::size_t missed = 0;
  for (const std::string& line : bob_.take_lines()) {
    if (line.starts_with("#lobby <alice> ")) ++said;
    if (line.starts_with("-- missed ")) missed += std::stoul(line.substr(10));
  }
  EXPECT_GT(missed, 0u);
  EXPECT_EQ(said + missed, 100u);
  EXPECT_EQ(carol_.take_lines().size(), 100u);
}

// --- Private lines. ---

TEST_F(HubLoopsTest, APrivateLineCrossesAndIsAnsweredAtOnce) {
  west_.hub.tell(alice_, "Bob", "psst");
  EXPECT_EQ(alice_.take_told(), (Lines{"-- told bob: psst"}));
  EXPECT_EQ(bob_.take_told(), Lines());
  settle();
  EXPECT_EQ(bob_.take_told(), (Lines{"-- alice tells: psst"}));
}

TEST_F(HubLoopsTest, APrivateLineReachesWhoItWasForThoughItIsCalledSomethingElseByThen) {
  west_.hub.tell(alice_, "bob", "psst");
  east_.hub.change_nick(bob_, "robert");
  east_.hub.change_nick(carol_, "bob");
  settle();
  const Lines told = bob_.take_told();
  EXPECT_EQ(told.back(), "-- alice tells: psst");
  EXPECT_EQ(carol_.take_told(), (Lines{"-- you are bob"}));
}

TEST_F(HubLoopsTest, OfOneWhoWentMeanwhileTheSenderHears) {
  west_.hub.tell(alice_, "carol", "psst");
  east_.end(carol_);
  settle();
  const Lines told = alice_.take_told();
  EXPECT_EQ(told, (Lines{"-- told carol: psst", "-- undelivered to carol, gone"}));
}

TEST_F(HubLoopsTest, OfAFullMailboxTheSenderHears) {
  bob_.stall();
  for (int i = 0; i < 3; ++i) west_.hub.tell(alice_, "bob", std::string(450, 'x'));
  settle();
  const Lines told = alice_.take_told();
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told.back(), "-- undelivered to bob");
  bob_.unstall();
  settle();
  EXPECT_EQ(bob_.take_lines().size(), 2u);
}

TEST_F(HubLoopsTest, ASenderWhoIsGoneHearsNothing) {
  Guest& dave = west_.arrive("dave");
  bob_.stall();
  for (int i = 0; i < 3; ++i) west_.hub.tell(dave, "bob", std::string(450, 'x'));
  west_.end(dave);
  settle();
  bob_.unstall();
  settle();
}

// --- A hub that is gone. ---

// In the north there was one who wanted something of the others, and left at once; then its hub
// ended, while what it sent was on its way.
class GoneHubTest : public HubLoopsTest {
 protected:
  GoneHubTest() {
    dave_->hub().connect(*dave_);
    types(*dave_, "/nick dave");
    hub_->make_operator(*dave_);
    types(*dave_, "/join #tea");
    for (Guest* const guest : {&bob_, &carol_}) types(*guest, "/join #tea");
    settle();
    north_.settle();
    forget();
  }
  ~GoneHubTest() override { north_.loop.run(core::support::nothing()); }

  void leave() {
    hub_->disconnect(*dave_, {});
    dave_.reset();
    hub_.reset();
  }
  void settle_all() {
    settle();
    north_.settle();
  }

  support::Wires north_;
  std::unique_ptr<Hub> hub_ = std::make_unique<Hub>(north_.loop, directory_, bans_);
  std::unique_ptr<Guest> dave_ = std::make_unique<Guest>(north_, *hub_, encoder_);
};

TEST_F(GoneHubTest, WhatItHasSentIsTold) {
  types(*dave_, "/msg bob psst");
  leave();
  settle_all();
  EXPECT_EQ(bob_.take_told(), (Lines{"-- dave tells: psst"}));
}

TEST_F(GoneHubTest, NobodyIsAnsweredThere) {
  bob_.stall();
  for (int i = 0; i < 3; ++i) types(*dave_, "/msg bob " + std::string(450, 'x'));
  types(*dave_, "/kick carol");
  leave();
  types(carol_, "/leave #tea");
  settle_all();
  bob_.unstall();
  settle_all();
  EXPECT_EQ(bob_.take_told().size(), 2u) << "its mailbox was full";
}

TEST_F(GoneHubTest, ThatANickIsFreeIsSaidInATurnOfItsOwn) {
  bool freed = false;
  hub_->end_other(*dave_, "nobody", [&freed] { freed = true; });
  EXPECT_FALSE(freed) << "the directory is locked";
  settle_all();
  EXPECT_TRUE(freed);
  leave();
}

TEST_F(GoneHubTest, WhatItWantedDoneIsDone) {
  hub_->show_statistics(*dave_);
  north_.settle();
  bool freed = false;
  hub_->end_other(*dave_, "bob", [&freed] { freed = true; });
  types(*dave_, "/kill carol spam");
  leave();
  settle_all();
  EXPECT_EQ(bob_.evictions, (Lines{"you logged in elsewhere"}));
  EXPECT_EQ(carol_.evictions, (Lines{"spam"}));
  EXPECT_TRUE(freed);
}

// --- Keeping order. ---

// Alice, in the west, has begun #tea, and the others are in it.
class ModerationLoopsTest : public HubLoopsTest {
 protected:
  ModerationLoopsTest() {
    west_.hub.join(alice_, "#tea");
    for (Guest* const guest : {&bob_, &carol_}) east_.hub.join(*guest, "#tea");
    settle();
    forget();
  }
};

TEST_F(ModerationLoopsTest, WhoIsKickedIsOutWhereItLives) {
  types(alice_, "/kick bob too loud");
  EXPECT_EQ(bob_.memberships().size(), 2u) << "its own loop sees to it";
  settle();
  EXPECT_EQ(bob_.memberships().size(), 1u);
  EXPECT_EQ(bob_.take_told(),
            (Lines{"-- kicked from #tea by alice (too loud)", "-- exited #tea, now in '#lobby'"}));
  for (Guest* const guest : {&alice_, &carol_}) {
    EXPECT_EQ(guest->take_lines(), (Lines{"#tea -- bob was kicked by alice (too loud)"}));
  }
}

TEST_F(ModerationLoopsTest, OfOneWhoHasLeftMeanwhileTheOperatorHears) {
  types(alice_, "/kick bob");
  types(bob_, "/leave #tea");
  types(alice_, "/kick carol");
  east_.end(carol_);
  settle();
  EXPECT_EQ(alice_.take_told(), (Lines{"-- error: bob is not in #tea; /who lists who is",
                                       "-- error: carol is not in #tea; /who lists who is"}));
}

TEST_F(ModerationLoopsTest, WhoKicksAndGoesKicksAllTheSame) {
  types(alice_, "/kick bob");
  west_.end(alice_);
  settle();
  EXPECT_EQ(bob_.memberships().size(), 1u);
}

TEST_F(ModerationLoopsTest, RolesMutesAndInvitationsReachOtherLoops) {
  types(alice_, "/mute bob");
  types(bob_, "hello?");
  settle();
  EXPECT_EQ(bob_.take_told(), (Lines{"-- error: alice has muted you in #tea until it is lifted"}));
  types(alice_, "/op bob");
  types(bob_, "hello");
  settle();
  const Lines lines = alice_.take_lines();
  EXPECT_EQ(lines.back(), "#tea <bob> hello");
  types(carol_, "/leave #tea");
  forget();
  types(bob_, "/closed on");
  types(alice_, "/invite carol");
  settle();
  EXPECT_EQ(carol_.take_told(), (Lines{"-- alice invites you to #tea; /join #tea accepts"}));
  types(carol_, "/join #tea");
  EXPECT_EQ(carol_.memberships().size(), 2u);
}

TEST_F(ModerationLoopsTest, EverybodyOnEveryLoopIsToldOnce) {
  west_.hub.make_operator(alice_);
  forget();
  types(alice_, "/wall closing soon");
  settle();
  for (Guest* const guest : {&alice_, &bob_, &carol_}) {
    EXPECT_EQ(guest->take_told(), (Lines{"-- 00:00 alice tells everybody: closing soon"}));
  }
}

TEST_F(ModerationLoopsTest, AConnectionOfAnotherLoopIsEndedThere) {
  west_.hub.make_operator(alice_);
  types(alice_, "/kill bob spam");
  types(alice_, "/kill carol");
  east_.end(carol_);
  EXPECT_EQ(bob_.evictions, Lines());
  settle();
  EXPECT_EQ(bob_.evictions, (Lines{"spam"}));
}

TEST_F(HubLoopsTest, StatisticsAreOfAllLoopsAndToldWhenAllHaveAnswered) {
  west_.say(alice_, "one");
  east_.say(bob_, "two");
  west_.hub.show_statistics(alice_);
  west_.settle();
  EXPECT_EQ(alice_.take_told(), Lines());
  settle();
  EXPECT_EQ(alice_.take_told(),
            (Lines{"-- stats of 2 loops, 1 rooms: 3 people, 2 messages, 4 deliveries"}));
}

TEST_F(HubLoopsTest, ALaggardCountsInTheStatisticsOfItsLoop) {
  bob_.stall();
  for (int i = 0; i < 100; ++i) {
    west_.say(alice_, std::to_string(i));
    settle();
  }
  EXPECT_GT(east_.hub.statistics().lags.count(), 90u);
  EXPECT_GT(east_.hub.statistics().missed, 0u);
  EXPECT_GT(east_.hub.statistics().sends.blocked, 0u);
  EXPECT_EQ(west_.hub.statistics().lags.count(), 0u);
  EXPECT_GT(east_.hub.statistics().passes.count(), 100u);
  bob_.unstall();
}

TEST_F(HubLoopsTest, ADigestIsOneOfAllLoops) {
  std::vector<Guest*> crowd;
  for (std::size_t i = 0; i < config_.chat.digest_above; ++i) {
    crowd.push_back(&(i % 2 == 0 ? west_ : east_).arrive("early" + std::to_string(i)));
  }
  for (Wing* const wing : {&west_, &east_}) wing->pass_time(config_.chat.digest_interval);
  settle();
  forget();
  west_.arrive("x");
  east_.arrive("y");
  west_.pass_time(config_.chat.digest_interval);
  settle();
  for (Guest* const guest : {&alice_, &bob_}) {
    const Lines lines = guest->take_lines();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_TRUE(lines[0].starts_with("#lobby joined: guest-")) << lines[0];
    EXPECT_TRUE(lines[1].starts_with("#lobby renamed: guest-")) << lines[1];
  }
}

}  // namespace
}  // namespace server
