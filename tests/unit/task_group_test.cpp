// TaskGroup: together to the end, errors as a group, and its own cancel told from another's.
#include "core/task_group.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::clean_up_for;
using support::Events;
using support::fail_after;
using support::fail_in_cleanup;
using support::forever;
using support::give_after;
using support::note_end;
using support::OwnError;
using support::Reports;
using support::swallow_and_give;
using support::wait_and_note;

using TaskGroupTest = support::ScriptedTest;

// --- ExceptionGroup -----------------------------------------------------------------------------

std::exception_ptr error(const std::string& what) {
  return std::make_exception_ptr(OwnError(what));
}

TEST(ExceptionGroupTest, ItsTextListsTheErrorsInTheirOrder) {
  const ExceptionGroup group({error("it broke"), std::make_exception_ptr(TimeoutError())});
  EXPECT_STREQ(group.what(), "2 errors in a task group: it broke; timed out");
  EXPECT_EQ(describe(std::make_exception_ptr(group)), group.what());
  EXPECT_STREQ(ExceptionGroup({error("it broke")}).what(), "1 error in a task group: it broke");
}

TEST(ExceptionGroupTest, AnErrorIsFoundByItsTypeAlsoInAGroupWithin) {
  const ExceptionGroup inner({error("it broke"), error("again")});
  const ExceptionGroup group({std::make_exception_ptr(TimeoutError()),
                              std::make_exception_ptr(inner), std::make_exception_ptr(5)});
  ASSERT_NE(group.find<OwnError>(), nullptr);
  EXPECT_STREQ(group.find<OwnError>()->what(), "it broke");
  EXPECT_NE(group.find<TimeoutError>(), nullptr);
  EXPECT_NE(group.find<std::exception>(), nullptr);
  EXPECT_NE(group.find<ExceptionGroup>(), nullptr);
  EXPECT_EQ(group.find<std::logic_error>(), nullptr);
  EXPECT_EQ(*group.find<int>(), 5);
}

TEST(ExceptionGroupDeathTest, AGroupOfNoErrorsIsAProgrammingError) {
  EXPECT_DEATH(ExceptionGroup({}), "assertion failed");
}

// --- join() -------------------------------------------------------------------------------------

TEST_F(TaskGroupTest, JoiningWaitsForEveryChildAndTheirHandlesHaveTheResults) {
  constexpr auto body = []() -> Task<int> {
    TaskGroup group;
    TaskHandle<int> one = group.spawn(give_after(1s, 1), "one");
    TaskHandle<int> two = group.spawn(give_after(2s, 2), "two");
    EXPECT_EQ(group.running(), 2U);
    co_await group.join();
    EXPECT_EQ(group.running(), 0U);
    co_return one.result() + two.result();
  };
  const Time begin = ring_.now();
  EXPECT_EQ(loop_.run(body()), 3);
  EXPECT_EQ(ring_.now() - begin, 2s);
}

TEST_F(TaskGroupTest, JoiningAnEmptyGroupReturnsAtOnce) {
  constexpr auto body = []() -> Task<void> {
    TaskGroup group;
    co_await group.join();
  };
  loop_.run(body());
}

TEST_F(TaskGroupTest, TheFirstFailureCancelsTheSiblingsAndErrorsLeaveAsAGroup) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    group.spawn(clean_up_for(3s, events, "sibling"), "sibling").detach();
    try {
      co_await group.join();
    } catch (const ExceptionGroup& errors) {
      events.emplace_back(errors.what());
      EXPECT_NE(errors.find<OwnError>(), nullptr);
    }
  };
  Reports reports(loop_);
  loop_.run(body(events_));
  EXPECT_EQ(events_,
            (Events{"sibling cleans up", "sibling is clean", "1 error in a task group: it broke"}));
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(TaskGroupTest, EveryErrorIsInTheGroupInTheOrderInWhichTheyHappened) {
  constexpr auto body = []() -> Task<void> {
    TaskGroup group;
    group.spawn(fail_in_cleanup("third"), "a").detach();
    group.spawn(fail_after(1s, "first"), "b").detach();
    group.spawn(fail_after(1s, "second"), "c").detach();
    co_await group.join();
  };
  loop_.run(note_end(events_, body()));
  EXPECT_EQ(events_, Events{"3 errors in a task group: first; second; third"});
}

