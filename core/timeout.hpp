// sleep() and timeout(): waiting for time, and for no longer than a time.
#pragma once

#include <type_traits>
#include <utility>

#include "core/loop.hpp"
#include "core/task.hpp"

namespace core {

// Suspends the task for a duration; zero or less yields one pass.
class Sleep final : public Waiter, private Timer {
 public:
  explicit Sleep(Duration duration) : duration_(duration) {}
  const char* operation() const override { return "sleep"; }
  bool await_ready() { return take_cancel(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    suspend(coroutine);
    if (duration_ <= Duration::zero()) {
      wake();
    } else {
      loop().timers().arm(*this, after(loop().now(), duration_));
    }
  }
  void await_resume() const { check_cancelled(); }

 private:
  void fire() override { wake(); }
  void cancel_wait() override {
    loop().timers().disarm(*this);
    wake_cancelled();
  }

  Duration duration_;
};

inline Sleep sleep(Duration duration) {
  return Sleep(duration);
}

// Cancels a task at a time, and afterwards tells whether it was this that cancelled it.
class Deadline final : private Timer {
 public:
  Deadline(Loop& loop, TaskContext& task, Duration limit)
      : loop_(loop), task_(task), cancelling_before_(task.cancelling()) {
    loop_.timers().arm(*this, after(loop_.now(), limit));
  }
  ~Deadline() { loop_.timers().disarm(*this); }

  // Ends it; true when the deadline passed and nobody else asked the task to stop.
  bool end() {
    loop_.timers().disarm(*this);
    return expired_ && task_.uncancel() <= cancelling_before_;
  }

 private:
  void fire() override {
    expired_ = true;
    task_.cancel();
  }

  Loop& loop_;
  TaskContext& task_;
  int cancelling_before_;
  bool expired_ = false;
};

// Awaits `body` for at most `limit`. When the time is over the body is cancelled and, once it has
// ended, TimeoutError is thrown; unless it completed after all (its result is returned), or
// somebody else had cancelled the task too (Cancelled goes on). asyncio: timeout(), wait_for().
template <class T>
Task<T> timeout(Duration limit, Task<T> body) {
  Deadline deadline(current_loop(), current_task(), limit);
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
      deadline.end();
      co_return;
    } else {
      T result = co_await std::move(body);
      deadline.end();
      co_return result;
    }
  } catch (const Cancelled&) {
    if (deadline.end()) throw TimeoutError();
    throw;
  } catch (...) {
    deadline.end();
    throw;
  }
}

}  // namespace core
