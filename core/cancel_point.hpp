// CancelPoint: a place in a task where it may be stopped although it has nothing to wait for.
#pragma once

#include "core/task_context.hpp"

namespace core {

// `co_await CancelPoint()` raises Cancelled if the task was asked to stop, and otherwise goes on
// without suspending. For what starts something that it could not leave behind, and for long loops
// over work that is always ready (sleep(0) also lets others run).
class CancelPoint final : public Waiter {
 public:
  const char* operation() const override { return "cancel point"; }
  bool await_ready() {
    take_cancel();
    return true;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> /*coroutine*/) const noexcept {}
  void await_resume() const { check_cancelled(); }

 private:
  void cancel_wait() override {}
};

}  // namespace core