TEST_F(TaskGroupTest, ACancelledChildIsNoError) {
  constexpr auto body = [](Events& events) -> Task<int> {
    TaskGroup group;
    TaskHandle<int> one = group.spawn(wait_and_note(events, "one"), "one");
    TaskHandle<int> two = group.spawn(give_after(2s, 2), "two");
    co_await sleep(1s);
    one.cancel();
    co_await group.join();
    co_return two.result();
  };
  EXPECT_EQ(loop_.run(body(events_)), 2);
  EXPECT_EQ(events_, Events{"one cancelled"});
}

TEST_F(TaskGroupTest, AFailureBeforeTheJoinDoesNotDisturbWhoHasTheGroup) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_await sleep(5s);
    events.emplace_back("undisturbed");
    co_await group.join();
  };
  loop_.run(note_end(events_, body(events_)));
  EXPECT_EQ(events_, (Events{"undisturbed", "1 error in a task group: it broke"}));
}

TEST_F(TaskGroupTest, AChildMaySpawnSiblings) {
  constexpr auto parent = [](TaskGroup& group, Events& events) -> Task<void> {
    co_await sleep(1s);
    constexpr auto note = [](Events& to) -> Task<void> {
      co_await sleep(1s);
      to.emplace_back("grandchild ended");
    };
    group.spawn(note(events), "grandchild").detach();
  };
  constexpr auto body = [](Events& events, auto child) -> Task<void> {
    TaskGroup group;
    group.spawn(child(group, events), "child").detach();
    co_await group.join();
    events.emplace_back("joined");
  };
  loop_.run(body(events_, parent));
  EXPECT_EQ(events_, (Events{"grandchild ended", "joined"}));
}

TEST_F(TaskGroupTest, WhatIsSpawnedIntoAnEndingGroupIsCancelledAtOnce) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.cancel();
    group.spawn(wait_and_note(events, "late"), "late").detach();
    co_await group.join();
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, Events{"late cancelled"});
}

TEST_F(TaskGroupTest, CancellingTheGroupIsNoError) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(wait_and_note(events, "one"), "one").detach();
    co_await sleep(1s);
    group.cancel();
    co_await group.join();
  };
  loop_.run(note_end(events_, body(events_)));
  EXPECT_EQ(events_, (Events{"one cancelled", "ended"}));
}

TEST_F(TaskGroupTest, AJoinedGroupIsAsNew) {
  constexpr auto body = [](Events& events) -> Task<int> {
    TaskGroup group;
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_await note_end(events, group.join());
    TaskHandle<int> again = group.spawn(give_after(1s, 3), "again");
    co_await group.join();
    co_return again.result();
  };
  EXPECT_EQ(loop_.run(body(events_)), 3);
  EXPECT_EQ(events_, Events{"1 error in a task group: it broke"});
}

TEST_F(TaskGroupTest, ACancelledJoinCancelsTheChildrenWaitsAndRaises) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(clean_up_for(2s, events, "child"), "child").detach();
    co_await group.join();
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, body(events_)), "parent");
  settle();
  handle.cancel();
  let_pass(2s);
  EXPECT_EQ(events_, (Events{"child cleans up", "child is clean", "cancelled"}));
}

TEST_F(TaskGroupTest, ACancelThatIsDueWhenTheGroupIsJoinedStillWaitsForTheChildren) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(clean_up_for(2s, events, "child"), "child").detach();
    current_task().cancel();
    co_await group.join();
  };
  loop_.run(note_end(events_, body(events_)));
  EXPECT_EQ(events_, (Events{"child cleans up", "child is clean", "cancelled"}));
}

TEST_F(TaskGroupTest, ACleanupIsNotDisturbedByAFailureOrTheEndOfTheBody) {
  const auto body = [this](TaskGroup& group) -> Task<void> {
    group.spawn(clean_up_for(5s, events_, "slow"), "slow").detach();
    group.spawn(fail_in_cleanup("second"), "second").detach();
    group.spawn(fail_after(1s, "first"), "first").detach();
    co_await forever();
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_,
            (Events{"slow cleans up", "slow is clean", "2 errors in a task group: first; second"}));
}

