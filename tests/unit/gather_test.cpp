// gather(): all results or the first error, and nothing left running in any case.
#include "core/gather.hpp"

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

using GatherTest = support::ScriptedTest;

template <class T, class... More>
std::vector<Task<T>> list(Task<T> first, More... more) {
  std::vector<Task<T>> tasks;
  tasks.push_back(std::move(first));
  (tasks.push_back(std::move(more)), ...);
  return tasks;
}

Task<std::string> say_after(Duration duration, std::string text) {
  co_await sleep(duration);
  co_return text;
}

// --- Results ------------------------------------------------------------------------------------

TEST_F(GatherTest, ResultsComeInTheOrderOfTheArguments) {
  const auto results =
      loop_.run(gather(give_after(2s, 1), say_after(1s, "two"), give_after(0s, 3)));
  EXPECT_EQ(results, std::make_tuple(1, std::string("two"), 3));
}

TEST_F(GatherTest, ResultsOfAListComeInItsOrder) {
  const auto results =
      loop_.run(gather(list(give_after(2s, 1), give_after(1s, 2), give_after(0s, 3))));
  EXPECT_EQ(results, (std::vector<int>{1, 2, 3}));
}

TEST_F(GatherTest, TheTasksRunAtTheSameTime) {
  const Time begin = ring_.now();
  loop_.run(gather(give_after(3s, 1), give_after(2s, 2), give_after(1s, 3)));
  EXPECT_EQ(ring_.now() - begin, 3s);
}

TEST_F(GatherTest, ATaskWithoutResultGivesMonostate) {
  constexpr auto body = []() -> Task<void> { co_await sleep(1s); };
  const auto results = loop_.run(gather(body(), give_after(0s, 3)));
  EXPECT_EQ(std::get<0>(results), std::monostate());
  EXPECT_EQ(std::get<1>(results), 3);
}

TEST_F(GatherTest, AListOfTasksWithoutResultGivesNone) {
  constexpr auto body = [](int& runs) -> Task<void> {
    co_await sleep(1s);
    ++runs;
  };
  int runs = 0;
  loop_.run(gather(list(body(runs), body(runs))));
  EXPECT_EQ(runs, 2);
}

TEST_F(GatherTest, GatheringNothingEndsAtOnce) {
  EXPECT_EQ(loop_.run(gather()), std::tuple<>());
  EXPECT_TRUE(loop_.run(gather(std::vector<Task<int>>())).empty());
  EXPECT_TRUE(loop_.run(gather_settled(std::vector<Task<int>>())).empty());
}

TEST_F(GatherTest, AResultMayBeMoveOnly) {
  constexpr auto give = [](int number) -> Task<std::unique_ptr<int>> {
    co_await sleep(0s);
    co_return std::make_unique<int>(number);
  };
  const auto results = loop_.run(gather(give(1), give(2)));
  EXPECT_EQ(*std::get<0>(results) + *std::get<1>(results), 3);
  const auto more = loop_.run(gather(list(give(3), give(4))));
  EXPECT_EQ(*more.at(0) + *more.at(1), 7);
}

TEST_F(GatherTest, NothingRunsBeforeItIsAwaited) {
  constexpr auto hold = [](std::shared_ptr<int> held) -> Task<void> {
    ++*held;
    co_return;
  };
  const auto held = std::make_shared<int>(1);
  {
    const auto gathered = gather(hold(held), hold(held));
    settle();
    EXPECT_EQ(*held, 1);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(GatherTest, ManyTasksAreGathered) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 10'000; ++i) tasks.push_back(give_after(std::chrono::seconds(i % 7), i));
  const std::vector<int> results = loop_.run(gather(std::move(tasks)));
  ASSERT_EQ(results.size(), 10'000U);
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], i);
}

