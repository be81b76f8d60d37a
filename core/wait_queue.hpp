// WaitQueue: the line in which coroutines stand for a lock, a permit, an item.
//
// Whoever gives something away takes the first of the line out and hands it the thing before it
// wakes it. So what was given is never up for grabs in between, nobody who comes later can
// overtake, and a waiter that is cancelled after it was woken still has it: there is no lost
// wake-up to pass on (asyncio wakes first and lets the woken one fetch, and has to).
#pragma once

#include <cstddef>

#include "core/assert.hpp"
#include "core/task_context.hpp"

namespace core {

struct WaitLink {
  WaitLink* previous = nullptr;
  WaitLink* next = nullptr;
};

// A waiter that can stand in one line at a time. Asserts that it ends in none.
class QueuedWaiter : public Waiter, private WaitLink {
 protected:
  QueuedWaiter() = default;
  ~QueuedWaiter() { HUBBUB_ASSERT(next == nullptr); }

 private:
  template <class Kind>
  friend class WaitQueue;
};

// First in, first out; every operation costs O(1) and allocates nothing. Owns nobody: a waiter
// lives in its coroutine's frame. Thread: the loop's. Asserts at its end that nobody waits.
template <class Kind>
class WaitQueue {
 public:
  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;
  ~WaitQueue() { HUBBUB_ASSERT(empty()); }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void push(Kind& waiter) {
    WaitLink& link = static_cast<QueuedWaiter&>(waiter);
    HUBBUB_ASSERT(link.next == nullptr);
    link.previous = ends_.previous;
    link.next = &ends_;
    ends_.previous->next = &link;
    ends_.previous = &link;
    ++size_;
  }

  // Of a waiter that stands in this line.
  void remove(Kind& waiter) {
    WaitLink& link = static_cast<QueuedWaiter&>(waiter);
    HUBBUB_ASSERT(link.next != nullptr);
    link.previous->next = link.next;
    link.next->previous = link.previous;
    link = {};
    --size_;
  }

  // Takes the first out.
  Kind& pop() {
    HUBBUB_ASSERT(!empty());
    Kind& first = static_cast<Kind&>(static_cast<QueuedWaiter&>(*ends_.next));
    remove(first);
    return first;
  }

 private:
  WaitLink ends_{&ends_, &ends_};  // the line is a ring through it
  std::size_t size_ = 0;
};

}  // namespace core
