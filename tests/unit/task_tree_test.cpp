// Seeing inside a loop: the tree of live tasks, the chain of awaits that an exception came through,
// and what holds a loop up.
#include "core/task_tree.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/timeout.hpp"
#include "core/watchdog.hpp"
#include "tests/unit/captured_log.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::CapturedLog;
using support::nothing;
using support::Reports;
using support::World;

using Lines = std::vector<std::string>;

std::string here(unsigned line) {
  return "tests/unit/task_tree_test.cpp:" + std::to_string(line);
}

constexpr unsigned kSleepLine = __LINE__ + 2;
Task<void> inner() {
  co_await sleep(24h);
}

constexpr unsigned kInnerLine = __LINE__ + 2;
Task<void> outer() {
  co_await inner();
}

Task<void> stop(TaskHandle<void> handle) {
  handle.cancel();
  try {
    co_await handle;
  } catch (const Cancelled&) {
  }
}

TEST(TaskTreeTest, ATaskSaysWhatItWaitsForAndThroughWhichAwaits) {
  constexpr auto body = []() -> Task<void> {
    TaskHandle<void> handle = current_loop().spawn(outer(), "sleeper");
    co_await sleep(0s);
    const std::vector<TaskInfo> tasks = live_tasks(current_loop());
    EXPECT_EQ(tasks.size(), 3U);  // with what runs this body within a limit of time
    const TaskInfo& sleeper = tasks.back();
    EXPECT_EQ(sleeper.name, "sleeper");
    EXPECT_EQ(sleeper.operation, "sleep");
    EXPECT_EQ(sleeper.parent, current_task().id());
    EXPECT_EQ(sleeper.awaits.size(), 2U);
    EXPECT_EQ(sleeper.awaits[0].line(), kSleepLine);
    EXPECT_EQ(sleeper.awaits[1].line(), kInnerLine);
    co_await stop(std::move(handle));
  };
  World world;
  constexpr auto within = [](Task<void> task) -> Task<void> {
    TaskHandle<void> handle = current_loop().spawn(std::move(task), "body");
    co_await handle;
  };
  world.run(within(body()));
}

TEST(TaskTreeTest, TheRunningAndTheReadyAreToldApartFromThoseThatWait) {
  constexpr auto body = []() -> Task<void> {
    TaskHandle<void> ready = current_loop().spawn(nothing(), "ready");
    const std::vector<TaskInfo> tasks = live_tasks(current_loop());
    EXPECT_EQ(tasks.front().operation, "running");
    EXPECT_EQ(tasks.back().operation, "ready");
    EXPECT_TRUE(tasks.back().awaits.empty());
    co_await ready;
  };
  World world;
  world.loop.run(body());
}

TEST(TaskTreeTest, ChildrenStandBelowWhoSpawnedThemAndOrphansAtTheTop) {
  const std::vector<TaskInfo> tasks{
      {.id = 1, .parent = 0, .name = "main", .operation = "join"},
      {.id = 2, .parent = 1, .name = "child", .operation = "event"},
      {.id = 4, .parent = 2, .name = "grandchild", .operation = "sleep"},
      {.id = 5, .parent = 3, .name = "orphan", .operation = "ready"},
  };
  const Lines lines = draw_tasks(tasks);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].starts_with("main: join"));
  EXPECT_TRUE(lines[1].starts_with("  child: event"));
  EXPECT_TRUE(lines[2].starts_with("    grandchild: sleep"));
  EXPECT_TRUE(lines[3].starts_with("orphan: ready"));
}

