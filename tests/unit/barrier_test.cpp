// Barrier: all or nobody, round after round.
#include "core/barrier.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;
using support::note_end;

class BarrierTest : public support::ScriptedTest {
 protected:
  static Task<int> wait(Barrier& barrier) {
    const std::size_t place = co_await barrier.wait();
    co_return static_cast<int>(place);
  }
  TaskHandle<void> start() {
    TaskHandle<void> task = loop_.spawn(note_end(events_, wait(barrier_)), "party");
    settle();
    return task;
  }

  Barrier barrier_{3};
};

TEST_F(BarrierTest, AllGoOnWhenTheLastHasComeAndKnowTheirPlaces) {
  start().detach();
  start().detach();
  EXPECT_EQ(barrier_.waiting(), 2U);
  EXPECT_TRUE(events_.empty());
  start().detach();
  std::sort(events_.begin(), events_.end());
  EXPECT_EQ(events_, (Events{"0", "1", "2"}));
  EXPECT_EQ(barrier_.waiting(), 0U);
}

TEST_F(BarrierTest, TheNextRoundBeginsAtOnce) {
  constexpr auto run = [](Barrier& barrier, int& rounds) -> Task<void> {
    for (int i = 0; i < 100; ++i) {
      const std::size_t place = co_await barrier.wait();
      if (place == 0) ++rounds;
    }
  };
  int rounds = 0;
  for (int i = 0; i < 3; ++i) loop_.spawn(run(barrier_, rounds), "runner").detach();
  while (loop_.task_count() > 0) loop_.run_once();
  EXPECT_EQ(rounds, 100);
}

TEST_F(BarrierTest, ABarrierForOneHoldsNobodyUp) {
  Barrier barrier(1);
  EXPECT_EQ(loop_.run(wait(barrier)), 0);
}

TEST_F(BarrierTest, ACancelledPartyLeavesAndTheOthersWaitForAnother) {
  TaskHandle<void> one = start();
  start().detach();
  one.cancel();
  settle();
  EXPECT_EQ(barrier_.waiting(), 1U);
  start().detach();
  EXPECT_EQ(events_, Events{"cancelled"});
  start().detach();
  EXPECT_EQ(events_.size(), 4U);
}

TEST_F(BarrierTest, APartyThatIsCancelledAfterTheLastHasComeGoesOnFirst) {
  TaskHandle<void> one = start();
  start().detach();
  const TaskHandle<void> last = loop_.spawn(note_end(events_, wait(barrier_)), "last");
  loop_.run_once();
  one.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"2", "0", "cancelled later", "1"}));
}

TEST_F(BarrierTest, AbortedItFailsWhoWaitsAndWhoComes) {
  start().detach();
  barrier_.abort();
  settle();
  EXPECT_TRUE(barrier_.broken());
  start().detach();
  EXPECT_EQ(events_, (Events{"the barrier is broken", "the barrier is broken"}));
}

TEST_F(BarrierTest, ResetItFailsWhoWaitsAndIsAsNew) {
  start().detach();
  barrier_.reset();
  for (int i = 0; i < 3; ++i) start().detach();
  EXPECT_FALSE(barrier_.broken());
  ASSERT_EQ(events_.size(), 4U);
  EXPECT_EQ(events_[0], "the barrier is broken");
}

TEST_F(BarrierTest, ResettingABrokenOneMendsIt) {
  barrier_.abort();
  barrier_.reset();
  for (int i = 0; i < 3; ++i) start().detach();
  EXPECT_EQ(events_.size(), 3U);
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "the barrier is broken"), 0);
}

TEST_F(BarrierTest, HoweverPartiesAreCancelledARoundIsOfSoMany) {
  constexpr auto run = [](Barrier& barrier, int& passed) -> Task<void> {
    for (;;) {
      co_await barrier.wait();
      ++passed;
      co_await sleep(1s);
    }
  };
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    int passed = 0;
    std::vector<TaskHandle<void>> parties;
    for (int i = 0; i < 7; ++i) parties.push_back(loop_.spawn(run(barrier_, passed), "party"));
    for (int step = 0; step < 20; ++step) {
      ring_.advance(std::chrono::seconds(random() % 2));
      loop_.post([] {});
      loop_.run_once();
      if (random() % 5 == 0) parties[random() % parties.size()].cancel();
    }
    for (TaskHandle<void>& party : parties) party.cancel();
    settle();
    EXPECT_EQ(passed % 3, 0);
    EXPECT_EQ(barrier_.waiting(), 0U);
    ASSERT_EQ(loop_.task_count(), 0U);
  }
}

using BarrierDeathTest = BarrierTest;

TEST_F(BarrierDeathTest, ABarrierForNobodyIsAProgrammingError) {
  EXPECT_DEATH(Barrier(0), "assertion failed");
}

}  // namespace
}  // namespace core
