// sleep() and timeout(): waiting for time, and for no longer than a time.
#pragma once

#include <type_traits>
#include <utility>

#include "core/deadline.hpp"
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
      loop().timers().arm(*this, after(loop().time(), duration_));
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

// Awaits `body` for at most `limit`. When the time is over the body is
// cancelled and, once it has ended, TimeoutError is thrown; unless it completed
// after all (its result is returned), or somebody else had cancelled the task
// too (Cancelled goes on). asyncio: timeout(), wait_for().
template <class T>
Task<T> timeout(Duration limit, Task<T> body) {
  Deadline deadline(after(current_loop().time(), limit));
  try {
    co_return co_await std::move(body);
  } catch (const Cancelled&) {
    deadline.rethrow_as_timeout();
    throw;
  }
}

// The same until a point in time.
template <class T>
Task<T> timeout_at(Time when, Task<T> body) {
  Deadline deadline(when);
  try {
    co_return co_await std::move(body);
  } catch (const Cancelled&) {
    deadline.rethrow_as_timeout();
    throw;
  }
}

// The same for a body that moves its deadline: any callable that takes a
// Deadline& and returns a Task. It is kept until the body has ended, so its
// captures may be used. (A scope, as asyncio's `async with timeout()`, would
// need a destructor that awaits.)
template <class Body>
std::invoke_result_t<Body&, Deadline&> with_timeout(Duration limit, Body body) {
  Deadline deadline(after(current_loop().time(), limit));
  try {
    auto task = body(deadline);
    co_return co_await std::move(task);
  } catch (const Cancelled&) {
    deadline.rethrow_as_timeout();
    throw;
  }
}

}  // namespace core
