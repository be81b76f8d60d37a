// Condition: waiting, under a lock, until another task has changed something. asyncio's Condition.
#pragma once

#include <utility>

#include "core/lock.hpp"
#include "core/task.hpp"

namespace core {

// wait() gives the lock up, waits for a notification, and has the lock again when it returns or
// throws, whatever happens. First come, first served, at the condition and at the lock.
//
// Cancelled before it was notified, a wait raises Cancelled once it has the lock again, and no
// notification is used up. Cancelled after, it returns as notified, and Cancelled is raised at the
// task's next suspension: whoever was notified sees to what it was notified of, or leaves it in
// sight of the next. (asyncio raises at once and passes the notification on, since 3.13.)
// While it waits for the lock a cancel cannot hurry it.
// Thread: the loop's. The lock outlives the condition; several may share one.
class Condition {
 public:
  explicit Condition(Lock& lock) : lock_(lock) {}
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  class Wait final : public Semaphore::Claim {
   public:
    explicit Wait(Condition& condition) : condition_(condition) {}
    const char* operation() const override { return "condition"; }
    bool await_ready() { return take_cancel(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      condition_.queue_.push(*this);
      condition_.lock_.release();
    }
    void await_resume() const { check_cancelled(); }

   private:
    friend class Condition;
    void notified() {
      in_line_for_lock_ = true;
      condition_.lock_.claim(*this);
    }
    void granted() override { gives_up_ ? wake_cancelled() : wake(); }
    void cancel_wait() override {
      if (in_line_for_lock_) return;
      condition_.queue_.remove(*this);
      gives_up_ = true;
      notified();
    }

    Condition& condition_;
    bool in_line_for_lock_ = false;
    bool gives_up_ = false;
  };

  // `guard` must hold the lock (asserted), and is left alone meanwhile. What was waited for may
  // have changed again before the lock was had: look, or use the form below.
  Wait wait(const Lock::Guard& guard) {
    HUBBUB_ASSERT(lock_.is_held_by(guard));
    return Wait(*this);
  }

  // Returns once `holds()` is true, at once if it is. It is called under the lock.
  template <class Predicate>
  Task<void> wait(const Lock::Guard& guard, Predicate holds) {
    while (!holds()) co_await wait(guard);
  }

  // Wakes the first that waits, or all that wait now, one after the other as they get the lock.
  // The caller holds the lock (asserted that somebody does).
  void notify_one() {
    HUBBUB_ASSERT(lock_.locked());
    if (!queue_.empty()) queue_.pop().notified();
  }
  void notify_all() {
    HUBBUB_ASSERT(lock_.locked());
    while (!queue_.empty()) queue_.pop().notified();
  }

 private:
  Lock& lock_;
  WaitQueue<Wait> queue_;
};

}  // namespace core
