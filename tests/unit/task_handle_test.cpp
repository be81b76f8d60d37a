// TaskHandle<T>: a running task from outside. Joined, cancelled through, outlived, dropped.
#include "core/task_handle.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/loop.hpp"
#include "core/timeout.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::nothing;
using support::Reports;
using support::ScriptedRing;

using Events = std::vector<std::string>;

class TaskHandleTest : public ::testing::Test {
 protected:
  // Passes until nothing is ready, without letting time pass.
  void settle() {
    for (int pass = 0; pass < 10; ++pass) {
      loop_.post([] {});
      loop_.run_once();
    }
  }

  ScriptedRing ring_;
  Loop loop_{ring_};
  Events events_;
};

Task<void> forever() {
  co_await sleep(24h);
}

Task<int> give_after(Duration duration, int result) {
  co_await sleep(duration);
  co_return result;
}

Task<int> fail_after(Duration duration) {
  co_await sleep(duration);
  throw std::runtime_error("it broke");
}

// A result that may fail to be moved.
struct Awkward {
  explicit Awkward(int moves_left) : moves(moves_left) {}
  Awkward(Awkward&& other) : moves(other.moves - 1) {
    if (moves < 0) throw std::runtime_error("it does not move any more");
  }
  int moves;
};

TEST_F(TaskHandleTest, AResultThatCannotBeMovedIsTheTasksException) {
  constexpr auto give = [](int moves) -> Task<Awkward> { co_return Awkward(moves); };
  constexpr auto body = [](auto make, int moves, Events& events) -> Task<void> {
    TaskHandle<Awkward> handle = current_loop().spawn(make(moves), "awkward");
    try {
      const Awkward result = co_await handle;
      EXPECT_GT(result.moves, 0);
      events.push_back("moved");
    } catch (const std::runtime_error& error) {
      events.push_back(error.what());
    }
  };
  loop_.run(body(give, 1, events_));
  loop_.run(body(give, 10, events_));
  EXPECT_EQ(events_, (Events{"it does not move any more", "moved"}));
}

// --- Joining ------------------------------------------------------------------------------------

TEST_F(TaskHandleTest, JoiningWaitsForTheResult) {
  constexpr auto body = []() -> Task<int> {
    const TaskHandle<int> handle = current_loop().spawn(give_after(1s, 4), "giver");
    EXPECT_FALSE(handle.done());
    const int result = co_await handle;
    EXPECT_TRUE(handle.done());
    co_return result;
  };
  EXPECT_EQ(loop_.run(body()), 4);
}

TEST_F(TaskHandleTest, JoiningATaskThatIsDoneGivesItsResultAtOnce) {
  constexpr auto body = [](const support::Passes& passes) -> Task<int> {
    const TaskHandle<int> handle = current_loop().spawn(give_after(0s, 4), "giver");
    co_await sleep(1s);
    EXPECT_TRUE(handle.done());
    const int before = passes.count();
    const int result = co_await handle;
    EXPECT_EQ(passes.count(), before);
    co_return result;
  };
  const support::Passes passes(loop_);
  EXPECT_EQ(loop_.run(body(passes)), 4);
}

TEST_F(TaskHandleTest, AHandleMayBeJoinedWhereItIsMade) {
  constexpr auto body = []() -> Task<int> {
    co_return co_await current_loop().spawn(give_after(1s, 4), "giver");
  };
  EXPECT_EQ(loop_.run(body()), 4);
}

TEST_F(TaskHandleTest, AMoveOnlyResultIsHandedOver) {
  constexpr auto give = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(9); };
  constexpr auto body = [](auto giver) -> Task<int> {
    const TaskHandle<std::unique_ptr<int>> handle = current_loop().spawn(giver(), "giver");
    const std::unique_ptr<int> result = co_await handle;
    co_return *result;
  };
  EXPECT_EQ(loop_.run(body(give)), 9);
}

