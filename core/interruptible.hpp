// interruptible(): a program that a signal asks to stop, and that a second one ends.
#pragma once

#include <exception>
#include <source_location>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/cancel_point.hpp"
#include "core/children.hpp"
#include "core/signals.hpp"

namespace core {

// A signal ended what was awaited, as KeyboardInterrupt does in Python.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal)
      : signal_(signal), what_(fmt::format("interrupted by signal {}", signal)) {}
  const char* what() const noexcept override { return what_.c_str(); }
  int signal() const { return signal_; }  // signal(7)

 private:
  int signal_;
  std::string what_;
};

// What interruptible() starts: the task, and who waits for a signal. Neither stays without the
// other.
class EndTogether final : public Children {
 public:
  EndTogether() : Children("interruptible") {}

  // One of the children: where a cancel from outside ends it, it ends the wait too.
  void follow(const TaskContext& task) { task_ = &task; }

 private:
  void child_ended(TaskContext&) override { end(); }
  bool ends_cancelled() const override { return cancelled_from_outside() && task_->cancelled(); }

  const TaskContext* task_ = nullptr;
};

// Waits for a signal, and lets the next one do what signals do when nobody handles them.
inline Task<int> first_of(Signals& signals) {
  const int signal = co_await signals.next();
  signals.unblock();
  co_return signal;
}

// Awaits `task`. The first signal cancels it; once it has ended in that way, Interrupted is thrown.
// A task that completes in spite of the cancel, or fails, gives its result or its error all the
// same. From the first signal on these signals are no longer blocked in this thread: a second one
// acts by default, so that Ctrl-C ends a program whose clean-up hangs.
// Cancelled: cancels the task and waits for it. `signals` outlives the loop's run. Thread: the
// loop's. (asyncio: Runner.run(), which does this for SIGINT.)
template <class T>
Task<T> interruptible(Signals& signals, Task<T> task) {
  co_await CancelPoint();
  const std::source_location place = co_await AwaitedAt();
  EndTogether children;
  TaskHandle<T> body = children.spawn_next(std::move(task), place);
  TaskHandle<int> watcher = children.spawn_next(first_of(signals), place);
  children.follow(body.context());
  co_await children.wait();
  if (!watcher.cancelled()) {
    const int signal = watcher.result();
    if (body.cancelled()) throw Interrupted(signal);
  }
  co_return body.result();
}

}  // namespace core