TEST_F(TaskGroupTest, WhatAChildSpawnsWhileTheJoinIsCancelledIsCancelledToo) {
  constexpr auto child = [](TaskGroup& group, Events& events) -> Task<void> {
    try {
      co_await forever();
    } catch (const Cancelled&) {
      group.spawn(wait_and_note(events, "late"), "late").detach();
      throw;
    }
  };
  constexpr auto body = [](Events& events, auto spawner) -> Task<void> {
    TaskGroup group;
    group.spawn(spawner(group, events), "child").detach();
    try {
      co_await group.join();
    } catch (const Cancelled&) {
      events.emplace_back("joined");
    }
    const TaskHandle<int> again = group.spawn(give_after(1s, 3), "again");
    co_await group.join();
    EXPECT_FALSE(again.cancelled()) << "joined it is as new";
  };
  TaskHandle<void> handle = loop_.spawn(body(events_, child), "parent");
  settle();
  handle.cancel();
  let_pass(1s);
  EXPECT_EQ(events_, (Events{"late cancelled", "joined"}));
  EXPECT_TRUE(handle.done());
}

TEST_F(TaskGroupTest, ErrorsGoBeforeACancel) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(fail_in_cleanup("cleanup"), "one").detach();
    group.spawn(wait_and_note(events, "two"), "two").detach();
    co_await group.join();
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, body(events_)), "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_,
            (Events{"two cancelled", "1 error in a task group: cleanup", "cancelled later"}));
}

TEST_F(TaskGroupTest, AnOuterTimeoutReachesACleanupThatHangs) {
  constexpr auto body = [](Events& events) -> Task<void> {
    TaskGroup group;
    group.spawn(clean_up_for(24h, events, "child"), "child").detach();
    co_await group.join();
  };
  loop_.run(note_end(events_, timeout(2s, timeout(1s, body(events_)))));
  EXPECT_EQ(events_, (Events{"child cleans up", "timed out"}));
}

// --- with_group() -------------------------------------------------------------------------------

TEST_F(TaskGroupTest, TheScopeGivesTheBodysResultAfterTheLastChildEnded) {
  const auto body = [this](TaskGroup& group) -> Task<std::string> {
    group.spawn(give_after(3s, 1), "child").detach();
    co_await sleep(1s);
    co_return "result of " + std::to_string(events_.size());
  };
  const Time begin = ring_.now();
  EXPECT_EQ(loop_.run(with_group(body)), "result of 0");
  EXPECT_EQ(ring_.now() - begin, 3s);
}

TEST_F(TaskGroupTest, TheCapturesOfTheBodyLiveAsLongAsIt) {
  const auto text = std::make_shared<std::string>(100, 'x');
  Task<std::size_t> scope = with_group([text](TaskGroup& group) -> Task<std::size_t> {
    group.spawn(give_after(1s, 1), "child").detach();
    co_await sleep(2s);
    co_return text->size();
  });
  EXPECT_EQ(loop_.run(std::move(scope)), 100U);
}

TEST_F(TaskGroupTest, AFailureCancelsTheBodyAndThatCancelGoesNoFurther) {
  constexpr auto body = [](Events& events) -> Task<int> {
    auto scope = [&events](TaskGroup& group) -> Task<void> {
      group.spawn(fail_after(1s, "it broke"), "failer").detach();
      co_await wait_and_note(events, "body");
    };
    try {
      co_await with_group(std::move(scope));
    } catch (const ExceptionGroup& errors) {
      events.emplace_back(errors.what());
    }
    const int cancelling = current_task().cancelling();
    co_await sleep(1s);  // nothing is raised any more
    co_return cancelling;
  };
  EXPECT_EQ(loop_.run(body(events_)), 0);
  EXPECT_EQ(events_, (Events{"body cancelled", "1 error in a task group: it broke"}));
}

TEST_F(TaskGroupTest, ABodyThatFailsCancelsTheChildrenAndItsErrorIsTheLastOfTheGroup) {
  constexpr auto body = [](TaskGroup& group) -> Task<void> {
    group.spawn(fail_after(1s, "child"), "failer").detach();
    group.spawn(fail_in_cleanup("cleanup"), "cleaner").detach();
    try {
      co_await forever();
    } catch (const Cancelled&) {
      throw OwnError("body");
    }
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_.at(0).substr(0, 24), "3 errors in a task group");
  EXPECT_NE(events_.at(0).find("body"), std::string::npos);
}