TEST_F(GatherTest, AChildIsNamedAfterItsParentAndThePlaceItIsAwaitedAt) {
  constexpr auto body = []() -> Task<int> {
    const auto results = co_await gather(fail_after(0s, "first"), fail_after(0s, "second"));
    co_return std::get<0>(results);
  };
  Reports reports(loop_);
  EXPECT_THROW(loop_.run(body()), OwnError);
  ASSERT_EQ(reports.all.size(), 1U) << "of the second";
  EXPECT_EQ(reports.all[0].task, "main/gather.1");
  EXPECT_NE(std::string(reports.all[0].spawned_at.file_name()).find("gather_test.cpp"),
            std::string::npos);
}

// --- Errors -------------------------------------------------------------------------------------

TEST_F(GatherTest, TheFirstErrorCancelsTheRest) {
  const Time begin = ring_.now();
  EXPECT_THROW(loop_.run(gather(fail_after(1s, "it broke"), wait_and_note(events_, "sibling"))),
               OwnError);
  EXPECT_EQ(events_, Events{"sibling cancelled"});
  EXPECT_EQ(ring_.now() - begin, 1s);
}

TEST_F(GatherTest, TheErrorLeavesWhenTheLastSiblingHasCleanedUp) {
  constexpr auto body = [](Events& events) -> Task<void> {
    try {
      co_await gather(fail_after(1s, "it broke"), clean_up_for(5s, events, "sibling"));
    } catch (const OwnError& error) {
      events.emplace_back(error.what());
    }
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, (Events{"sibling cleans up", "sibling is clean", "it broke"}));
}

TEST_F(GatherTest, ASiblingMayUseWhatTheCallersFrameHolds) {
  constexpr auto use = [](const std::string& text, std::size_t& size) -> Task<int> {
    co_await clean_up_for(1s, *std::make_unique<Events>(), "");
    size = text.size();
    co_return 0;
  };
  constexpr auto body = [](auto user) -> Task<std::size_t> {
    const std::string text(100, 'x');
    std::size_t size = 0;
    try {
      co_await gather(fail_after(1s, "it broke"), user(text, size));
    } catch (const OwnError&) {
    }
    co_return text.size();
  };
  EXPECT_EQ(loop_.run(body(use)), 100U);
}

TEST_F(GatherTest, OfSeveralErrorsTheFirstInTimeIsThrownAndTheRestReported) {
  Reports reports(loop_);
  try {
    loop_.run(gather(fail_in_cleanup("cleanup"), fail_after(2s, "late"), fail_after(1s, "early")));
    ADD_FAILURE();
  } catch (const OwnError& error) {
    EXPECT_STREQ(error.what(), "early");
  }
  ASSERT_EQ(reports.all.size(), 1U) << "late was cancelled";
  EXPECT_EQ(describe(reports.all[0].exception), "cleanup");
}

TEST_F(GatherTest, OfTwoErrorsInOnePassTheFirstThatRanIsThrown) {
  Reports reports(loop_);
  try {
    loop_.run(gather(list(fail_after(1s, "one"), fail_after(1s, "two"))));
    ADD_FAILURE();
  } catch (const OwnError& error) {
    EXPECT_STREQ(error.what(), "one");
  }
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(describe(reports.all[0].exception), "two");
}

TEST_F(GatherTest, AnErrorThatIsThrownIsNotReportedToo) {
  Reports reports(loop_);
  EXPECT_THROW(loop_.run(gather(fail_after(1s, "it broke"), give_after(0s, 1))), OwnError);
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(GatherTest, AChildThatIsCancelledByItselfCancelsTheRest) {
  constexpr auto cancel_itself = []() -> Task<int> {
    current_task().cancel();
    co_await forever();
    co_return 0;
  };
  loop_.run(note_end(events_, gather(cancel_itself(), wait_and_note(events_, "sibling"))));
  EXPECT_EQ(events_, (Events{"sibling cancelled", "cancelled"}));
}

// --- Cancelling ---------------------------------------------------------------------------------

TEST_F(GatherTest, CancelledItCancelsAllAndWaitsForThem) {
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, gather(wait_and_note(events_, "one"), clean_up_for(5s, events_, "two"))),
      "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"one cancelled", "two cleans up"}));
  let_pass(5s);
  EXPECT_EQ(events_, (Events{"one cancelled", "two cleans up", "two is clean", "cancelled"}));
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(handle.context().cancelling(), 1);
}