TEST_F(TaskHandleTest, JoiningRethrowsTheException) {
  constexpr auto body = [](Duration before) -> Task<std::string> {
    const TaskHandle<int> handle = current_loop().spawn(fail_after(1s), "failer");
    co_await sleep(before);
    try {
      co_await handle;
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "nothing";
  };
  EXPECT_EQ(loop_.run(body(0s)), "it broke") << "while it waits";
  EXPECT_EQ(loop_.run(body(2s)), "it broke") << "when it is done already";
}

TEST_F(TaskHandleTest, JoiningACancelledTaskRaisesCancelledInWhoJoinsAndLeavesItUncancelled) {
  constexpr auto body = []() -> Task<int> {
    TaskHandle<void> handle = current_loop().spawn(forever(), "sleeper");
    handle.cancel();
    bool cancelled = false;
    try {
      co_await handle;
    } catch (const Cancelled&) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(handle.cancelled());
    co_await sleep(1s);  // nothing is raised any more
    co_return current_task().cancelling();
  };
  EXPECT_EQ(loop_.run(body()), 0);
}

TEST_F(TaskHandleTest, WhoJoinsIsWokenInTheOrderOfJoining) {
  constexpr auto join = [](const TaskHandle<void>& joined, Events& events,
                           std::string name) -> Task<void> {
    co_await joined;
    events.push_back(name);
  };
  constexpr auto end = []() -> Task<void> { co_await sleep(1s); };
  const TaskHandle<void> joined = loop_.spawn(end(), "joined");
  for (const char* const name : {"first", "second", "third"}) {
    loop_.spawn(join(joined, events_, name), std::string(name)).detach();
  }
  while (loop_.task_count() > 0) loop_.run_once();
  EXPECT_EQ(events_, (Events{"first", "second", "third"}));
}

// --- Cancelling through a join ------------------------------------------------------------------

Task<void> wait_and_note(Events& events, std::string name) {
  try {
    co_await forever();
    events.push_back(name + " ended");
  } catch (const Cancelled&) {
    events.push_back(name + " cancelled");
    throw;
  }
}

Task<void> join_and_note(TaskHandle<void> joined, Events& events) {
  try {
    co_await joined;
    events.push_back("joiner ended");
  } catch (const Cancelled&) {
    events.push_back("joiner cancelled");
  }
}

TEST_F(TaskHandleTest, CancellingWhoJoinsCancelsTheTaskThatIsJoinedAndWaitsForIt) {
  TaskHandle<void> joined = loop_.spawn(wait_and_note(events_, "joined"), "joined");
  TaskHandle<void> joiner = loop_.spawn(join_and_note(std::move(joined), events_), "joiner");
  settle();
  joiner.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"joined cancelled", "joiner cancelled"}));
  EXPECT_TRUE(joiner.done());
}

TEST_F(TaskHandleTest, WhenTheJoinedTaskSwallowsTheCancelItsResultBeatsIt) {
  constexpr auto swallow = []() -> Task<int> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancelled = true;
    }
    co_return cancelled ? 6 : 0;
  };
  constexpr auto join = [](TaskHandle<int> joined, Events& events) -> Task<void> {
    const int result = co_await joined;
    events.push_back(std::to_string(result));
    co_await wait_and_note(events, "joiner");
  };
  TaskHandle<int> joined = loop_.spawn(swallow(), "joined");
  TaskHandle<void> joiner = loop_.spawn(join(std::move(joined), events_), "joiner");
  settle();
  joiner.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"6", "joiner cancelled"}));
}

TEST_F(TaskHandleTest, ACancelReachesTheEndOfAChainOfJoins) {
  TaskHandle<void> handle = loop_.spawn(wait_and_note(events_, "last"), "last");
  for (int i = 0; i < 100; ++i) {
    handle = loop_.spawn(join_and_note(std::move(handle), events_), "joiner");
  }
  settle();
  handle.cancel();
  while (!handle.done()) loop_.run_once();
  ASSERT_EQ(events_.size(), 101U);
  EXPECT_EQ(events_.front(), "last cancelled");
  EXPECT_EQ(events_[1], "joiner cancelled");
  EXPECT_EQ(events_.back(), "joiner ended") << "what it joins swallowed the cancel";
}