TEST_F(TaskGroupTest, TheErrorOfABodyAloneIsAGroupToo) {
  constexpr auto body = [](TaskGroup& group) -> Task<void> {
    group.spawn(forever(), "child").detach();
    co_await sleep(1s);
    throw OwnError("body");
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_, Events{"1 error in a task group: body"});
}

TEST_F(TaskGroupTest, AnErrorThatReachesTheBodyThroughAHandleIsToldOnce) {
  constexpr auto body = [](TaskGroup& group) -> Task<void> {
    const TaskHandle<int> child = group.spawn(fail_after(1s, "it broke"), "failer");
    co_await child;
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_, Events{"1 error in a task group: it broke"});
}

TEST_F(TaskGroupTest, AChildThatFailsAfterTheBodyTakesItsResultAway) {
  constexpr auto body = [](TaskGroup& group) -> Task<int> {
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_return 5;
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_, Events{"1 error in a task group: it broke"});
}

TEST_F(TaskGroupTest, CancelledInTheBodyItCancelsTheChildrenWaitsAndRaises) {
  const auto body = [this](TaskGroup& group) -> Task<void> {
    group.spawn(clean_up_for(2s, events_, "child"), "child").detach();
    co_await wait_and_note(events_, "body");
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, with_group(body)), "parent");
  settle();
  handle.cancel();
  let_pass(2s);
  EXPECT_EQ(events_, (Events{"body cancelled", "child cleans up", "child is clean", "cancelled"}));
  EXPECT_EQ(handle.context().cancelling(), 1);
}

// As a deadline's, the group's own cancel goes no further, also in a task that was cancelled
// before.
TEST_F(TaskGroupTest, AFailureInThePassOfTheBodysEndCancelsNothingAfterIt) {
  const auto body = [](TaskGroup& group) -> Task<void> {
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_await sleep(1s);
  };
  const auto parent = [this, body]() -> Task<void> {
    try {
      co_await forever();
    } catch (const Cancelled&) {
      events_.emplace_back("cancelled");
    }
    try {
      co_await with_group(body);
    } catch (const ExceptionGroup&) {
      events_.emplace_back("failed");
    }
    EXPECT_EQ(current_task().cancelling(), 1);
    co_await sleep(1s);
    events_.emplace_back("cleaned up");
  };
  TaskHandle<void> handle = loop_.spawn(parent(), "parent");
  settle();
  handle.cancel();
  let_pass(1s);
  let_pass(1s);
  EXPECT_EQ(events_, (Events{"cancelled", "failed", "cleaned up"}));
}

TEST_F(TaskGroupTest, CancelledAfterTheBodyItCancelsTheChildrenWaitsAndRaises) {
  const auto body = [this](TaskGroup& group) -> Task<void> {
    group.spawn(clean_up_for(2s, events_, "child"), "child").detach();
    co_return;
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, with_group(body)), "parent");
  settle();
  handle.cancel();
  let_pass(2s);
  EXPECT_EQ(events_, (Events{"child cleans up", "child is clean", "cancelled"}));
}

TEST_F(TaskGroupTest, WithoutChildrenACancelDoesNotTakeTheBodysResult) {
  constexpr auto body = [](TaskGroup&) -> Task<int> { co_return co_await swallow_and_give(6); };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, with_group(body)), "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_.at(0), "6");
}

TEST_F(TaskGroupTest, AFailureAndACancelFromOutsideAtOnceAreBothTold) {
  const auto body = [](TaskGroup& group) -> Task<void> {
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_await forever();
  };
  for (const bool outside_first : {true, false}) {
    events_.clear();
    TaskHandle<void> handle = loop_.spawn(note_end(events_, with_group(body)), "parent");
    settle();
    ring_.advance(1s);
    if (outside_first) {
      handle.cancel();
    } else {
      loop_.run_once();  // the child fails; the body has not run yet
      handle.cancel();
    }
    settle();
    EXPECT_EQ(events_, (Events{"1 error in a task group: it broke", "cancelled later"}))
        << outside_first;
    EXPECT_EQ(handle.context().cancelling(), 1);
  }
}