TEST_F(GatherTest, ACleanupIsNotDisturbedBySiblingsThatEnd) {
  // The one that cleans up has begun to when the next ends cancelled, and when another fails.
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, gather(clean_up_for(5s, events_, "slow"), wait_and_note(events_, "quick"),
                               fail_in_cleanup("it broke"))),
      "parent");
  settle();
  handle.cancel();
  let_pass(5s);
  EXPECT_EQ(events_, (Events{"slow cleans up", "quick cancelled", "slow is clean", "it broke",
                             "cancelled later"}));
}

TEST_F(GatherTest, WhereAllSucceedInSpiteOfACancelTheResultsAreReturnedFirst) {
  constexpr auto body = []() -> Task<int> {
    const auto results = co_await gather(swallow_and_give(1), swallow_and_give(2));
    co_return std::get<0>(results) * 10 + std::get<1>(results);
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, body()), "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"12", "cancelled later"}));
}

TEST_F(GatherTest, AnErrorDuringACancelGoesBeforeIt) {
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, gather(fail_in_cleanup("cleanup"), wait_and_note(events_, "two"))),
      "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"two cancelled", "cleanup", "cancelled later"}));
}

TEST_F(GatherTest, ASecondCancelReachesACleanup) {
  TaskHandle<void> handle =
      loop_.spawn(note_end(events_, gather(clean_up_for(24h, events_, "one"))), "parent");
  settle();
  handle.cancel();
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"one cleans up", "cancelled"}));
}

TEST_F(GatherTest, NothingIsStartedInATaskThatWasAskedToStop) {
  constexpr auto note = [](Events& events) -> Task<int> {
    events.emplace_back("started");
    co_return 1;
  };
  TaskHandle<void> handle =
      loop_.spawn(note_end(events_, gather(note(events_), note(events_))), "parent");
  handle.cancel();
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
}

TEST_F(GatherTest, ATimeoutAroundItIsATimeout) {
  constexpr auto body = [](Events& events) -> Task<int> {
    try {
      co_await timeout(1s, gather(wait_and_note(events, "one"), wait_and_note(events, "two")));
    } catch (const TimeoutError&) {
      events.emplace_back("timed out");
    }
    co_return current_task().cancelling();
  };
  EXPECT_EQ(loop_.run(body(events_)), 0);
  EXPECT_EQ(events_, (Events{"one cancelled", "two cancelled", "timed out"}));
}

TEST_F(GatherTest, TheEndOfTheLoopEndsItToo) {
  loop_.spawn(note_end(events_, gather(wait_and_note(events_, "one"), forever())), "parent")
      .detach();
  settle();
  loop_.run(support::nothing());
  EXPECT_EQ(events_, (Events{"one cancelled", "cancelled"}));
}

// --- Settled ------------------------------------------------------------------------------------

TEST_F(GatherTest, SettledSaysOfEachHowItEnded) {
  constexpr auto cancel_itself = []() -> Task<void> {
    current_task().cancel();
    co_await forever();
  };
  Reports reports(loop_);
  auto outcomes =
      loop_.run(gather_settled(give_after(2s, 5), fail_after(1s, "it broke"), cancel_itself()));
  EXPECT_EQ(std::get<0>(outcomes).value(), 5);
  EXPECT_EQ(std::get<0>(outcomes).exception(), nullptr);
  EXPECT_EQ(describe(std::get<1>(outcomes).exception()), "it broke");
  EXPECT_FALSE(std::get<1>(outcomes).cancelled());
  EXPECT_THROW(std::get<1>(outcomes).take(), OwnError);
  EXPECT_TRUE(std::get<2>(outcomes).cancelled());
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(GatherTest, SettledOfAListSaysOfEachHowItEnded) {
  auto outcomes = loop_.run(gather_settled(list(fail_after(0s, "it broke"), give_after(9s, 4))));
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_FALSE(outcomes[0].has_value());
  EXPECT_EQ(outcomes[1].take(), 4);
}

TEST_F(GatherTest, SettledCancelledFromOutsideRaisesCancelledAndReportsErrors) {
  Reports reports(loop_);
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, gather_settled(fail_after(1s, "it broke"), wait_and_note(events_, "two"))),
      "parent");
  settle();
  let_pass(2s);
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"two cancelled", "cancelled"}));
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(describe(reports.all[0].exception), "it broke");
}

