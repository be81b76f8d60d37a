// Barrier: tasks that go on together. asyncio's Barrier.
#pragma once

#include <cstddef>
#include <stdexcept>

#include "core/wait_queue.hpp"

namespace core {

class BrokenBarrier : public std::runtime_error {
 public:
  BrokenBarrier() : std::runtime_error("the barrier is broken") {}
};

// wait() returns when `parties` tasks wait, and gives each its place: 0 for the first that came.
// Then the next round begins: the barrier is free at once for whoever comes next (asyncio's has
// newcomers wait until the last has left). Cancelling one that waits takes only it out; after the
// round is complete it returns, and Cancelled is raised at its next suspension.
// Thread: the loop's, for tasks of one loop. Asserts at its end that nobody waits.
class Barrier {
 public:
  // At least one (asserted).
  explicit Barrier(std::size_t parties) : parties_(parties) { HUBBUB_ASSERT(parties > 0); }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  std::size_t parties() const { return parties_; }
  std::size_t waiting() const { return queue_.size(); }
  bool broken() const { return broken_; }

  class Wait final : public QueuedWaiter {
   public:
    explicit Wait(Barrier& barrier) : barrier_(barrier) {}
    const char* operation() const override { return "barrier"; }
    bool await_ready() { return take_cancel() || barrier_.arrive(*this); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      barrier_.queue_.push(*this);
    }
    std::size_t await_resume() const {
      check_cancelled();
      if (broken_) throw BrokenBarrier();
      return place_;
    }

   private:
    friend class Barrier;
    void end(std::size_t place) {
      place_ = place;
      wake();
    }
    void fail() {
      broken_ = true;
      wake();
    }
    void cancel_wait() override {
      barrier_.queue_.remove(*this);
      wake_cancelled();
    }

    Barrier& barrier_;
    std::size_t place_ = 0;
    bool broken_ = false;
  };
  // Throws BrokenBarrier where the barrier is broken, or becomes so or is reset meanwhile.
  Wait wait() { return Wait(*this); }

  // Whoever waits, now or later, gets BrokenBarrier: the round cannot be completed any more.
  void abort() {
    broken_ = true;
    fail_waiting();
  }
  // Whoever waits now gets BrokenBarrier; the barrier is as new.
  void reset() {
    fail_waiting();
    broken_ = false;
  }

 private:
  // True: the wait is over at once.
  bool arrive(Wait& wait) {
    wait.broken_ = broken_;
    if (broken_) return true;
    if (queue_.size() + 1 < parties_) return false;
    wait.place_ = queue_.size();
    for (std::size_t place = 0; !queue_.empty(); ++place) queue_.pop().end(place);
    return true;
  }
  void fail_waiting() {
    while (!queue_.empty()) queue_.pop().fail();
  }

  std::size_t parties_;
  WaitQueue<Wait> queue_;
  bool broken_ = false;
};

}  // namespace core
