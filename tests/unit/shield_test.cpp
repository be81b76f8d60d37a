// shield(): waiting that can be given up without taking the task along.
#include "core/shield.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;
using support::fail_after;
using support::give_after;
using support::note_end;
using support::Reports;
using support::wait_and_note;

using ShieldTest = support::ScriptedTest;

Task<int> wait_for(const TaskHandle<int>& task) {
  co_return co_await shield(task);
}

TEST_F(ShieldTest, ItGivesTheResult) {
  const TaskHandle<int> task = loop_.spawn(give_after(1s, 5), "task");
  EXPECT_EQ(loop_.run(wait_for(task)), 5);
}

TEST_F(ShieldTest, OfATaskThatIsDoneItGivesTheResultAtOnce) {
  const TaskHandle<int> task = loop_.spawn(give_after(0s, 5), "task");
  settle();
  EXPECT_EQ(loop_.run(wait_for(task)), 5);
}

TEST_F(ShieldTest, ItRethrowsTheError) {
  Reports reports(loop_);
  {
    const TaskHandle<int> task = loop_.spawn(fail_after(1s, "it broke"), "task");
    loop_.run(note_end(events_, wait_for(task)));
  }
  EXPECT_EQ(events_, Events{"it broke"});
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(ShieldTest, CancellingWhoWaitsEndsTheWaitAndTheTaskRunsOn) {
  TaskHandle<int> task = loop_.spawn(give_after(5s, 5), "task");
  TaskHandle<void> waiter = loop_.spawn(note_end(events_, wait_for(task)), "waiter");
  settle();
  waiter.cancel();
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
  EXPECT_EQ(task.context().cancelling(), 0);
  let_pass(5s);
  EXPECT_EQ(task.result(), 5);
}

TEST_F(ShieldTest, ATimeoutAroundItIsATimeoutAndTheTaskCanBeAwaitedAgain) {
  constexpr auto body = [](Events& events) -> Task<int> {
    const TaskHandle<int> task = current_loop().spawn(give_after(5s, 5), "task");
    co_await note_end(events, timeout(1s, wait_for(task)));
    co_return co_await shield(task);
  };
  EXPECT_EQ(loop_.run(body(events_)), 5);
  EXPECT_EQ(events_, Events{"timed out"});
}

TEST_F(ShieldTest, ATaskWhoseHandleWentWithTheWaitRunsOnAndItsErrorIsReported) {
  constexpr auto body = []() -> Task<int> {
    const TaskHandle<int> task = current_loop().spawn(fail_after(5s, "it broke"), "task");
    co_return co_await shield(task);
  };
  Reports reports(loop_);
  TaskHandle<void> waiter = loop_.spawn(note_end(events_, body()), "waiter");
  settle();
  waiter.cancel();
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
  EXPECT_EQ(loop_.task_count(), 1U);
  let_pass(5s);
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].task, "task");
}

TEST_F(ShieldTest, TheTaskItselfCanBeCancelledAndWhoWaitsIsTold) {
  TaskHandle<int> task = loop_.spawn(wait_and_note(events_, "task"), "task");
  const TaskHandle<void> waiter = loop_.spawn(note_end(events_, wait_for(task)), "waiter");
  settle();
  task.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"task cancelled", "cancelled"}));
  EXPECT_EQ(waiter.context().cancelling(), 0);
}

TEST_F(ShieldTest, TheEndOfTheTaskBeatsACancelInItsPass) {
  const TaskHandle<int> task = loop_.spawn(give_after(1s, 5), "task");
  TaskHandle<void> waiter = loop_.spawn(note_end(events_, wait_for(task)), "waiter");
  settle();
  ring_.advance(1s);
  loop_.run_once();
  waiter.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"5", "cancelled later"}));
}

TEST_F(ShieldTest, WhoWasAskedToStopDoesNotBeginToWait) {
  const TaskHandle<int> task = loop_.spawn(give_after(1s, 5), "task");
  TaskHandle<void> waiter = loop_.spawn(note_end(events_, wait_for(task)), "waiter");
  waiter.cancel();
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
  let_pass(1s);
  EXPECT_TRUE(task.done());
}

TEST_F(ShieldTest, TheHandleMayGoWhileSomebodyWaits) {
  auto task = std::make_unique<TaskHandle<int>>(loop_.spawn(give_after(1s, 5), "task"));
  const TaskHandle<void> waiter = loop_.spawn(note_end(events_, wait_for(*task)), "waiter");
  settle();
  task.reset();
  let_pass(1s);
  EXPECT_EQ(events_, Events{"5"});
}

}  // namespace
}  // namespace core
