// gather(): several tasks at the same time, all their results.
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "core/cancel_point.hpp"
#include "core/children.hpp"
#include "core/outcome.hpp"

namespace core {

// The children of a gather(): the first that does not succeed ends the others.
class AllOrNothing final : public Children {
 public:
  AllOrNothing() : Children("gather") {}

  // The first error in time, where there was one.
  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void child_ended(TaskContext& child) override {
    if (child.exception() == nullptr) return;
    end();
    failed_ = true;
    if (child.cancelled() || failure_ != nullptr) return;
    failure_ = child.exception();
    child.mark_retrieved();
  }
  bool ends_cancelled() const override { return failed_ && failure_ == nullptr; }

  std::exception_ptr failure_;
  bool failed_ = false;  // also by a child that was cancelled
};

// The children of a gather_settled(): each ends as it likes.
class EachByItself final : public Children {
 public:
  EachByItself() : Children("gather") {}

 private:
  void child_ended(TaskContext& child) override { any_cancelled_ |= child.cancelled(); }
  bool ends_cancelled() const override { return cancelled_from_outside() && any_cancelled_; }

  bool any_cancelled_ = false;
};

// Spawns every task and gives their results in the order of the arguments; a void one gives
// std::monostate. Lazy, as every Task: the tasks start when it is awaited, and not at all when the
// awaiting task was asked to stop before.
//
// Errors: the first in time cancels the rest; once all have ended it is rethrown. Errors of the
// others, later and in their cleanup, are reported to the loop's exception handler. (asyncio
// rethrows at once and lets the siblings run on; here they may refer to what the caller's frame
// holds. folly's collectAll and structured concurrency do as this does.)
// Cancelled: cancels all, waits, and raises Cancelled; unless one then fails (its error is thrown)
// or all succeed in spite of it (their results are returned), as with a single task; the cancel
// is then raised at the next suspension. A child that was cancelled by itself counts as failed.
// Thread: the loop's.
template <class... T>
Task<std::tuple<Value<T>...>> gather(Task<T>... tasks) {
  co_await CancelPoint();
  [[maybe_unused]] const std::source_location place = co_await AwaitedAt();
  AllOrNothing children;
  std::tuple<TaskHandle<T>...> handles{children.spawn_next(std::move(tasks), place)...};
  co_await children.wait();
  children.rethrow_failure();
  co_return std::apply([](auto&... handle) { return std::tuple<Value<T>...>{value_of(handle)...}; },
                       handles);
}

// The same for any number of the same kind, without a result where they are void.
template <class T>
Task<std::conditional_t<std::is_void_v<T>, void, std::vector<Value<T>>>> gather(
    std::vector<Task<T>> tasks) {
  co_await CancelPoint();
  const std::source_location place = co_await AwaitedAt();
  AllOrNothing children;
  std::vector<TaskHandle<T>> handles;
  handles.reserve(tasks.size());
  for (Task<T>& task : tasks) {
    handles.push_back(children.spawn_next(std::move(task), place));
  }
  co_await children.wait();
  children.rethrow_failure();
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> results;
    results.reserve(handles.size());
    for (TaskHandle<T>& handle : handles) results.push_back(handle.result());
    co_return results;
  }
}

// Spawns every task, waits for all and says how each ended, in the order of the arguments. No
// child's end disturbs another or throws here (asyncio: return_exceptions=True).
// Cancelled: cancels all, waits, and raises Cancelled; unless none was stopped by it. Errors are
// then reported to the loop's exception handler.
template <class... T>
Task<std::tuple<Outcome<T>...>> gather_settled(Task<T>... tasks) {
  co_await CancelPoint();
  [[maybe_unused]] const std::source_location place = co_await AwaitedAt();
  EachByItself children;
  std::tuple<TaskHandle<T>...> handles{children.spawn_next(std::move(tasks), place)...};
  co_await children.wait();
  co_return std::apply(
      [](auto&... handle) { return std::tuple<Outcome<T>...>{outcome_of(handle)...}; }, handles);
}

template <class T>
Task<std::vector<Outcome<T>>> gather_settled(std::vector<Task<T>> tasks) {
  co_await CancelPoint();
  const std::source_location place = co_await AwaitedAt();
  EachByItself children;
  std::vector<TaskHandle<T>> handles;
  handles.reserve(tasks.size());
  for (Task<T>& task : tasks) {
    handles.push_back(children.spawn_next(std::move(task), place));
  }
  co_await children.wait();
  std::vector<Outcome<T>> outcomes;
  outcomes.reserve(handles.size());
  for (TaskHandle<T>& handle : handles) outcomes.push_back(outcome_of(handle));
  co_return outcomes;
}

}  // namespace core