TEST_F(TaskHandleTest, AFailureWhileBothAreCancelledReachesWhoJoins) {
  constexpr auto fail_on_cancel = []() -> Task<void> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancelled = true;
    }
    if (cancelled) throw std::runtime_error("cleanup failed");
  };
  constexpr auto join = [](TaskHandle<void> joined) -> Task<void> { co_await joined; };
  Reports reports(loop_);
  TaskHandle<void> joined = loop_.spawn(fail_on_cancel(), "joined");
  TaskHandle<void> joiner = loop_.spawn(join(std::move(joined)), "joiner");
  settle();
  joiner.cancel();
  settle();
  ASSERT_TRUE(joiner.done());
  EXPECT_THROW(joiner.result(), std::runtime_error);
  EXPECT_TRUE(reports.all.empty());
}

// --- Lifetimes ----------------------------------------------------------------------------------

TEST_F(TaskHandleTest, AHandleMayOutliveItsTask) {
  TaskHandle<int> handle = loop_.spawn(give_after(1s, 3), "giver");
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(loop_.task_count(), 0U);
  EXPECT_EQ(handle.name(), "giver");
  EXPECT_FALSE(handle.cancel());
  EXPECT_FALSE(handle.cancelled());
  EXPECT_EQ(handle.result(), 3);
}

TEST_F(TaskHandleTest, ATaskRunsOnWhenItsHandleIsDropped) {
  constexpr auto body = [](Events& events) -> Task<void> {
    co_await sleep(1s);
    events.push_back("ran");
  };
  { const TaskHandle<void> handle = loop_.spawn(body(events_), "worker"); }
  while (loop_.task_count() > 0) loop_.run_once();
  EXPECT_EQ(events_, Events{"ran"});
}

TEST_F(TaskHandleTest, WhatATaskWasGivenGoesWhenItIsDoneThoughAHandleIsLeft) {
  constexpr auto hold = [](std::shared_ptr<int> held) -> Task<int> { co_return *held; };
  const auto held = std::make_shared<int>(5);
  TaskHandle<int> handle = loop_.spawn(hold(held), "holder");
  EXPECT_EQ(held.use_count(), 2);
  loop_.run_once();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(handle.result(), 5);
}

// Looks at the task it is destroyed in.
struct KnowsItsTask {
  explicit KnowsItsTask(Events& of) : events(&of) {}
  KnowsItsTask(KnowsItsTask&& other) noexcept : events(std::exchange(other.events, nullptr)) {}
  ~KnowsItsTask() {
    if (events != nullptr) events->push_back("gone in " + std::string(current_task().name()));
  }
  Events* events;
};

TEST_F(TaskHandleTest, WhatATaskWasGivenGoesInThatTask) {
  constexpr auto hold = [](KnowsItsTask /*held*/) -> Task<void> { co_return; };
  loop_.spawn(hold(KnowsItsTask(events_)), "holder").detach();
  loop_.run_once();
  EXPECT_EQ(events_, Events{"gone in holder"});
}

TEST_F(TaskHandleTest, AHandleMayBeDroppedWhileSomebodyJoinsItsTask) {
  constexpr auto join = [](const TaskHandle<std::string>& handle, Events& events) -> Task<void> {
    std::string result = co_await handle;
    events.push_back(std::move(result));
  };
  constexpr auto give = []() -> Task<std::string> {
    co_await sleep(1s);
    co_return std::string(100, 'x');
  };
  auto handle = std::make_unique<TaskHandle<std::string>>(loop_.spawn(give(), "giver"));
  const TaskHandle<void> joiner = loop_.spawn(join(*handle, events_), "joiner");
  settle();
  handle.reset();
  while (!joiner.done()) loop_.run_once();
  EXPECT_EQ(events_, Events{std::string(100, 'x')});
}