TEST_F(TaskGroupTest, AGroupInTheCleanupOfACancelledTaskTellsItsOwnCancel) {
  constexpr auto scope = [](TaskGroup& group) -> Task<void> {
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_await forever();
  };
  constexpr auto body = [](Events& events, auto inner) -> Task<void> {
    try {
      co_await forever();
    } catch (const Cancelled&) {
      events.emplace_back("cleaning up");
    }
    co_await note_end(events, with_group(inner));
    EXPECT_EQ(current_task().cancelling(), 1);
  };
  TaskHandle<void> handle = loop_.spawn(body(events_, scope), "parent");
  settle();
  handle.cancel();
  let_pass(1s);
  EXPECT_EQ(events_, (Events{"cleaning up", "1 error in a task group: it broke"}));
  EXPECT_FALSE(handle.cancelled());
}

TEST_F(TaskGroupTest, ATimeoutAroundTheScopeIsATimeout) {
  const auto body = [this](TaskGroup& group) -> Task<void> {
    group.spawn(wait_and_note(events_, "child"), "child").detach();
    co_await forever();
  };
  loop_.run(note_end(events_, timeout(1s, with_group(body))));
  EXPECT_EQ(events_, (Events{"child cancelled", "timed out"}));
}

TEST_F(TaskGroupTest, ATimeoutInTheBodyIsTheBodys) {
  const auto body = [this](TaskGroup& group) -> Task<int> {
    TaskHandle<int> child = group.spawn(give_after(3s, 4), "child");
    co_await note_end(events_, timeout(1s, forever()));
    co_return co_await child;
  };
  EXPECT_EQ(loop_.run(with_group(body)), 4);
  EXPECT_EQ(events_, Events{"timed out"});
}

TEST_F(TaskGroupTest, TheErrorOfAGroupWithinAGroupIsAGroupWithinTheGroup) {
  constexpr auto inner = [](TaskGroup& group) -> Task<void> {
    group.spawn(fail_after(1s, "it broke"), "failer").detach();
    co_await forever();
  };
  constexpr auto outer = [](TaskGroup& group) -> Task<void> {
    group.spawn(with_group(inner), "inner").detach();
    co_await forever();
  };
  try {
    loop_.run(with_group(outer));
    ADD_FAILURE();
  } catch (const ExceptionGroup& errors) {
    EXPECT_STREQ(errors.what(), "1 error in a task group: 1 error in a task group: it broke");
    EXPECT_NE(errors.find<OwnError>(), nullptr);
  }
}

TEST_F(TaskGroupTest, AGroupNestedInABodyEndsBeforeTheOuterCancelGoesOn) {
  // The outer child fails while the body waits in an inner scope: the inner children are awaited,
  // and the inner scope raises Cancelled, for it was not its own.
  const auto outer = [this](TaskGroup& group) -> Task<void> {
    group.spawn(fail_after(1s, "outer"), "failer").detach();
    auto inner = [this](TaskGroup& within) -> Task<void> {
      within.spawn(clean_up_for(1s, events_, "inner child"), "child").detach();
      co_await forever();
    };
    std::exception_ptr end;
    try {
      co_await with_group(std::move(inner));
    } catch (const Cancelled&) {
      end = std::current_exception();
    }
    events_.push_back(describe(end));
    std::rethrow_exception(end);
  };
  loop_.run(note_end(events_, with_group(outer)));
  EXPECT_EQ(events_, (Events{"inner child cleans up", "inner child is clean", "cancelled",
                             "1 error in a task group: outer"}));
}

TEST_F(TaskGroupTest, ABodyThatJoinsACancelledTaskRaisesCancelled) {
  const auto body = [this](TaskGroup& group) -> Task<void> {
    TaskHandle<int> child = group.spawn(wait_and_note(events_, "child"), "child");
    child.cancel();
    co_await child;
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_, (Events{"child cancelled", "cancelled"}));
}

TEST_F(TaskGroupTest, AChildMayCancelTheTaskOfTheBody) {
  constexpr auto cancel = [](TaskContext& task) -> Task<void> {
    co_await sleep(1s);
    task.cancel();
  };
  const auto body = [&](TaskGroup& group) -> Task<void> {
    group.spawn(cancel(current_task()), "canceller").detach();
    co_await wait_and_note(events_, "body");
  };
  loop_.run(note_end(events_, with_group(body)));
  EXPECT_EQ(events_, (Events{"body cancelled", "cancelled"}));
}

TEST_F(TaskGroupTest, TheEndOfTheLoopEndsItToo) {
  const auto body = [this](TaskGroup& group) -> Task<void> {
    group.spawn(wait_and_note(events_, "child"), "child").detach();
    co_await forever();
  };
  loop_.spawn(note_end(events_, with_group(body)), "parent").detach();
  settle();
  loop_.run(support::nothing());
  EXPECT_EQ(events_, (Events{"child cancelled", "cancelled"}));
}