TEST_F(GatherTest, SettledGivesItsOutcomesIfNoChildWasStoppedByACancel) {
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, gather_settled(swallow_and_give(1), fail_in_cleanup("cleanup"))), "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"ended", "cancelled later"}));
}

// --- Any order ----------------------------------------------------------------------------------

enum class Kind { kValue, kError, kCancelled };

struct Behaviour {
  Duration runs_for;
  bool fails;
  Duration cleanup;
  int on_cancel;  // 0: passes it on, 1: gives a result, 2: fails
};

// Plays a behaviour and writes its end down.
Task<int> play(Behaviour behaviour, std::vector<Kind>& ends) {
  std::exception_ptr cancel;
  try {
    co_await sleep(behaviour.runs_for);
  } catch (const Cancelled&) {
    cancel = std::current_exception();
  }
  if (cancel && behaviour.cleanup > 0s) {
    try {
      co_await sleep(behaviour.cleanup);
    } catch (const Cancelled&) {
      behaviour.on_cancel = 0;
    }
  }
  const bool fails = cancel ? behaviour.on_cancel == 2 : behaviour.fails;
  const bool stops = cancel && behaviour.on_cancel == 0;
  ends.push_back(stops ? Kind::kCancelled : fails ? Kind::kError : Kind::kValue);
  if (stops) std::rethrow_exception(cancel);
  if (fails) throw OwnError(std::to_string(ends.size() - 1));
  co_return 1;
}

Behaviour draw(std::mt19937& random) {
  const auto below = [&](unsigned limit) { return static_cast<int>(random() % limit); };
  return {.runs_for = std::chrono::seconds(below(6)),
          .fails = below(4) == 0,
          .cleanup = std::chrono::seconds(below(3)),
          .on_cancel = below(4) == 0 ? 1 + below(2) : 0};
}

class GatherOrderTest : public GatherTest {
 protected:
  // What gather() must do after such ends.
  static std::string expected(const std::vector<Kind>& ends) {
    const auto error = std::find(ends.begin(), ends.end(), Kind::kError);
    if (error != ends.end()) return std::to_string(error - ends.begin());
    const bool any_cancelled = std::find(ends.begin(), ends.end(), Kind::kCancelled) != ends.end();
    return any_cancelled ? "cancelled" : "ended";
  }
};

TEST_F(GatherOrderTest, WhateverTheOrderTheOutcomeFollowsFromTheEndsAndNothingIsLeft) {
  Reports reports(loop_);
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<Kind> ends;
    std::vector<Task<int>> tasks;
    const std::size_t count = 1 + random() % 5;
    for (std::size_t i = 0; i < count; ++i) tasks.push_back(play(draw(random), ends));
    events_.clear();
    TaskHandle<void> handle = loop_.spawn(note_end(events_, gather(std::move(tasks))), "parent");
    const unsigned cancels = random() % 3;
    for (unsigned i = 0; i < cancels; ++i) {
      let_pass(std::chrono::seconds(random() % 4));
      handle.cancel();
    }
    while (!handle.done()) loop_.run_once();
    EXPECT_EQ(ends.size(), count) << "all had ended when it returned";
    EXPECT_EQ(events_.at(0), expected(ends));
    EXPECT_EQ(loop_.task_count(), 0U);
  }
}

}  // namespace
}  // namespace core