TEST_F(TaskHandleTest, AnExceptionIsNotReportedWhenAHandleIsDroppedWhileSomebodyJoins) {
  constexpr auto join = [](const TaskHandle<int>& handle, Events& events) -> Task<void> {
    try {
      co_await handle;
    } catch (const std::runtime_error& error) {
      events.emplace_back(error.what());
    }
  };
  Reports reports(loop_);
  auto handle = std::make_unique<TaskHandle<int>>(loop_.spawn(fail_after(1s), "failer"));
  const TaskHandle<void> joiner = loop_.spawn(join(*handle, events_), "joiner");
  settle();
  handle.reset();
  while (!joiner.done()) loop_.run_once();
  EXPECT_EQ(events_, Events{"it broke"});
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(TaskHandleTest, AMovedHandleIsEmpty) {
  TaskHandle<int> handle = loop_.spawn(give_after(0s, 3), "giver");
  EXPECT_TRUE(static_cast<bool>(handle));
  TaskHandle<int> taken = std::move(handle);
  EXPECT_FALSE(static_cast<bool>(handle));
  handle.detach();  // nothing
  loop_.run_once();
  loop_.run_once();
  EXPECT_EQ(taken.result(), 3);
}

TEST_F(TaskHandleTest, AssigningToAHandleDetachesItsTask) {
  Reports reports(loop_);
  TaskHandle<int> handle = loop_.spawn(fail_after(0s), "failer");
  handle = loop_.spawn(give_after(0s, 3), "giver");
  settle();
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].task, "failer");
  EXPECT_EQ(handle.result(), 3);
}

TEST_F(TaskHandleTest, ATaskMayDropItsOwnHandle) {
  constexpr auto body = [](TaskHandle<void>& own) -> Task<void> {
    own.detach();
    co_await sleep(1s);
  };
  TaskHandle<void> own;
  own = loop_.spawn(body(own), "self");
  while (loop_.task_count() > 0) loop_.run_once();
  EXPECT_FALSE(static_cast<bool>(own));
}

TEST_F(TaskHandleTest, TwoTasksMayCancelEachOther) {
  constexpr auto body = [](TaskHandle<void>& other, Events& events,
                           std::string name) -> Task<void> {
    co_await sleep(1s);
    other.cancel();
    co_await wait_and_note(events, name);
  };
  TaskHandle<void> first;
  TaskHandle<void> second;
  first = loop_.spawn(body(second, events_, "first"), "first");
  second = loop_.spawn(body(first, events_, "second"), "second");
  while (loop_.task_count() > 0) loop_.run_once();
  EXPECT_EQ(events_, (Events{"second cancelled", "first cancelled"}));
}

// --- Who is told when a task is done ------------------------------------------------------------

class OnDone final : public TaskContext::DoneListener {
 public:
  explicit OnDone(std::function<void()> work) : work_(std::move(work)) {}
  void task_done() override { work_(); }

 private:
  std::function<void()> work_;
};

TEST_F(TaskHandleTest, WhoIsToldOfTheEndMayDropTheLastHandle) {
  TaskHandle<void> handle = loop_.spawn(nothing(), "task");
  OnDone listener([&] {
    EXPECT_TRUE(handle.done());
    handle.detach();
  });
  handle.context().add_done_listener(listener);
  loop_.run_once();
  EXPECT_FALSE(static_cast<bool>(handle));
}

TEST_F(TaskHandleTest, WhoIsToldOfTheEndMayCancelOthersAndThatTask) {
  TaskHandle<void> handle = loop_.spawn(nothing(), "task");
  TaskHandle<void> other = loop_.spawn(wait_and_note(events_, "other"), "other");
  OnDone listener([&] {
    EXPECT_FALSE(handle.cancel());
    EXPECT_TRUE(other.cancel());
  });
  handle.context().add_done_listener(listener);
  settle();
  EXPECT_EQ(events_, Events{"other cancelled"});
}

TEST_F(TaskHandleTest, WhoIsToldOfTheEndMayTakeAnotherListenerAway) {
  const TaskHandle<void> handle = loop_.spawn(nothing(), "task");
  OnDone second([&] { events_.push_back("second"); });
  OnDone third([&] { events_.push_back("third"); });
  OnDone first([&] { handle.context().remove_done_listener(second); });
  handle.context().add_done_listener(first);
  handle.context().add_done_listener(second);
  handle.context().add_done_listener(third);
  loop_.run_once();
  EXPECT_EQ(events_, Events{"third"});
}

