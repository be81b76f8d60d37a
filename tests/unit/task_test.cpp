// Task<T>: lazy, awaited once, flat on the stack, and transparent to values and exceptions.
#include "core/task.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/loop.hpp"
#include "core/timeout.hpp"
#include "tests/unit/captured_log.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

using support::nothing;
using support::ScriptedRing;

class TaskTest : public ::testing::Test {
 protected:
  ScriptedRing ring_;
  Loop loop_{ring_};
};

Task<int> value(int number) {
  co_return number;
}

TEST_F(TaskTest, AwaitingATaskGivesItsResult) {
  constexpr auto body = []() -> Task<std::string> {
    const int number = co_await value(42);
    co_return std::to_string(number);
  };
  EXPECT_EQ(loop_.run(body()), "42");
}

TEST_F(TaskTest, AResultMayBeMoveOnly) {
  constexpr auto make = [](int number) -> Task<std::unique_ptr<int>> {
    co_return std::make_unique<int>(number);
  };
  constexpr auto body = [](auto inner) -> Task<std::unique_ptr<int>> {
    co_return co_await inner(7);
  };
  EXPECT_EQ(*loop_.run(body(make)), 7);
}

Task<void> set(bool& ran) {
  ran = true;
  co_return;
}

TEST_F(TaskTest, NothingRunsBeforeATaskIsAwaited) {
  constexpr auto body = [](bool& ran) -> Task<bool> {
    Task<void> task = set(ran);
    const bool ran_by_itself = ran;
    co_await std::move(task);
    co_return ran_by_itself;
  };
  bool ran = false;
  EXPECT_FALSE(loop_.run(body(ran)));
  EXPECT_TRUE(ran);
}

Task<void> hold(std::shared_ptr<int> /*held*/) {
  co_return;
}

TEST_F(TaskTest, DroppingATaskThatNeverRanDropsItsArguments) {
  const auto held = std::make_shared<int>(1);
  {
    const Task<void> task = hold(held);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(TaskTest, DroppingATaskThatNeverRanIsToldToTheDebugLog) {
  const support::CapturedLog log(spdlog::level::debug);
  loop_.run(nothing());
  EXPECT_EQ(log.text(), "");
  { const Task<int> forgotten = value(42); }
  EXPECT_TRUE(log.has("never awaited")) << log.text();
  EXPECT_TRUE(log.has("task_test.cpp")) << log.text();
}

TEST_F(TaskTest, AssigningToATaskThatNeverRanDropsIt) {
  const auto held = std::make_shared<int>(1);
  bool ran = false;
  Task<void> task = hold(held);
  task = set(ran);
  EXPECT_EQ(held.use_count(), 1);
  loop_.run(std::move(task));
  EXPECT_TRUE(ran);
}

// How much stack stands between the least and the most deeply called note().
class StackMeter {
 public:
  [[gnu::noinline]] void note() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    least_ = std::min(least_, here);
    most_ = std::max(most_, here);
  }
  std::uintptr_t spread() const { return most_ - least_; }

 private:
  std::uintptr_t least_ = UINTPTR_MAX;
  std::uintptr_t most_ = 0;
};

constexpr std::uintptr_t kFlat = 4096;

Task<int> one_noting(StackMeter& meter) {
  meter.note();
  co_return 1;
}

TEST_F(TaskTest, AMillionAwaitsOnReadyTasksDoNotGrowTheStack) {
  constexpr auto body = [](StackMeter& meter) -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await one_noting(meter);
    co_return sum;
  };
  StackMeter meter;
  EXPECT_EQ(loop_.run(body(meter)), 1'000'000);
  EXPECT_LT(meter.spread(), kFlat);
}

Task<int> descend(int depth, StackMeter& meter) {
  meter.note();
  if (depth == 0) co_return 0;
  const int below = co_await descend(depth - 1, meter);
  meter.note();
  co_return below + 1;
}

