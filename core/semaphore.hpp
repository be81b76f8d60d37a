// Semaphore: at most so many tasks at a time. asyncio's BoundedSemaphore.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "core/wait_queue.hpp"

namespace core {

// `auto permit = co_await semaphore.acquire();` holds one of `count` permits until it goes. First
// come, first served: a permit given back belongs to the first in line before that one runs, so
// that nobody overtakes. A waiter that is cancelled after that gets its permit, and Cancelled at
// its next suspension: giving the permit back, it passes it on.
// A permit always comes from acquire(), so there are never more than `count` (asyncio's Semaphore
// may be released more often than acquired; to signal, use Queue, Event or Condition).
// Thread: the loop's, for tasks of one loop. Outlives its permits (asserted).
class Semaphore {
 public:
  // `operation` is the word for waiting in the task tree; a literal.
  explicit Semaphore(std::size_t count, const char* operation = "semaphore")
      : count_(count), available_(count), operation_(operation) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;
  ~Semaphore() { HUBBUB_ASSERT(available_ == count_); }

  // How many permits nobody has. Nobody waits while there is one.
  std::size_t available() const { return available_; }

  // Holds a permit, or nothing. Move-only.
  class [[nodiscard]] Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      if (this != &other) {
        release();
        semaphore_ = std::exchange(other.semaphore_, nullptr);
      }
      return *this;
    }
    ~Permit() { release(); }

    explicit operator bool() const { return semaphore_ != nullptr; }
    bool is_of(const Semaphore& semaphore) const { return semaphore_ == &semaphore; }
    void release() {
      if (semaphore_ != nullptr) std::exchange(semaphore_, nullptr)->release();
    }

   private:
    friend class Semaphore;
    explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}

    Semaphore* semaphore_ = nullptr;
  };

  // One who stands in line for a permit.
  class Claim : public QueuedWaiter {
   protected:
    ~Claim() = default;

   private:
    friend class Semaphore;
    // A permit is its own from now on.
    virtual void granted() = 0;
  };

  class Acquire final : public Claim {
   public:
    explicit Acquire(Semaphore& semaphore) : semaphore_(semaphore) {}
    const char* operation() const override { return semaphore_.operation_; }
    bool await_ready() { return take_cancel() || semaphore_.take(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      semaphore_.queue_.push(*this);
    }
    Permit await_resume() {
      check_cancelled();
      return Permit(semaphore_);
    }

   private:
    void granted() override { wake(); }
    void cancel_wait() override {
      semaphore_.queue_.remove(*this);
      wake_cancelled();
    }

    Semaphore& semaphore_;
  };
  Acquire acquire() { return Acquire(*this); }

  // Empty where none is available.
  std::optional<Permit> try_acquire() {
    if (!take()) return std::nullopt;
    return Permit(*this);
  }

 private:
  friend class Condition;

  bool take() {
    if (available_ == 0) return false;
    --available_;
    return true;
  }
  // Grants it, at once or when its turn comes.
  void claim(Claim& claim) { take() ? claim.granted() : queue_.push(claim); }
  void release() {
    if (queue_.empty()) {
      ++available_;
    } else {
      queue_.pop().granted();
    }
  }

  WaitQueue<Claim> queue_;
  const std::size_t count_;
  std::size_t available_;
  const char* operation_;
};

}  // namespace core
