// race(): the first to end, with nothing of the others left.
#include "core/race.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/event.hpp"
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

using RaceTest = support::ScriptedTest;

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

TEST_F(RaceTest, TheFirstToEndWinsAndTheVariantSaysWho) {
  const auto first = loop_.run(race(give_after(1s, 5), say_after(2s, "late")));
  EXPECT_EQ(first.index(), 0U);
  EXPECT_EQ(std::get<0>(first), 5);
  const auto second = loop_.run(race(give_after(2s, 5), say_after(1s, "early")));
  EXPECT_EQ(second.index(), 1U);
  EXPECT_EQ(std::get<1>(second), "early");
}

TEST_F(RaceTest, TasksOfTheSameKindAreToldApart) {
  const auto winner = loop_.run(race(give_after(3s, 1), give_after(1s, 2), give_after(2s, 3)));
  EXPECT_EQ(winner.index(), 1U);
  EXPECT_EQ(std::get<1>(winner), 2);
}

TEST_F(RaceTest, OfAListTheFirstToEndWins) {
  const Won<int> won =
      loop_.run(race(list(give_after(3s, 1), give_after(1s, 2), give_after(2s, 3))));
  EXPECT_EQ(won.index, 1U);
  EXPECT_EQ(won.value, 2);
}

TEST_F(RaceTest, ATaskWithoutResultMayWin) {
  constexpr auto body = []() -> Task<void> { co_await sleep(1s); };
  EXPECT_EQ(loop_.run(race(forever(), body())).index(), 1U);
  EXPECT_EQ(loop_.run(race(list(forever(), body()))).index, 1U);
}

TEST_F(RaceTest, OneAloneWins) {
  EXPECT_EQ(std::get<0>(loop_.run(race(give_after(1s, 4)))), 4);
}

TEST_F(RaceTest, AResultMayBeMoveOnly) {
  constexpr auto give = [](Duration duration) -> Task<std::unique_ptr<int>> {
    co_await sleep(duration);
    co_return std::make_unique<int>(7);
  };
  const auto winner = loop_.run(race(give(1s), give(2s)));
  EXPECT_EQ(*std::get<0>(winner), 7);
}

TEST_F(RaceTest, TheLosersAreCancelledAndAwaited) {
  constexpr auto body = [](Events& events) -> Task<void> {
    const auto winner = co_await race(give_after(1s, 5), clean_up_for(4s, events, "loser"));
    events.push_back(std::to_string(winner.index()));
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, (Events{"loser cleans up", "loser is clean", "0"}));
}

TEST_F(RaceTest, AnErrorWinsToo) {
  EXPECT_THROW(loop_.run(race(fail_after(1s, "it broke"), wait_and_note(events_, "loser"))),
               OwnError);
  EXPECT_EQ(events_, Events{"loser cancelled"});
}

TEST_F(RaceTest, OfTwoThatEndInOnePassTheFirstThatRanWins) {
  EXPECT_EQ(loop_.run(race(give_after(1s, 1), give_after(1s, 2))).index(), 0U);
}

TEST_F(RaceTest, TheErrorOfALoserIsReported) {
  Reports reports(loop_);
  const auto winner = loop_.run(race(give_after(1s, 5), fail_in_cleanup("cleanup")));
  EXPECT_EQ(winner.index(), 0U);
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(describe(reports.all[0].exception), "cleanup");
  EXPECT_EQ(reports.all[0].task, "main/race.1");
}

TEST_F(RaceTest, WhatALoserGivesAllTheSameIsDropped) {
  const auto winner = loop_.run(race(give_after(1s, 5), swallow_and_give(6)));
  EXPECT_EQ(std::get<0>(winner), 5);
}

TEST_F(RaceTest, AChildThatIsCancelledByItselfHasLeftTheRace) {
  constexpr auto cancel_itself = []() -> Task<int> {
    current_task().cancel();
    co_await forever();
    co_return 0;
  };
  EXPECT_EQ(std::get<1>(loop_.run(race(cancel_itself(), give_after(1s, 5)))), 5);
  loop_.run(note_end(events_, race(cancel_itself(), cancel_itself())));
  EXPECT_EQ(events_, Events{"cancelled"});
}

TEST_F(RaceTest, CancelledItCancelsAllAndWaitsForThem) {
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, race(wait_and_note(events_, "one"), clean_up_for(5s, events_, "two"))),
      "parent");
  settle();
  handle.cancel();
  let_pass(5s);
  EXPECT_EQ(events_, (Events{"one cancelled", "two cleans up", "two is clean", "cancelled"}));
}

TEST_F(RaceTest, ACleanupIsNotDisturbedByOneThatWins) {
  TaskHandle<void> handle = loop_.spawn(
      note_end(events_, race(clean_up_for(5s, events_, "slow"), swallow_and_give(8))), "parent");
  settle();
  handle.cancel();
  let_pass(5s);
  EXPECT_EQ(events_, (Events{"slow cleans up", "slow is clean", "ended", "cancelled later"}));
}

TEST_F(RaceTest, OneThatEndsInSpiteOfACancelHasWon) {
  constexpr auto body = []() -> Task<int> {
    const auto winner = co_await race(swallow_and_give(8), forever());
    co_return std::get<0>(winner);
  };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, body()), "parent");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"8", "cancelled later"}));
}

TEST_F(RaceTest, NothingIsStartedInATaskThatWasAskedToStop) {
  constexpr auto note = [](Events& events) -> Task<int> {
    events.emplace_back("started");
    co_return 1;
  };
  TaskHandle<void> handle =
      loop_.spawn(note_end(events_, race(note(events_), note(events_))), "parent");
  handle.cancel();
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
}

TEST_F(RaceTest, WorkMayRaceWithAStopSignal) {
  constexpr auto wait = [](Event& event) -> Task<void> { co_await event.wait(); };
  constexpr auto set_later = [](Event& event) -> Task<void> {
    co_await sleep(2s);
    event.set();
  };
  constexpr auto body = [](auto waiter, auto setter) -> Task<std::size_t> {
    Event stop;
    const TaskHandle<void> other = current_loop().spawn(setter(stop), "setter");
    const auto winner = co_await race(give_after(24h, 1), waiter(stop));
    co_return winner.index();
  };
  EXPECT_EQ(loop_.run(body(wait, set_later)), 1U);
}

TEST_F(RaceTest, WhateverTheOrderOneWinsAndNothingIsLeft) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<Task<int>> tasks;
    const int count = 1 + static_cast<int>(random() % 5);
    int least = 100;
    int expected = 0;
    for (int i = 0; i < count; ++i) {
      const int seconds = static_cast<int>(random() % 6);
      if (seconds < least) {
        least = seconds;
        expected = i;
      }
      tasks.push_back(give_after(std::chrono::seconds(seconds), i));
    }
    const Won<int> won = loop_.run(race(std::move(tasks)));
    EXPECT_EQ(won.value, expected);
    EXPECT_EQ(won.index, static_cast<std::size_t>(expected));
    EXPECT_EQ(loop_.task_count(), 0U);
  }
}

using RaceDeathTest = RaceTest;

TEST_F(RaceDeathTest, ARaceOfNoneIsAProgrammingError) {
  EXPECT_DEATH(loop_.run(race(std::vector<Task<int>>())), "assertion failed");
}

}  // namespace
}  // namespace core
