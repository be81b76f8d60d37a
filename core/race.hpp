// race(): several tasks at the same time, the first to end.
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "core/cancel_point.hpp"
#include "core/children.hpp"
#include "core/outcome.hpp"

namespace core {

// The children of a race(): the end of the first ends the others.
class FirstToEnd final : public Children {
 public:
  FirstToEnd() : Children("race") {}

  bool won_by(const TaskContext& child) const { return &child == winner_; }

 private:
  void child_ended(TaskContext& child) override {
    if (child.cancelled() || winner_ != nullptr) return;
    winner_ = &child;
    end();
  }
  bool ends_cancelled() const override { return winner_ == nullptr; }

  const TaskContext* winner_ = nullptr;
};

// The result of the one handle that won, or its exception.
template <class Result, std::size_t kIndex = 0, class... T>
Result take_winner(const FirstToEnd& children, std::tuple<TaskHandle<T>...>& handles) {
  auto& handle = std::get<kIndex>(handles);
  if constexpr (kIndex + 1 < sizeof...(T)) {
    const bool won = children.won_by(handle.context());
    if (!won) return take_winner<Result, kIndex + 1>(children, handles);
  }
  return Result(std::in_place_index<kIndex>, value_of(handle));
}

// Spawns every task. The first to end, with a result or with an error, wins: the others are
// cancelled and awaited, then the result is given, or the error thrown. The variant's index says
// who won; a void task gives std::monostate. Lazy, as every Task.
//
// What a loser gives all the same is dropped, so race what may be dropped: not two accepts, rather
// an accept and a stop signal, whose results are not lost together. The error of a loser is
// reported to the loop's exception handler.
// A child that is cancelled by itself has left the race; when all have, Cancelled is raised.
// Cancelled: cancels all, waits, and raises Cancelled; unless one ends otherwise in spite of it:
// it has won, and the cancel is raised at the next suspension.
// Thread: the loop's. (asyncio: wait(FIRST_COMPLETED), which leaves the losers running.)
template <class First, class... Rest>
Task<std::variant<Value<First>, Value<Rest>...>> race(Task<First> first, Task<Rest>... rest) {
  co_await CancelPoint();
  const std::source_location place = co_await AwaitedAt();
  FirstToEnd children;
  std::tuple<TaskHandle<First>, TaskHandle<Rest>...> handles{
      children.spawn_next(std::move(first), place), children.spawn_next(std::move(rest), place)...};
  co_await children.wait();
  co_return take_winner<std::variant<Value<First>, Value<Rest>...>>(children, handles);
}

// Who won a race, by its place among the contestants, and with what.
template <class T>
struct Won {
  std::size_t index;
  Value<T> value;
};

// The same for one or more of the same kind.
template <class T>
Task<Won<T>> race(std::vector<Task<T>> tasks) {
  HUBBUB_ASSERT(!tasks.empty());
  co_await CancelPoint();
  const std::source_location place = co_await AwaitedAt();
  FirstToEnd children;
  std::vector<TaskHandle<T>> handles;
  handles.reserve(tasks.size());
  for (Task<T>& task : tasks) {
    handles.push_back(children.spawn_next(std::move(task), place));
  }
  co_await children.wait();
  std::size_t winner = 0;
  while (!children.won_by(handles[winner].context())) ++winner;
  co_return Won<T>{winner, value_of(handles[winner])};
}

}  // namespace core