TEST(TaskTreeTest, ManyThatAreAlikeAreOneLine) {
  std::vector<TaskInfo> tasks{{.id = 1, .parent = 0, .name = "main", .operation = "join"}};
  for (std::uint64_t id = 2; id < 10'002; ++id) {
    tasks.push_back({.id = id,
                     .parent = 1,
                     .name = "chat",
                     .connection = std::to_string(id),
                     .operation = "receive",
                     .age = 5h});
  }
  tasks.push_back({.id = 20'000, .parent = 1, .name = "chat", .operation = "drain"});
  const Lines lines = draw_tasks(tasks);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[1].starts_with("  chat and 9999 like it: receive")) << lines[1];
  EXPECT_TRUE(lines[1].ends_with("up to 300 min ago")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("  chat: drain")) << lines[2];
}

TEST(TaskTreeTest, AFewThatAreAlikeAreDrawnEach) {
  std::vector<TaskInfo> tasks;
  for (std::uint64_t id = 1; id <= kAlikeMost; ++id) {
    tasks.push_back({.id = id, .name = "chat", .connection = "peer", .operation = "receive"});
  }
  EXPECT_EQ(draw_tasks(tasks).size(), kAlikeMost);
}

// --- The way of an exception --------------------------------------------------------------------

constexpr unsigned kYieldLine = __LINE__ + 2;
Task<void> fail() {
  co_await sleep(0s);
  throw std::runtime_error("it broke");
}

constexpr unsigned kFailLine = __LINE__ + 2;
Task<void> middle() {
  co_await fail();
}

constexpr unsigned kMiddleLine = __LINE__ + 2;
Task<void> outermost() {
  co_await middle();
}

Task<void> some_passes() {
  for (int i = 0; i < 5; ++i) co_await sleep(0s);
}

TEST(AwaitChainTest, AReportNamesEveryAwaitThatTheExceptionCameThrough) {
  World world;
  Reports reports(world.loop);
  world.loop.spawn(outermost(), "worker").detach();
  world.loop.run(some_passes());
  ASSERT_EQ(reports.all.size(), 1U);
  const ErrorContext& context = reports.all[0];
  ASSERT_EQ(context.awaits.size(), 3U);
  EXPECT_EQ(context.awaits[0].line(), kYieldLine);
  EXPECT_EQ(context.awaits[1].line(), kFailLine);
  EXPECT_EQ(context.awaits[2].line(), kMiddleLine);
  EXPECT_TRUE(context.describe().ends_with(" awaited_at=" + here(kFailLine) +
                                           " awaited_at=" + here(kMiddleLine)))
      << context.describe();
}

TEST(AwaitChainTest, ItGoesOnThroughATaskThatWasAwaited) {
  constexpr auto body = []() -> Task<void> {
    const TaskHandle<void> handle = current_loop().spawn(middle(), "child");
    co_await handle;
  };
  World world;
  Reports reports(world.loop);
  world.loop.spawn(body(), "parent").detach();
  world.loop.run(some_passes());
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].task, "parent");
  ASSERT_EQ(reports.all[0].awaits.size(), 3U);
  EXPECT_EQ(reports.all[0].awaits[1].line(), kFailLine);
}

TEST(AwaitChainTest, AnExceptionThatWasCaughtLeavesNothingBehindForTheNext) {
  constexpr auto body = []() -> Task<void> {
    try {
      co_await middle();
    } catch (const std::runtime_error&) {
    }
    throw std::runtime_error("another");
  };
  World world;
  Reports reports(world.loop);
  world.loop.spawn(body(), "worker").detach();
  world.loop.run(some_passes());
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(describe(reports.all[0].exception), "another");
  EXPECT_EQ(reports.all[0].awaits.size(), 1U);
}

// --- What holds a loop up -----------------------------------------------------------------------

Task<void> hold_up(Duration time) {
  co_await sleep(0s);
  std::this_thread::sleep_for(time);
}

TEST(SlowCallbackTest, ATaskThatHoldsTheLoopIsNamedWithItsPlace) {
  const CapturedLog log;
  World world;
  world.loop.set_slow_callback(50ms);
  constexpr auto body = []() -> Task<void> {
    const TaskHandle<void> handle = current_loop().spawn(hold_up(150ms), "glutton");
    co_await handle;
  };
  world.run(body());
  EXPECT_GE(world.loop.slow_callbacks(), 1U);
  EXPECT_TRUE(log.has("slow: task=glutton held the loop for 1")) << log.text();
  EXPECT_TRUE(log.has("resumed_at=tests/unit/task_tree_test.cpp:")) << log.text();
  EXPECT_TRUE(log.has("waiting_at=its end")) << log.text();
}

class SlowTimer final : public Timer {
  void fire() override { std::this_thread::sleep_for(100ms); }
};

