// call() and spawn(): a callable and its arguments live as long as the task that uses them.
#include "core/spawn.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/gather.hpp"
#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;

using SpawnTest = support::ScriptedTest;

TEST_F(SpawnTest, TheCapturesOfALambdaLiveAsLongAsItsTask) {
  const auto start = []() -> Task<TaskHandle<std::size_t>> {
    const std::string text(100, 'x');
    co_return spawn("task", [text]() -> Task<std::size_t> {
      co_await sleep(1s);
      co_return text.size();
    });
  };
  constexpr auto body = [](auto starter) -> Task<std::size_t> {
    const TaskHandle<std::size_t> task = co_await starter();
    co_return co_await task;
  };
  EXPECT_EQ(loop_.run(body(start)), 100U);
}

TEST_F(SpawnTest, ArgumentsLiveAsLongAsTheTaskAlsoWhereTheyAreTakenByReference) {
  constexpr auto size_of = [](const std::string& text) -> Task<std::size_t> {
    co_await sleep(1s);
    co_return text.size();
  };
  constexpr auto body = [](auto function) -> Task<std::size_t> {
    const TaskHandle<std::size_t> task = spawn("task", function, std::string(100, 'x'));
    co_return co_await task;
  };
  EXPECT_EQ(loop_.run(body(size_of)), 100U);
}

TEST_F(SpawnTest, CallableAndArgumentsGoWithTheTask) {
  constexpr auto hold = [](std::shared_ptr<int>) -> Task<void> { co_await sleep(1s); };
  constexpr auto body = [](auto holder, std::shared_ptr<int> held) -> Task<long> {
    auto function = [holder, held](std::shared_ptr<int> argument) { return holder(argument); };
    const TaskHandle<void> task = spawn("task", std::move(function), held);
    co_await sleep(0s);
    const long while_it_runs = held.use_count();
    co_await task;
    co_return while_it_runs - held.use_count();
  };
  const auto held = std::make_shared<int>(1);
  EXPECT_GE(loop_.run(body(hold, held)), 2) << "its capture and its argument";
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(SpawnTest, AMoveOnlyArgumentIsMovedAlong) {
  constexpr auto take = [](std::unique_ptr<int> number) -> Task<int> {
    co_await sleep(0s);
    co_return *number;
  };
  EXPECT_EQ(loop_.run(call(take, std::make_unique<int>(7))), 7);
}

TEST_F(SpawnTest, AReferenceIsPassedAsOneByRef) {
  constexpr auto add = [](int& number) -> Task<void> {
    co_await sleep(0s);
    ++number;
  };
  int number = 1;
  loop_.run(call(add, std::ref(number)));
  EXPECT_EQ(number, 2);
}

TEST_F(SpawnTest, AMemberFunctionMayBeCalled) {
  struct Counter {
    Task<int> add(int more) {
      co_await sleep(0s);
      co_return count += more;
    }
    int count = 1;
  };
  Counter counter;
  EXPECT_EQ(loop_.run(call(&Counter::add, &counter, 2)), 3);
  EXPECT_EQ(counter.count, 3);
}

TEST_F(SpawnTest, NothingIsCalledBeforeTheTaskRuns) {
  constexpr auto body = [](Events& events) -> Task<void> {
    const TaskHandle<void> task = spawn("task", [&events]() -> Task<void> {
      events.emplace_back("called");
      co_return;
    });
    events.emplace_back("spawned");
    co_await task;
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, (Events{"spawned", "called"}));
}

TEST_F(SpawnTest, TheTaskHasItsNameAndThePlaceWhereItWasSpawned) {
  constexpr auto body = []() -> Task<unsigned> {
    const unsigned line = std::source_location::current().line();
    const TaskHandle<int> task = spawn("its name", support::give_after, 0s, 1);
    EXPECT_EQ(task.name(), "its name");
    EXPECT_NE(std::string(task.context().spawned_at().file_name()).find("spawn_test.cpp"),
              std::string::npos);
    co_await task;
    co_return task.context().spawned_at().line() - line;
  };
  EXPECT_EQ(loop_.run(body()), 1U);
}

TEST_F(SpawnTest, AnExceptionOfTheCallableItselfIsTheTasks) {
  constexpr auto refuse = [](int number) -> Task<int> {
    if (number == 0) throw support::OwnError("refused");
    return support::give_after(0s, number);
  };
  EXPECT_THROW(loop_.run(call(refuse, 0)), support::OwnError);
  EXPECT_EQ(loop_.run(call(refuse, 4)), 4);
}

TEST_F(SpawnTest, ACallGoesWhereverATaskGoes) {
  int number = 1;
  auto add = [&number]() -> Task<int> {
    co_await sleep(1s);
    co_return ++number;
  };
  const auto results = loop_.run(timeout(5s, gather(call(add), call(add))));
  EXPECT_EQ(results, std::make_tuple(2, 3));
}

}  // namespace
}  // namespace core