TEST_F(TaskHandleTest, WhoIsToldOfTheEndMaySpawn) {
  constexpr auto note = [](Events& events) -> Task<void> {
    events.push_back("spawned");
    co_return;
  };
  const TaskHandle<void> handle = loop_.spawn(nothing(), "task");
  OnDone listener([&] { loop_.spawn(note(events_), "more").detach(); });
  handle.context().add_done_listener(listener);
  loop_.run_once();
  EXPECT_TRUE(events_.empty());
  loop_.run_once();
  EXPECT_EQ(events_, Events{"spawned"});
}

using TaskHandleDeathTest = TaskHandleTest;

TEST_F(TaskHandleDeathTest, TheResultOfATaskThatIsNotDoneIsAProgrammingError) {
  TaskHandle<int> handle = loop_.spawn(give_after(1s, 3), "giver");
  EXPECT_DEATH(handle.result(), "assertion failed");
  loop_.run(nothing());
}

TEST_F(TaskHandleDeathTest, ALoopMustNotGoWhileATaskIsLeft) {
  EXPECT_DEATH(
      {
        ScriptedRing ring;
        Loop loop(ring);
        loop.spawn(forever(), "left").detach();
      },
      "assertion failed");
}

Task<void> note_cancel(Events& events, const char* name) {
  try {
    co_await forever();
  } catch (const Cancelled&) {
    events.push_back(std::string(name) + " cancelled");
    throw;
  }
}

TEST_F(TaskHandleTest, ACancelThatComesBeforeTheJoinCancelsTheTaskWaitedForToo) {
  constexpr auto body = [](Events& events) -> Task<void> {
    const TaskHandle<void> child = current_loop().spawn(note_cancel(events, "child"), "child");
    co_await sleep(0s);
    current_task().cancel();
    try {
      co_await child;
    } catch (const Cancelled&) {
      events.emplace_back(child.done() ? "after it" : "before it");
      throw;
    }
  };
  TaskHandle<void> parent = loop_.spawn(body(events_), "parent");
  for (int i = 0; i < 6; ++i) loop_.run_once();
  EXPECT_TRUE(parent.done());
  EXPECT_EQ(events_, (Events{"child cancelled", "after it"}));
  loop_.run(nothing());
}

TEST_F(TaskHandleTest, ATaskThatEndsWellInSpiteOfACancelBeforeTheJoinGivesItsResult) {
  constexpr auto stubborn = []() -> Task<int> {
    try {
      co_await forever();
    } catch (const Cancelled&) {
    }
    co_return 7;
  };
  constexpr auto body = [](auto child_body) -> Task<int> {
    const TaskHandle<int> child = current_loop().spawn(child_body(), "child");
    co_await sleep(0s);
    current_task().cancel();
    const int given = co_await child;
    try {
      co_await sleep(1s);
    } catch (const Cancelled&) {
      co_return given;
    }
    co_return 0;
  };
  EXPECT_EQ(loop_.run(body(stubborn)), 7);
}

TEST_F(TaskHandleDeathTest, ATaskThatJoinsItselfIsAProgrammingError) {
  constexpr auto body = [](TaskHandle<void>& self) -> Task<void> {
    co_await sleep(0s);
    co_await self;
  };
  auto misuse = [&] {
    TaskHandle<void> self;
    self = loop_.spawn(body(self), "self");
    for (int i = 0; i < 4; ++i) loop_.run_once();
  };
  EXPECT_DEATH(misuse(), "assertion failed");
}

TEST_F(TaskHandleDeathTest, CancellingTasksThatJoinEachOtherIsAProgrammingError) {
  constexpr auto body = [](TaskHandle<void>& other) -> Task<void> {
    co_await sleep(0s);
    co_await other;
  };
  auto misuse = [&] {
    TaskHandle<void> one;
    TaskHandle<void> two;
    one = loop_.spawn(body(two), "one");
    two = loop_.spawn(body(one), "two");
    for (int i = 0; i < 4; ++i) loop_.run_once();
    one.cancel();
  };
  EXPECT_DEATH(misuse(), "assertion failed");
}

}  // namespace
}  // namespace core
