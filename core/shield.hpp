// shield(): waiting for a task without taking it along when the wait is cancelled.
#pragma once

#include "core/task_handle.hpp"

namespace core {

// `co_await shield(handle)` gives the task's result or throws its exception, as `co_await handle`
// does. Cancelling who waits ends the wait at once with Cancelled, and the task runs on (joined
// plainly it would be cancelled too, and awaited). The handle may go meanwhile; nobody can lose
// the task, since the loop owns it (asyncio's holds it weakly). An exception that nobody came for
// is reported to the loop's exception handler when the last handle goes.
// A cancel of the task itself, as at the end of run(), is not kept from it. Thread: the loop's.
template <class T>
class Shield final : public TaskHandle<T>::Join {
 public:
  using TaskHandle<T>::Join::Join;
  const char* operation() const override { return "shield"; }
  bool await_ready() { return this->take_cancel() || this->state_.done(); }

 private:
  void cancel_wait() override {
    this->state_.remove_done_listener(*this);
    this->wake_cancelled();
  }
};

template <class T>
Shield<T> shield(const TaskHandle<T>& task) {
  return Shield<T>(static_cast<TaskState<T>&>(task.context()));
}

}  // namespace core
