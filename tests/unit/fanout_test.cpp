// The walk over a huge room's members: a stretch at a time, and nobody forgotten.
#include "server/fanout.hpp"

#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server_support.hpp"

namespace server {
namespace {

using support::Guest;
using support::House;
using support::Lines;
using namespace std::chrono_literals;

constexpr std::size_t kHuge = 6 * Fanout::kVisitsPerPass;
// How long its lines wait for others.
constexpr core::Duration kGather = (kHuge + 2) * Fanout::kGatherPerMember;

Config in_silence() {
  Config config;
  config.chat.digest_above = 0;
  config.chat.replay = 0;
  config.limits.max_lag = core::kMiB;
  return config;
}

class FanoutTest : public ::testing::Test {
 protected:
  // Everybody in the lobby, and two who have gone to a room of their own.
  FanoutTest() {
    while (crowd_.size() < kHuge) crowd_.push_back(&house_.enter());
    for (Guest* const guest : {&alice_, &bob_}) {
      house_.hub.join(*guest, "#tea");
      house_.hub.leave(*guest, "#lobby");
    }
    house_.pass_time(10s);
    house_.forget();
  }

  ~FanoutTest() override { settle(); }

  // One pass, in which something happens. Between two of them the kernel has the sends.
  void pass(std::function<void()> happening = [] {}) { pass(kGather, std::move(happening)); }
  void pass(
      core::Duration takes, std::function<void()> happening = [] {}) {
    house_.loop.call_soon(std::move(happening));
    house_.loop.run_once();
    house_.ring.advance(takes);
  }
  void settle() {
    for (std::size_t i = 0; i < kHuge / Fanout::kVisitsPerPass + 2; ++i) pass();
    house_.settle();
  }
  std::size_t served() const {
    std::size_t count = 0;
    for (const Guest* const guest : crowd_) {
      const auto wire = house_.ring.wire.find(guest->socket);
      if (wire != house_.ring.wire.end() && !wire->second.empty()) ++count;
    }
    return count;
  }

  House house_{in_silence()};
  std::vector<Guest*> crowd_;
  Guest& alice_ = house_.arrive("alice");
  Guest& bob_ = house_.arrive("bob");
};

TEST_F(FanoutTest, EverybodyInAHugeRoomGetsALineOnce) {
  house_.say(*crowd_[0], "hello");
  settle();
  for (std::size_t i = 1; i < crowd_.size(); ++i) {
    ASSERT_EQ(crowd_[i]->take_lines(), (Lines{"#lobby <guest-3> hello"})) << i;
  }
}

TEST_F(FanoutTest, APassServesNoMoreThanItsShare) {
  pass([this] { house_.say(*crowd_[0], "hello"); });
  std::size_t before = served();
  for (std::size_t i = 0; i <= kHuge / Fanout::kVisitsPerPass; ++i) {
    pass();
    const std::size_t now = served();
    EXPECT_LE(now - before, Fanout::kVisitsPerPass);
    before = now;
  }
  EXPECT_EQ(before, kHuge - 1);
}

TEST_F(FanoutTest, ALineOfAnotherRoomWaitsForOnePassOfAHugeOneAtMost) {
  for (int round = 0; round < 20; ++round) {
    pass([this] {
      for (int i = 0; i < 3; ++i) house_.say(*crowd_[0], std::to_string(i));
    });
    pass([this] { house_.say(alice_, "psst"); });
    pass();  // what was in the queue before it
    pass();
    ASSERT_EQ(bob_.take_lines(), (Lines{"#tea <alice> psst"})) << round;
  }
}

// As when more people come and are greeted in every pass than it can send to.
TEST_F(FanoutTest, ARoomIsServedHoweverManyPrivateLinesThereAre) {
  const auto tell_many = [this] {
    for (std::size_t i = 0; i < crowd_.size(); i += 2) crowd_[i]->outflow().append("psst\r\n");
  };
  for (int i = 0; i < 5; ++i) pass(tell_many);
  pass([&] {
    house_.say(alice_, "tea is ready");
    tell_many();
  });
  for (std::size_t i = 0; i < 2 * kHuge / Fanout::kVisitsPerPass; ++i) pass(tell_many);
  EXPECT_EQ(bob_.take_lines(), (Lines{"#tea <alice> tea is ready"}));
}

TEST_F(FanoutTest, LinesForManyWaitWhileOthersKeepComing) {
  for (int i = 0; i < 4; ++i) {
    pass(kGather / 2, [&] { house_.say(*crowd_[0], std::to_string(i)); });
    EXPECT_EQ(served(), 0u);
  }
  const std::uint64_t before = house_.loop.sender().counters().sends;
  settle();
  EXPECT_EQ(served(), kHuge - 1);
  EXPECT_EQ(house_.loop.sender().counters().sends, before + kHuge - 1) << "all in one send each";
}

TEST_F(FanoutTest, ButNotForEver) {
  const core::Time begin = house_.loop.now();
  int said = 0;
  while (served() == 0) {
    pass(kGather / 2, [&] { house_.say(*crowd_[0], std::to_string(said++)); });
    ASSERT_LT(house_.loop.now(), begin + 2 * Fanout::kGatherMost * kGather);
  }
  EXPECT_GT(house_.loop.now(), begin + (Fanout::kGatherMost - 1) * kGather);
}

TEST_F(FanoutTest, WhoIsVisitedLateGetsTheLaterLinesInTheSameSend) {
  const std::uint64_t before = house_.loop.sender().counters().sends;
  for (int i = 0; i < 12; ++i) {
    pass([&] { house_.say(*crowd_[0], std::to_string(i)); });
  }
  settle();
  const std::uint64_t sends = house_.loop.sender().counters().sends - before;
  EXPECT_LT(sends, 12 * (kHuge - 1) / 2);
  for (std::size_t i = 1; i < crowd_.size(); ++i) ASSERT_EQ(crowd_[i]->take_lines().size(), 12u);
}

TEST_F(FanoutTest, ComingAndGoingAmidTheWalkLosesNothing) {
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::map<Guest*, Lines> expected;
    for (Guest* const guest : crowd_) expected[guest];
    for (int step = 0; step < 40; ++step) {
      pass([&] {
        Guest& speaker = *crowd_[random() % crowd_.size()];
        if (speaker.current() == nullptr) return;
        for (auto& [guest, lines] : expected) {
          if (guest == &speaker || guest->current() == nullptr) continue;
          lines.push_back(fmt::format("#lobby <{}> {}", speaker.nick(), step));
        }
        house_.say(speaker, std::to_string(step));
      });
      pass([&] {
        for (int i = 0; i < 30; ++i) {
          Guest& restless = *crowd_[random() % crowd_.size()];
          if (restless.current() != nullptr) {
            house_.hub.leave(restless, {});
          } else {
            house_.hub.join(restless, "#lobby");
          }
        }
      });
    }
    settle();
    for (auto& [guest, lines] : expected) {
      Lines got = guest->take_lines();
      std::erase_if(got, [](const std::string& line) { return line.find('<') == line.npos; });
      ASSERT_EQ(got, lines) << guest->nick();
    }
  }
}

}  // namespace
}  // namespace server