TEST(SlowCallbackTest, ACallbackThatHoldsTheLoopIsNamedByItsKind) {
  const CapturedLog log;
  World world;
  world.loop.set_slow_callback(50ms);
  world.loop.call_soon([] { std::this_thread::sleep_for(100ms); });
  world.loop.run_once();
  EXPECT_TRUE(log.has("a function given to call_soon() or post() held the loop")) << log.text();
  SlowTimer timer;
  world.loop.timers().arm(timer, world.loop.now());
  world.loop.run_once();
  EXPECT_TRUE(log.has("completions and timers held the loop")) << log.text();
  world.loop.run(nothing());
}

TEST(SlowCallbackTest, WaitingIsNotHoldingUpAndWithoutALimitNothingIsSaid) {
  const CapturedLog log;
  World world;
  constexpr auto body = []() -> Task<void> {
    current_loop().set_slow_callback(500ms);
    co_await sleep(700ms);
    current_loop().set_slow_callback(0s);
    co_await hold_up(150ms);
  };
  world.run(body());
  EXPECT_FALSE(log.has("slow:")) << log.text();
}

// --- What never lets go -------------------------------------------------------------------------

[[gnu::noinline]] void spin_for(Duration time) {
  const Time end = Clock::now() + time;
  while (Clock::now() < end) {
  }
}

Task<void> spin(Duration time) {
  co_await sleep(0s);
  spin_for(time);
}

TEST(WatchdogTest, AStuckLoopIsReportedWithItsTaskAndItsStackAndItsEnd) {
  const CapturedLog log;
  World world;
  {
    const Watchdog watchdog(world.loop, 100ms);
    constexpr auto body = []() -> Task<void> {
      const TaskHandle<void> handle = current_loop().spawn(spin(1500ms), "spinner");
      co_await handle;
      co_await sleep(200ms);
    };
    world.run(body());
  }
  EXPECT_TRUE(log.has("the loop is stuck for ")) << log.text();
  EXPECT_TRUE(log.has(" in task=spinner resumed_at=tests/unit/task_tree_test.cpp:")) << log.text();
  EXPECT_TRUE(log.has("#0 ")) << log.text();
  EXPECT_TRUE(log.has("run_once")) << log.text();
  EXPECT_TRUE(log.has("the loop goes on after ")) << log.text();
}

TEST(WatchdogTest, ALoopThatWaitsIsNotStuck) {
  const CapturedLog log;
  World world;
  {
    const Watchdog watchdog(world.loop, 200ms);
    constexpr auto body = []() -> Task<void> { co_await sleep(800ms); };
    world.run(body());
  }
  EXPECT_FALSE(log.has("stuck")) << log.text();
}

TEST(WatchdogTest, OneThatIsNoLongerNeededEndsAtOnce) {
  World world;
  const Time begin = Clock::now();
  { const Watchdog watchdog(world.loop, 1h); }
  EXPECT_LT(Clock::now() - begin, 10s);
  world.loop.run(nothing());
}

TEST(TaskTreeTest, TasksThatWaitInOnePlaceByDifferentWaysAreNotAlike) {
  constexpr auto deeper = []() -> Task<void> { co_await outer(); };
  constexpr auto body = [](auto way) -> Task<Lines> {
    std::vector<TaskHandle<void>> handles;
    for (int i = 0; i < 10; ++i) {
      handles.push_back(current_loop().spawn(i % 2 == 0 ? outer() : way(), "sleeper"));
    }
    co_await sleep(0s);
    Lines lines = draw_tasks(live_tasks(current_loop()));
    for (auto& handle : handles) co_await stop(std::move(handle));
    co_return lines;
  };
  World world;
  int kinds = 0;
  for (const std::string& line : world.run(body(deeper))) {
    if (line.find("sleeper and 4 like it") != std::string::npos) ++kinds;
  }
  EXPECT_EQ(kinds, 2);
}

TEST(WatchdogTest, ALoopThatNobodyRunsIsNotStuck) {
  const CapturedLog log;
  World world;
  const Watchdog watchdog(world.loop, 50ms);
  std::this_thread::sleep_for(300ms);
  world.run(nothing());
  std::this_thread::sleep_for(300ms);
  EXPECT_FALSE(log.has("stuck")) << log.text();
}

}  // namespace
}  // namespace core
