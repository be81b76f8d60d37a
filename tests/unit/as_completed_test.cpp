// as_completed(): looking at tasks in the order in which they end.
#include "core/as_completed.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;
using support::fail_after;
using support::give_after;
using support::note_end;
using support::OwnError;
using support::Reports;
using support::wait_and_note;

using AsCompletedTest = support::ScriptedTest;

template <class... T>
std::vector<Task<int>> list(T... task) {
  std::vector<Task<int>> tasks;
  (tasks.push_back(std::move(task)), ...);
  return tasks;
}

// Notes everything that comes.
Task<void> note_all(std::vector<Task<int>> tasks, Events& events) {
  auto completed = as_completed(std::move(tasks));
  for (bool more = true; more;) {
    std::string text;
    try {
      const std::optional<int> result = co_await completed.next();
      more = result.has_value();
      text = more ? std::to_string(*result) : "end";
    } catch (const std::exception& error) {
      text = error.what();
    }
    events.push_back(text);
  }
}

TEST_F(AsCompletedTest, ResultsComeInTheOrderInWhichTheTasksEnd) {
  loop_.run(note_all(list(give_after(3s, 1), give_after(1s, 2), give_after(2s, 3)), events_));
  EXPECT_EQ(events_, (Events{"2", "3", "1", "end"}));
}

TEST_F(AsCompletedTest, OfThoseThatEndInOnePassNoneIsLost) {
  loop_.run(note_all(list(give_after(1s, 1), give_after(1s, 2), give_after(1s, 3)), events_));
  EXPECT_EQ(events_, (Events{"1", "2", "3", "end"}));
}

TEST_F(AsCompletedTest, OfNothingTheEndComesAtOnce) {
  loop_.run(note_all({}, events_));
  EXPECT_EQ(events_, Events{"end"});
}

TEST_F(AsCompletedTest, ATaskThatFailedThrowsInItsTurnAndTheRestGoOn) {
  Reports reports(loop_);
  loop_.run(
      note_all(list(give_after(1s, 1), fail_after(2s, "it broke"), give_after(3s, 3)), events_));
  EXPECT_EQ(events_, (Events{"1", "it broke", "3", "end"}));
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(AsCompletedTest, TasksRunWhileNobodyAsks) {
  constexpr auto body = [](Events& events) -> Task<void> {
    auto completed = as_completed(list(give_after(1s, 1), give_after(2s, 2)));
    co_await sleep(5s);
    const Time before = current_loop().now();
    for (int i = 0; i < 2; ++i) {
      const auto result = co_await completed.next();
      events.push_back(std::to_string(*result));
    }
    EXPECT_EQ(current_loop().now(), before);
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, (Events{"1", "2"}));
}

TEST_F(AsCompletedTest, CancellingWhoAsksEndsOnlyTheWaitAndLosesNothing) {
  constexpr auto body = [](Events& events) -> Task<void> {
    auto completed = as_completed(list(give_after(2s, 1)));
    constexpr auto next = [](auto& from) -> Task<int> {
      const auto result = co_await from.next();
      co_return *result;
    };
    bool timed_out = false;
    try {
      co_await timeout(1s, next(completed));
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    const int result = co_await next(completed);
    events.push_back(std::to_string(result));
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, Events{"1"});
}

TEST_F(AsCompletedTest, AResultThatCameBeforeTheCancelIsGiven) {
  constexpr auto body = []() -> Task<int> {
    auto completed = as_completed(list(give_after(1s, 1)));
    const auto result = co_await completed.next();
    co_return *result;
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, body()), "asker");
  settle();
  ring_.advance(1s);
  loop_.run_once();  // the child has ended; the asker is ready
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"1", "cancelled later"}));
}

TEST_F(AsCompletedTest, DestroyedEarlyItCancelsWhatStillRuns) {
  constexpr auto body = [](Events& events) -> Task<int> {
    auto completed = as_completed(list(wait_and_note(events, "slow"), give_after(1s, 4)));
    const auto result = co_await completed.next();
    co_return *result;
  };
  EXPECT_EQ(loop_.run(body(events_)), 4);
  EXPECT_EQ(events_, Events{"slow cancelled"});
}

TEST_F(AsCompletedTest, AnErrorThatNobodyCameForIsReported) {
  constexpr auto body = []() -> Task<void> {
    auto completed = as_completed(list(fail_after(1s, "it broke")));
    co_await sleep(2s);
  };
  Reports reports(loop_);
  loop_.run(body());
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].task, "main/as_completed.0");
}

TEST_F(AsCompletedTest, TasksThatHaveEndedAlreadyAreTakenToo) {
  constexpr auto body = []() -> Task<int> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(current_loop().spawn(give_after(1s, 3), "early"));
    co_await sleep(2s);
    handles.push_back(current_loop().spawn(give_after(1s, 4), "late"));
    AsCompleted<int> completed(std::move(handles));
    int sum = 0;
    while (const auto result = co_await completed.next()) sum = 10 * sum + *result;
    co_return sum;
  };
  EXPECT_EQ(loop_.run(body()), 34);
}

}  // namespace
}  // namespace core