// A tree of groups in which anything may fail or be cancelled at any time.
Task<void> grow(std::mt19937& random, int depth, int& alive) {
  struct Alive {
    explicit Alive(int& of) : count(of) { ++count; }
    ~Alive() { --count; }
    int& count;
  };
  const Alive counted(alive);
  const auto seconds = [&](unsigned limit) { return std::chrono::seconds(random() % limit); };
  auto body = [&](TaskGroup& group) -> Task<void> {
    const unsigned children = depth == 0 ? 0 : static_cast<unsigned>(random() % 4);
    for (unsigned i = 0; i < children; ++i) {
      TaskHandle<void> child = group.spawn(grow(random, depth - 1, alive), "child");
      if (random() % 5 == 0) child.cancel();
    }
    co_await sleep(seconds(5));
    if (random() % 6 == 0) throw OwnError("body");
    if (random() % 6 == 0) group.cancel();
  };
  auto scope = with_group(std::move(body));
  if (random() % 2 == 0) scope = timeout(seconds(6), std::move(scope));
  auto outcome = co_await settle(std::move(scope));
  if (outcome.cancelled() || random() % 2 == 0) outcome.take();
}

TEST_F(TaskGroupTest, WhateverFailsOrIsCancelledInATreeNothingIsLeft) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    int alive = 0;
    TaskHandle<void> root = loop_.spawn(grow(random, 4, alive), "root");
    if (random() % 2 == 0) {
      let_pass(std::chrono::seconds(random() % 5));
      root.cancel();
    }
    while (!root.done()) loop_.run_once();
    EXPECT_EQ(loop_.task_count(), 0U) << "the root ended after all others";
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(loop_.timers().size(), 0U);
    root.context().mark_retrieved();
  }
}

using TaskGroupDeathTest = TaskGroupTest;

TEST_F(TaskGroupDeathTest, AGroupThatIsNotJoinedIsAProgrammingError) {
  constexpr auto body = []() -> Task<void> {
    TaskGroup group;
    group.spawn(forever(), "left").detach();
    co_return;
  };
  EXPECT_DEATH(loop_.run(body()), "assertion failed");
}

TEST_F(TaskGroupDeathTest, SpawningAfterTheLastChildOfAJoinIsAProgrammingError) {
  // In the pass in which the child ends, between it and who joins.
  constexpr auto outsider = [](TaskGroup& group) -> Task<void> {
    co_await sleep(1s);
    group.spawn(forever(), "late").detach();
  };
  constexpr auto body = [](auto spawner) -> Task<void> {
    TaskGroup group;
    const TaskHandle<int> child = group.spawn(give_after(1s, 1), "child");
    const TaskHandle<void> other = current_loop().spawn(spawner(group), "other");
    co_await group.join();
  };
  EXPECT_DEATH(loop_.run(body(outsider)), "assertion failed");
}

TEST_F(TaskGroupTest, ACancelThatWasDueBeforeTheGroupBeganIsRaisedAfterItsErrors) {
  constexpr auto body = [](Events& events) -> Task<void> {
    current_task().cancel();
    auto grouped = [](TaskGroup& group) -> Task<void> {
      group.spawn(fail_in_cleanup("it broke"), "child").detach();
      co_await sleep(1s);
    };
    try {
      co_await with_group(std::move(grouped));
    } catch (const ExceptionGroup&) {
      events.emplace_back("errors");
    }
    co_await sleep(1s);
    events.emplace_back("went on");
  };
  TaskHandle<void> task = loop_.spawn(body(events_), "task");
  while (!task.done()) loop_.run_once();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(events_, Events{"errors"});
  loop_.run(support::nothing());
}

TEST_F(TaskGroupTest, ACallableThatSpawnsAndThenThrowsIsTheGroupsError) {
  constexpr auto body = [](Events& events) -> Task<void> {
    auto grouped = [&events](TaskGroup& group) -> Task<void> {
      group.spawn(wait_and_note(events, "child"), "child").detach();
      throw OwnError("no body");
    };
    co_await with_group(std::move(grouped));
  };
  EXPECT_THROW(loop_.run(body(events_)), ExceptionGroup);
}

}  // namespace
}  // namespace core
