// Event: a flag that tasks wait for, asyncio's Event.
#pragma once

#include <deque>
#include <utility>

#include "core/task_context.hpp"

namespace core {

// Thread: the loop's. Waiters are woken in the order they came. Asserts at its end that nobody
// waits.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { HUBBUB_ASSERT(waiters_.empty()); }

  bool is_set() const { return set_; }
  void clear() { set_ = false; }
  void set() {
    set_ = true;
    for (Wait* const waiter : std::exchange(waiters_, {})) waiter->woken();
  }

  // Returns once the event is set, at once if it is.
  class Wait final : public Waiter {
   public:
    explicit Wait(Event& event) : event_(event) {}
    const char* operation() const override { return "event"; }
    bool await_ready() { return take_cancel() || event_.set_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      event_.waiters_.push_back(this);
    }
    void await_resume() const { check_cancelled(); }

   private:
    friend class Event;
    void woken() { wake(); }
    void cancel_wait() override {
      std::erase(event_.waiters_, this);
      wake_cancelled();
    }

    Event& event_;
  };
  Wait wait() { return Wait(*this); }

 private:
  std::deque<Wait*> waiters_;
  bool set_ = false;
};

}  // namespace core
