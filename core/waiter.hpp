// Waiter: what a coroutine of the runtime awaits in the end, whatever it is that it waits for.
#pragma once

#include <coroutine>

#include "core/assert.hpp"

namespace core {

class Loop;
class TaskContext;
struct PromiseBase;

// One coroutine waiting for one thing. Stays in place while it does: in the coroutine's frame, or
// in the thing where that has one waiter at most.
//
// Contract: whoever completes the wait calls wake() exactly once. For each cancel that comes first,
// cancel_wait() is called: either it ends the wait now and calls wake_cancelled(), or it asks for
// the end and lets the completion decide (a result that beats the cancel is kept; Cancelled is then
// raised at the task's next suspension).
class Waiter {
 public:
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // The word for it in the task tree: "receive", "sleep".
  virtual const char* operation() const = 0;

  // For co_await: the wait could not begin, and whoever would complete it knows nothing of it.
  void give_up_wait();

 protected:
  Waiter() = default;
  ~Waiter() { HUBBUB_ASSERT(!waiting()); }

  // For await_ready: true, and the await raises Cancelled, if the task has a cancel outstanding.
  bool take_cancel();
  template <class Promise>
  void suspend(std::coroutine_handle<Promise> coroutine) {
    begin(coroutine.promise());
  }
  // For await_resume: throws Cancelled if the wait ended that way.
  void check_cancelled() const {
    if (cancelled_) raise_cancelled();
  }

  void wake();
  void wake_cancelled();
  bool waiting() const { return coroutine_ != nullptr; }
  TaskContext& context() const;
  Loop& loop() const;

 private:
  friend class TaskContext;

  virtual void cancel_wait() = 0;
  void begin(PromiseBase& promise);
  [[noreturn]] static void raise_cancelled();

  PromiseBase* coroutine_ = nullptr;  // the innermost of the task; null: nobody waits
  bool cancelled_ = false;            // last, so that what derives can use the padding
};

}  // namespace core
