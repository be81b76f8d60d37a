// TaskGroup: tasks that belong together, and end together when one of them fails.
#pragma once

#include <exception>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/children.hpp"
#include "core/exception_group.hpp"
#include "core/outcome.hpp"

namespace core {

// The first child that fails cancels its siblings. The errors leave join() as one ExceptionGroup.
// A child that was cancelled is no error. Any child, or who has the group, may spawn more; into a
// group that is ending too: that child is cancelled at once (asyncio refuses it with an error).
// Only when the last child has ended and join() is about to return is it too late (asserted).
//
// Ownership: the group owns what it knows of its children, the loop the tasks. A group stays in
// place and must be joined before it goes (its destructor asserts that no child runs): prefer
// with_group(), which sees to it whatever happens. Joined, it can be used anew.
// Thread: the loop's.
class TaskGroup final : private Children {
 public:
  TaskGroup() : Children("task group") {}

  // As Loop::spawn(). The handle may be dropped: the group watches the task either way. Who joins a
  // child by its handle gets its error, and the group tells of it as well.
  template <class T>
  TaskHandle<T> spawn(Task<T> body, Label name,
                      std::source_location place = std::source_location::current()) {
    return Children::spawn(std::move(body), std::move(name), place);
  }

  using Children::running;

  // Asks every child to stop, which is no error.
  using Children::cancel;

  // Waits until no child runs, then throws ExceptionGroup if any failed. Cancelled: cancels all,
  // waits, and raises Cancelled; errors go before it, and it is raised at the next suspension.
  // Every further cancel is passed on to the children (asyncio ignores it), so that an outer
  // timeout can end a cleanup that hangs.
  Task<void> join();

 private:
  template <class Body>
  friend std::invoke_result_t<Body&, TaskGroup&> with_group(Body body);

  // The task that runs the body of with_group(): the first failure cancels it too.
  void begin_body(TaskContext& parent);
  // After the body, which ended with `failure` (null: with a result). Waits, and throws what there
  // is to throw.
  Task<void> end_body(std::exception_ptr failure);

  void child_ended(TaskContext& child) override;
  bool ends_cancelled() const override { return cancelled_from_outside() && errors_.empty(); }
  // Keeps an error once, also if it arrives both from a child and through the body.
  void add_error(std::exception_ptr error);
  // Throws the errors, if there are any.
  void rethrow_errors();

  std::vector<std::exception_ptr> errors_;
  TaskContext* parent_ = nullptr;    // while the body runs
  std::uint16_t raised_before_ = 0;  // when it was cancelled for a child
  int cancelling_before_ = 0;        // requests that were outstanding when the body began
  bool pending_before_ = false;      // one of which was still to be raised
  bool cancelled_parent_ = false;
};

// So that what the callable itself throws is the body's error.
template <class Body>
std::invoke_result_t<Body&, TaskGroup&> run_body(Body& body, TaskGroup& group) {
  auto task = body(group);
  co_return co_await std::move(task);
}

// Runs `body`, any callable that takes a TaskGroup& and returns a Task, with a group of its own;
// when the body has ended waits for the children, and gives the body's result. The callable lives
// until then, so its captures may be used by the body.
//
// The first child that fails cancels its siblings and the body; that cancel is the group's own and
// goes no further. A body that fails, or is cancelled, cancels the children. What leaves:
// ExceptionGroup with the errors of the children and the body's, if any; else Cancelled, if
// somebody else asked the task to stop, which is told from the group's own cancel by counting
// (TaskContext::uncancel()); else the result. (asyncio: async with TaskGroup().)
template <class Body>
std::invoke_result_t<Body&, TaskGroup&> with_group(Body body) {
  TaskGroup group;
  group.begin_body(current_task());
  auto task = settle(run_body(body, group));
  auto outcome = co_await std::move(task);
  co_await group.end_body(outcome.exception());
  co_return outcome.take();
}

}  // namespace core
