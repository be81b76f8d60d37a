// Condition: waiting under a lock, and no notification lost to a cancel.
#include "core/condition.hpp"

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

class ConditionTest : public support::ScriptedTest {
 protected:
  // Waits once and writes down how that ended, and whether it had the lock.
  static Task<void> wait_once(Lock& lock, Condition& condition, Events& events, std::string name) {
    const Lock::Guard guard = co_await lock.acquire();
    std::string end = " cancelled";
    try {
      co_await condition.wait(guard);
      end = " notified";
    } catch (const Cancelled&) {
    }
    EXPECT_TRUE(lock.locked());
    EXPECT_FALSE(lock.try_acquire().has_value());
    events.push_back(name + end);
    try {
      co_await sleep(0s);
    } catch (const Cancelled&) {
      events.push_back(name + " cancelled later");
    }
  }
  TaskHandle<void> start(const std::string& name) {
    TaskHandle<void> task = loop_.spawn(wait_once(lock_, condition_, events_, name), name);
    settle();
    return task;
  }
  void notify_one() {
    const auto guard = lock_.try_acquire();
    ASSERT_TRUE(guard.has_value());
    condition_.notify_one();
  }

  Lock lock_;
  Condition condition_{lock_};
};

TEST_F(ConditionTest, WaitingGivesTheLockUpAndReturnsWithIt) {
  start("one").detach();
  EXPECT_FALSE(lock_.locked());
  notify_one();
  settle();
  EXPECT_EQ(events_, Events{"one notified"});
  EXPECT_FALSE(lock_.locked());
}

TEST_F(ConditionTest, OneNotificationWakesTheFirstThatCame) {
  start("one").detach();
  start("two").detach();
  notify_one();
  settle();
  EXPECT_EQ(events_, Events{"one notified"});
  notify_one();
  settle();
  EXPECT_EQ(events_, (Events{"one notified", "two notified"}));
}

TEST_F(ConditionTest, NotifyingAllWakesThemOneAfterTheOther) {
  for (const char* const name : {"one", "two", "three"}) start(name).detach();
  {
    const auto guard = lock_.try_acquire();
    condition_.notify_all();
    settle();
    EXPECT_TRUE(events_.empty()) << "the notifier has the lock";
  }
  settle();
  EXPECT_EQ(events_, (Events{"one notified", "two notified", "three notified"}));
}

TEST_F(ConditionTest, ANotificationWithoutWaitersIsNotKept) {
  notify_one();
  TaskHandle<void> one = start("one");
  EXPECT_TRUE(events_.empty()) << "it came before";
  one.cancel();
  settle();
}

TEST_F(ConditionTest, ACancelledWaitHasTheLockAgainWhenItRaises) {
  TaskHandle<void> one = start("one");
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  one.cancel();
  settle();
  EXPECT_TRUE(events_.empty()) << "it waits for the lock";
  guard.reset();
  settle();
  EXPECT_EQ(events_, Events{"one cancelled"});
  EXPECT_FALSE(lock_.locked());
}

TEST_F(ConditionTest, ACancelledWaitUsesNoNotification) {
  TaskHandle<void> one = start("one");
  start("two").detach();
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  one.cancel();
  condition_.notify_one();
  guard.reset();
  settle();
  EXPECT_EQ(events_, (Events{"one cancelled", "two notified"}));
}

TEST_F(ConditionTest, AWaitThatIsCancelledAfterItWasNotifiedReturnsFirst) {
  TaskHandle<void> one = start("one");
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  condition_.notify_one();
  one.cancel();  // it stands in line for the lock
  settle();
  guard.reset();
  settle();
  EXPECT_EQ(events_, (Events{"one notified", "one cancelled later"}));
}

TEST_F(ConditionTest, ASecondCancelDoesNotHurryItToTheLock) {
  TaskHandle<void> one = start("one");
  std::optional<Lock::Guard> guard = lock_.try_acquire();
  one.cancel();
  one.cancel();
  settle();
  EXPECT_TRUE(events_.empty());
  guard.reset();
  settle();
  EXPECT_EQ(events_, Events{"one cancelled"});
  EXPECT_EQ(one.context().cancelling(), 2);
}

TEST_F(ConditionTest, WhoWasAskedToStopKeepsTheLockAndIsTold) {
  constexpr auto body = [](Lock& lock, Condition& condition, Events& events) -> Task<void> {
    const Lock::Guard guard = co_await lock.acquire();
    current_task().cancel();
    try {
      co_await condition.wait(guard);
    } catch (const Cancelled&) {
      events.emplace_back(lock.locked() ? "cancelled with the lock" : "without");
    }
  };
  loop_.run(body(lock_, condition_, events_));
  EXPECT_EQ(events_, Events{"cancelled with the lock"});
}

TEST_F(ConditionTest, WaitingForAPredicateLooksAgainAfterEveryNotification) {
  constexpr auto wait = [](Lock& lock, Condition& condition, const int& value,
                           Events& events) -> Task<void> {
    const Lock::Guard guard = co_await lock.acquire();
    auto is_three = [&value] { return value == 3; };
    co_await condition.wait(guard, is_three);
    events.push_back(std::to_string(value));
    co_await condition.wait(guard, is_three);  // at once
  };
  constexpr auto change = [](Lock& lock, Condition& condition, int& value) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      co_await sleep(1s);
      const Lock::Guard guard = co_await lock.acquire();
      ++value;
      condition.notify_one();
    }
  };
  int value = 0;
  loop_.spawn(wait(lock_, condition_, value, events_), "waiter").detach();
  loop_.spawn(change(lock_, condition_, value), "changer").detach();
  while (loop_.task_count() > 0) loop_.run_once();
  EXPECT_EQ(events_, Events{"3"});
}

// Tokens are handed out by single notifications; however waits are cancelled, every token finds
// its taker while there is one.
TEST_F(ConditionTest, NoNotificationIsLostHoweverWaitersAreCancelled) {
  constexpr auto take = [](Lock& lock, Condition& condition, int& tokens) -> Task<void> {
    const Lock::Guard guard = co_await lock.acquire();
    while (tokens == 0) co_await condition.wait(guard);
    --tokens;
  };
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    int tokens = 0;
    std::vector<TaskHandle<void>> takers;
    for (int i = 0; i < 8; ++i) {
      takers.push_back(loop_.spawn(take(lock_, condition_, tokens), "taker"));
    }
    settle();
    for (int step = 0; step < 12; ++step) {
      if (random() % 2 == 0) {
        if (const auto guard = lock_.try_acquire()) {
          ++tokens;
          condition_.notify_one();
        }
      }
      if (random() % 3 == 0) takers[random() % takers.size()].cancel();
      if (random() % 2 == 0) {
        loop_.post([] {});
        loop_.run_once();
      }
    }
    settle();
    EXPECT_FALSE(lock_.locked());
    if (loop_.task_count() > 0) {
      EXPECT_EQ(tokens, 0) << "somebody waits beside a token";
    }
    for (TaskHandle<void>& taker : takers) taker.cancel();
    settle();
    ASSERT_EQ(loop_.task_count(), 0U);
  }
}

using ConditionDeathTest = ConditionTest;

TEST_F(ConditionDeathTest, WaitingWithoutTheLockIsAProgrammingError) {
  EXPECT_DEATH(condition_.wait(Lock::Guard()), "assertion failed");
}

TEST_F(ConditionDeathTest, NotifyingWithoutTheLockIsAProgrammingError) {
  EXPECT_DEATH(condition_.notify_one(), "assertion failed");
  EXPECT_DEATH(condition_.notify_all(), "assertion failed");
}

}  // namespace
}  // namespace core
