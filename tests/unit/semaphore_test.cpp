// Semaphore: so many at a time, in turn, and no permit lost to a cancel.
#include "core/semaphore.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;

class SemaphoreTest : public support::ScriptedTest {
 protected:
  static Task<void> use(Semaphore& semaphore, Events& events, std::string name) {
    std::string end = name + " cancelled";
    try {
      const Semaphore::Permit permit = co_await semaphore.acquire();
      events.push_back(name + " in");
      co_await sleep(1s);
      end = name + " out";
    } catch (const Cancelled&) {
    }
    events.push_back(end);
  }
  TaskHandle<void> start(const std::string& name) {
    return loop_.spawn(use(semaphore_, events_, name), name);
  }
  void run_all() {
    while (loop_.task_count() > 0) loop_.run_once();
  }

  Semaphore semaphore_{2};
};

TEST_F(SemaphoreTest, SoManyAreInAtATimeAndTheOthersFollowInTheOrderTheyCame) {
  for (const char* const name : {"a", "b", "c", "d"}) start(name).detach();
  settle();
  EXPECT_EQ(semaphore_.available(), 0U);
  run_all();
  EXPECT_EQ(events_, (Events{"a in", "b in", "a out", "b out", "c in", "d in", "c out", "d out"}));
  EXPECT_EQ(semaphore_.available(), 2U);
}

TEST_F(SemaphoreTest, TryingTakesWhatIsAvailable) {
  std::optional<Semaphore::Permit> one = semaphore_.try_acquire();
  const std::optional<Semaphore::Permit> two = semaphore_.try_acquire();
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(semaphore_.try_acquire().has_value());
  one->release();
  EXPECT_EQ(semaphore_.available(), 1U);
  one->release();  // nothing
  EXPECT_EQ(semaphore_.available(), 1U);
}

TEST_F(SemaphoreTest, APermitGivenBackBelongsToTheFirstInLineAtOnce) {
  std::optional<Semaphore::Permit> one = semaphore_.try_acquire();
  std::optional<Semaphore::Permit> two = semaphore_.try_acquire();
  start("a").detach();
  settle();
  one.reset();
  EXPECT_EQ(semaphore_.available(), 0U);
  EXPECT_FALSE(semaphore_.try_acquire().has_value());
  two.reset();
  run_all();
  EXPECT_EQ(events_, (Events{"a in", "a out"}));
}

TEST_F(SemaphoreTest, ACancelledWaiterLeavesTheLine) {
  start("a").detach();
  start("b").detach();
  TaskHandle<void> c = start("c");
  start("d").detach();
  settle();
  c.cancel();
  run_all();
  EXPECT_EQ(events_, (Events{"a in", "b in", "c cancelled", "a out", "b out", "d in", "d out"}));
}

TEST_F(SemaphoreTest, AWaiterThatIsCancelledAfterItWasGivenAPermitPassesItOn) {
  std::optional<Semaphore::Permit> one = semaphore_.try_acquire();
  const std::optional<Semaphore::Permit> two = semaphore_.try_acquire();
  TaskHandle<void> a = start("a");
  start("b").detach();
  settle();
  one.reset();  // wakes a
  a.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"a in", "a cancelled", "b in"}));
  run_all();
}

TEST_F(SemaphoreTest, OneOfNoneNeverLetsAnybodyIn) {
  constexpr auto body = [](Semaphore& semaphore) -> Task<void> {
    const Semaphore::Permit permit = co_await semaphore.acquire();
  };
  Semaphore none(0);
  EXPECT_THROW(loop_.run(timeout(1s, body(none))), TimeoutError);
}

TEST_F(SemaphoreTest, NoPermitIsLostHoweverWaitersAreCancelled) {
  constexpr auto worker = [](Semaphore& semaphore, std::mt19937& random, int& inside,
                             int& most) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      const Semaphore::Permit permit = co_await semaphore.acquire();
      struct Leaves {
        int& count;
        ~Leaves() { --count; }
      } leaves{inside};
      most = std::max(most, ++inside);
      co_await sleep(std::chrono::seconds(random() % 3));
    }
  };
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Semaphore semaphore(3);
    int inside = 0;
    int most = 0;
    std::vector<TaskHandle<void>> workers;
    for (int i = 0; i < 8; ++i) {
      workers.push_back(loop_.spawn(worker(semaphore, random, inside, most), "worker"));
    }
    for (int step = 0; step < 20; ++step) {
      ring_.advance(std::chrono::seconds(random() % 2));
      loop_.post([] {});
      loop_.run_once();
      if (random() % 4 == 0) workers[random() % workers.size()].cancel();
    }
    run_all();
    EXPECT_EQ(semaphore.available(), 3U);
    EXPECT_EQ(most, 3);
  }
}

using SemaphoreDeathTest = SemaphoreTest;

TEST_F(SemaphoreDeathTest, OneThatGoesBeforeItsPermitsIsAProgrammingError) {
  EXPECT_DEATH(
      {
        auto semaphore = std::make_unique<Semaphore>(1);
        const auto permit = semaphore->try_acquire();
        semaphore.reset();
      },
      "assertion failed");
}

}  // namespace
}  // namespace core
