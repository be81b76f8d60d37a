// Queue<T>: items handed from task to task, no more than so many at a time. asyncio's Queue.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "core/wait_queue.hpp"

namespace core {

// First in, first out, for the items as for who puts and who gets. put() waits while `capacity`
// items are there, get() while there is none. An item goes straight to the first who waits for it;
// one who is cancelled after that gets it all the same, and Cancelled at its next suspension, so
// a cancelled get() loses nothing. A cancelled put() put nothing: its item is dropped.
//
// Closing says that nothing more will come. Who puts is told so by a value (asyncio:
// QueueShutDown), who gets first takes what is left. Items left at the end are dropped with the
// queue. Thread: the loop's, for tasks of one loop. Asserts at its end that nobody waits.
template <class T>
class Queue {
 public:
  // At least one (asyncio's 0, for no limit, would be a queue nobody watches).
  explicit Queue(std::size_t capacity) : capacity_(capacity) { HUBBUB_ASSERT(capacity > 0); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  std::size_t size() const { return items_.size(); }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return items_.empty(); }
  bool full() const { return items_.size() >= capacity_; }
  bool closed() const { return closed_; }

  class Put final : public QueuedWaiter {
   public:
    Put(Queue& queue, T item) : queue_(queue), item_(std::move(item)) {}
    const char* operation() const override { return "put"; }
    bool await_ready() {
      if (take_cancel()) return true;
      taken_ = queue_.try_put(std::move(item_));
      return taken_ || queue_.closed_;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      queue_.putters_.push(*this);
    }
    bool await_resume() const {
      check_cancelled();
      return taken_;
    }

   private:
    friend class Queue;
    void end(bool taken) {
      taken_ = taken;
      wake();
    }
    void cancel_wait() override {
      queue_.putters_.remove(*this);
      wake_cancelled();
    }

    Queue& queue_;
    T item_;
    bool taken_ = false;
  };

  class Get final : public QueuedWaiter {
   public:
    explicit Get(Queue& queue) : queue_(queue) {}
    const char* operation() const override { return "get"; }
    bool await_ready() {
      if (take_cancel()) return true;
      item_ = queue_.try_get();
      return item_.has_value() || queue_.closed_;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      queue_.getters_.push(*this);
    }
    std::optional<T> await_resume() {
      check_cancelled();
      return std::move(item_);
    }

   private:
    friend class Queue;
    void end() { wake(); }
    void cancel_wait() override {
      queue_.getters_.remove(*this);
      wake_cancelled();
    }

    Queue& queue_;
    std::optional<T> item_;
  };

  class Join final : public QueuedWaiter {
   public:
    explicit Join(Queue& queue) : queue_(queue) {}
    const char* operation() const override { return "queue join"; }
    bool await_ready() { return take_cancel() || queue_.unfinished_ == 0; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      queue_.joiners_.push(*this);
    }
    void await_resume() const { check_cancelled(); }

   private:
    friend class Queue;
    void end() { wake(); }
    void cancel_wait() override {
      queue_.joiners_.remove(*this);
      wake_cancelled();
    }

    Queue& queue_;
  };

  // True: the queue has the item. False: it is closed, and the item is dropped.
  Put put(T item) { return Put(*this, std::move(item)); }
  // Nothing: the queue is closed and empty.
  Get get() { return Get(*this); }

  // False, and the item stays the caller's: the queue is full or closed.
  bool try_put(T&& item) {
    if (full() || closed_) return false;
    admit(std::move(item));
    return true;
  }
  // Nothing: the queue is empty.
  std::optional<T> try_get() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    if (!putters_.empty()) {
      Put& putter = putters_.pop();
      admit(std::move(putter.item_));
      putter.end(true);
    }
    return item;
  }

  void close() {
    closed_ = true;
    while (!putters_.empty()) putters_.pop().end(false);
    while (!getters_.empty()) getters_.pop().end();
  }

  // Who gets items may say of each that it has been dealt with; more often than there were items
  // is a programming error (asserted). join() returns when all were that the queue ever took.
  void task_done() {
    HUBBUB_ASSERT(unfinished_ > 0);
    if (--unfinished_ > 0) return;
    while (!joiners_.empty()) joiners_.pop().end();
  }
  Join join() { return Join(*this); }

 private:
  // Somebody waits to get only while there is no item, to put only while the queue is full.
  void admit(T&& item) {
    ++unfinished_;
    if (getters_.empty()) return items_.push_back(std::move(item));
    Get& getter = getters_.pop();
    getter.item_.emplace(std::move(item));
    getter.end();
  }

  std::size_t capacity_;
  std::deque<T> items_;
  WaitQueue<Put> putters_;
  WaitQueue<Get> getters_;
  WaitQueue<Join> joiners_;
  std::size_t unfinished_ = 0;
  bool closed_ = false;
};

}  // namespace core
