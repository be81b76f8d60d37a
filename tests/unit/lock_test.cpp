// Lock: one at a time, in turn, and no wake-up lost to a cancel.
#include "core/lock.hpp"

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

class LockTest : public support::ScriptedTest {
 protected:
  // Takes the lock for a while and writes that down.
  static Task<void> use(Lock& lock, Duration duration, Events& events, std::string name) {
    std::string end = name + " cancelled";
    try {
      const Lock::Guard guard = co_await lock.acquire();
      events.push_back(name + " has it");
      co_await sleep(duration);
      end = name + " is done";
    } catch (const Cancelled&) {
    }
    events.push_back(end);
  }
  TaskHandle<void> start(const std::string& name, Duration duration = 1s) {
    return loop_.spawn(use(lock_, duration, events_, name), name);
  }
  void run_all() {
    while (loop_.task_count() > 0) loop_.run_once();
  }

  Lock lock_;
};

TEST_F(LockTest, AFreeLockIsHadAtOnceAndGivenBackWithTheGuard) {
  constexpr auto body = [](Lock& lock, const support::Passes& passes) -> Task<void> {
    const int before = passes.count();
    {
      const Lock::Guard guard = co_await lock.acquire();
      EXPECT_TRUE(lock.is_held_by(guard));
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
    EXPECT_EQ(passes.count(), before);
  };
  const support::Passes passes(loop_);
  loop_.run(body(lock_, passes));
}

TEST_F(LockTest, OnlyOneHasItAndTheOthersGetItInTheOrderTheyCame) {
  for (const char* const name : {"one", "two", "three"}) start(name).detach();
  run_all();
  EXPECT_EQ(events_, (Events{"one has it", "one is done", "two has it", "two is done",
                             "three has it", "three is done"}));
}

TEST_F(LockTest, NobodyOvertakesWhoWasGivenTheLock) {
  // "one" gives the lock back and asks for it again at once: "two" had waited.
  constexpr auto greedy = [](Lock& lock, Events& events) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      const Lock::Guard guard = co_await lock.acquire();
      events.emplace_back("greedy has it");
      co_await sleep(1s);
    }
  };
  loop_.spawn(greedy(lock_, events_), "greedy").detach();
  start("two").detach();
  run_all();
  EXPECT_EQ(events_, (Events{"greedy has it", "two has it", "two is done", "greedy has it"}));
}

TEST_F(LockTest, AReleasedLockBelongsToTheFirstInLineAtOnce) {
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  start("one").detach();
  settle();
  guard->release();
  EXPECT_TRUE(lock_.locked());
  EXPECT_FALSE(lock_.try_acquire().has_value());
  run_all();
  EXPECT_EQ(events_, (Events{"one has it", "one is done"}));
}

TEST_F(LockTest, TryingTakesAFreeLockOnly) {
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  ASSERT_TRUE(guard.has_value());
  EXPECT_FALSE(lock_.try_acquire().has_value());
  guard.reset();
  EXPECT_TRUE(lock_.try_acquire().has_value());
}

TEST_F(LockTest, AGuardCanBeMovedAndGivenBackEarly) {
  Lock::Guard first = *lock_.try_acquire();
  Lock::Guard second = std::move(first);
  EXPECT_FALSE(static_cast<bool>(first));
  EXPECT_TRUE(static_cast<bool>(second));
  first.release();  // nothing
  EXPECT_TRUE(lock_.locked());
  second = Lock::Guard();
  EXPECT_FALSE(lock_.locked());
}

TEST_F(LockTest, AnExceptionGivesTheLockBack) {
  constexpr auto body = [](Lock& lock) -> Task<void> {
    const Lock::Guard guard = co_await lock.acquire();
    co_await sleep(1s);
    throw support::OwnError("it broke");
  };
  EXPECT_THROW(loop_.run(body(lock_)), support::OwnError);
  EXPECT_FALSE(lock_.locked());
}

TEST_F(LockTest, ACancelledWaiterLeavesTheLine) {
  start("one").detach();
  TaskHandle<void> two = start("two");
  start("three").detach();
  settle();
  two.cancel();
  run_all();
  EXPECT_EQ(events_, (Events{"one has it", "two cancelled", "one is done", "three has it",
                             "three is done"}));
}

TEST_F(LockTest, AWaiterThatIsCancelledAfterItWasGivenTheLockPassesItOn) {
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  TaskHandle<void> one = start("one");
  start("two").detach();
  settle();
  guard.reset();  // wakes one
  one.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"one has it", "one cancelled", "two has it"}));
  run_all();
}

TEST_F(LockTest, AWaiterThatIsCancelledBeforeTheLockIsGivenBackDoesNotGetIt) {
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  TaskHandle<void> one = start("one");
  start("two").detach();
  settle();
  one.cancel();
  guard.reset();
  settle();
  EXPECT_EQ(events_, (Events{"one cancelled", "two has it"}));
  run_all();
}

TEST_F(LockTest, AFreeLockIsNotTakenByATaskThatWasAskedToStop) {
  TaskHandle<void> one = start("one");
  one.cancel();
  settle();
  EXPECT_EQ(events_, Events{"one cancelled"});
  EXPECT_FALSE(lock_.locked());
}

TEST_F(LockTest, WaitingForItCanTimeOut) {
  start("one", 5s).detach();
  loop_.spawn(support::note_end(events_, timeout(1s, use(lock_, 1s, events_, "two"))), "two")
      .detach();
  run_all();
  EXPECT_EQ(events_, (Events{"one has it", "two cancelled", "ended", "one is done"}))
      << "the user swallows the cancel";
}

// Whatever is cancelled when: one at a time, in the order of coming, and the lock is free in the
// end.
TEST_F(LockTest, NoWakeUpIsLostHoweverWaitersAreCancelled) {
  constexpr auto worker = [](Lock& lock, std::mt19937& random, int& holders,
                             int& served) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      const Lock::Guard guard = co_await lock.acquire();
      EXPECT_EQ(++holders, 1);
      struct Leaves {
        int& count;
        ~Leaves() { --count; }
      } leaves{holders};
      ++served;
      co_await sleep(std::chrono::seconds(random() % 3));
    }
  };
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    int holders = 0;
    int served = 0;
    std::vector<TaskHandle<void>> workers;
    for (int i = 0; i < 6; ++i) {
      workers.push_back(loop_.spawn(worker(lock_, random, holders, served), "worker"));
    }
    for (int step = 0; step < 20; ++step) {
      ring_.advance(std::chrono::seconds(random() % 2));
      loop_.post([] {});
      loop_.run_once();
      if (random() % 4 == 0) workers[random() % workers.size()].cancel();
    }
    run_all();
    EXPECT_FALSE(lock_.locked());
    EXPECT_EQ(holders, 0);
    EXPECT_GT(served, 0);
  }
}

using LockDeathTest = LockTest;

TEST_F(LockDeathTest, ALockThatGoesWhileSomebodyHasItIsAProgrammingError) {
  EXPECT_DEATH(
      {
        auto lock = std::make_unique<Lock>();
        const auto guard = lock->try_acquire();
        lock.reset();
      },
      "assertion failed");
}

}  // namespace
}  // namespace core