TEST_F(TaskTest, AHundredThousandTasksInEachOtherDoNotGrowTheStack) {
  StackMeter meter;
  EXPECT_EQ(loop_.run(descend(100'000, meter)), 100'000);
  EXPECT_LT(meter.spread(), kFlat);
}

class OwnError : public std::runtime_error {
 public:
  OwnError() : std::runtime_error("own error") {}
  int code = 17;
};

Task<int> throw_after(int yields) {
  for (int i = 0; i < yields; ++i) co_await sleep(0s);
  throw OwnError();
}

Task<int> pass_on(int yields) {
  const int result = co_await throw_after(yields);
  co_return result;
}

TEST_F(TaskTest, AnExceptionPropagatesThroughAwaitsWithItsType) {
  for (const int yields : {0, 1}) {
    constexpr auto body = [](int count) -> Task<int> {
      try {
        co_return co_await pass_on(count);
      } catch (const OwnError& error) {
        co_return error.code;
      }
    };
    EXPECT_EQ(loop_.run(body(yields)), 17) << yields;
  }
}

TEST_F(TaskTest, AnExceptionNeedNotBeAStandardOne) {
  constexpr auto thrower = []() -> Task<void> {
    throw 5;
    co_return;
  };
  constexpr auto body = [](auto inner) -> Task<int> {
    try {
      co_await inner();
    } catch (int number) {
      co_return number;
    }
    co_return 0;
  };
  EXPECT_EQ(loop_.run(body(thrower)), 5);
}

Task<void> descend_and_throw(int depth, StackMeter& meter) {
  if (depth == 0) throw OwnError();
  co_await descend_and_throw(depth - 1, meter);
}

TEST_F(TaskTest, AnExceptionClimbsThroughThousandsOfTasks) {
  StackMeter meter;
  EXPECT_THROW(loop_.run(descend_and_throw(5'000, meter)), OwnError);
}

// Writes down when it goes.
struct Trace {
  std::vector<std::string>& events;
  std::string name;
  ~Trace() { events.push_back("~" + name); }
};

TEST_F(TaskTest, LocalsAreGoneBeforeWhoAwaitsGoesOn) {
  using Events = std::vector<std::string>;
  constexpr auto inner = [](Events& events) -> Task<void> {
    const Trace outer_local{events, "first"};
    const Trace inner_local{events, "second"};
    co_await sleep(0s);
    events.push_back("end");
  };
  constexpr auto body = [](Events& events, auto task) -> Task<void> {
    co_await task(events);
    events.push_back("after");
  };
  Events events;
  loop_.run(body(events, inner));
  EXPECT_EQ(events, (Events{"end", "~second", "~first", "after"}));
}

TEST_F(TaskTest, LocalsAreGoneWhenAnExceptionLeaves) {
  using Events = std::vector<std::string>;
  constexpr auto body = [](Events& events) -> Task<void> {
    const Trace local{events, "local"};
    co_await throw_after(1);
  };
  Events events;
  EXPECT_THROW(loop_.run(body(events)), OwnError);
  EXPECT_EQ(events, Events{"~local"});
}

struct ThrowsOnDestruction {
  ~ThrowsOnDestruction() noexcept(false) { throw OwnError(); }
};

TEST_F(TaskTest, AnExceptionOfALocalsDestructorTakesThePlaceOfTheResult) {
  constexpr auto body = []() -> Task<int> {
    const ThrowsOnDestruction local;
    co_return 3;
  };
  EXPECT_THROW(loop_.run(body()), OwnError);
}

TEST_F(TaskTest, ATaskKnowsItsLoopAndItself) {
  constexpr auto body = [](Loop& loop) -> Task<bool> {
    const bool mine = &current_loop() == &loop && current_task().name() == "main";
    co_await sleep(0s);
    co_return mine&& current_task().name() == "main";
  };
  EXPECT_TRUE(loop_.run(body(loop_)));
}

TEST_F(TaskTest, ATaskKnowsWhereItWaitsAndForWhat) {
  constexpr auto body = []() -> Task<void> { co_await sleep(1h); };
  TaskHandle<void> handle = loop_.spawn(body(), "sleeper");
  EXPECT_EQ(handle.context().waiting_at().line(), 0U);
  loop_.run_once();
  EXPECT_STREQ(handle.context().operation(), "sleep");
  EXPECT_NE(std::string_view(handle.context().waiting_at().file_name()).find("task_test.cpp"),
            std::string_view::npos);
  EXPECT_GT(handle.context().waiting_at().line(), 0U);
  handle.cancel();
  loop_.run(nothing());
  EXPECT_EQ(handle.context().operation(), nullptr);
}

using TaskDeathTest = TaskTest;

TEST_F(TaskDeathTest, AwaitingATaskTwiceIsAProgrammingError) {
  constexpr auto body = []() -> Task<void> {
    Task<int> task = value(1);
    co_await std::move(task);
    co_await std::move(task);
  };
  EXPECT_DEATH(loop_.run(body()), "assertion failed");
}

TEST_F(TaskDeathTest, SpawningATaskThatWasAwaitedIsAProgrammingError) {
  constexpr auto body = []() -> Task<void> {
    Task<int> task = value(1);
    co_await std::move(task);
    current_loop().spawn(std::move(task), "again").detach();
    co_await sleep(0s);
  };
  EXPECT_DEATH(loop_.run(body()), "assertion failed");
}

TEST_F(TaskDeathTest, SpawningATaskThatWasMovedAwayIsAProgrammingError) {
  Task<int> task = value(1);
  const Task<int> taken = std::move(task);
  EXPECT_DEATH(loop_.spawn(std::move(task), "empty").detach(), "assertion failed");
}

}  // namespace
}  // namespace core
