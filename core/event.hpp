// Event: a flag that tasks wait for, asyncio's Event.
#pragma once

#include "core/assert.hpp"
#include "core/wait_queue.hpp"

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
    while (!waiters_.empty()) waiters_.pop().woken();
  }

  // Returns once the event is set, at once if it is.
  class Wait final : public QueuedWaiter {
   public:
    explicit Wait(Event& event) : event_(event) {}
    const char* operation() const override { return "event"; }
    bool await_ready() { return take_cancel() || event_.set_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      event_.waiters_.push(*this);
    }
    void await_resume() const { check_cancelled(); }

   private:
    friend class Event;
    void woken() { wake(); }
    void cancel_wait() override {
      event_.waiters_.remove(*this);
      wake_cancelled();
    }

    Event& event_;
  };
  Wait wait() { return Wait(*this); }

 private:
  WaitQueue<Wait> waiters_;
  bool set_ = false;
};

}  // namespace core
