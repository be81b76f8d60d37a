// Deadline: a time at which a task is cancelled, and afterwards the answer to whose cancel it was.
#pragma once

#include "core/loop.hpp"

namespace core {

// Cancels the task in which it was made when its time comes. It takes that one request back at its
// end; in between, expired() is true. Requests are counted, so it knows its own cancel from
// others', and deadlines may stand within each other. What timeout() is made of; a body given to
// with_timeout() may move it. Thread: the loop's. Stays in place, in the frame of its task.
class Deadline final : private Timer {
 public:
  // kNever: not before it is moved.
  explicit Deadline(Time when)
      : loop_(current_loop()), task_(current_task()), cancelling_before_(task_.cancelling()) {
    move_to(when);
  }
  ~Deadline() { end(); }

  Time when() const { return when_; }
  bool expired() const { return expired_; }

  // False: the time had come before, and nothing changes: the cancel is on its way. (asyncio
  // raises an error; who extends a deadline on each sign of life cannot know that it is late.)
  bool reschedule(Time when) {
    if (expired_) return false;
    loop_.timers().disarm(*this);
    move_to(when);
    return true;
  }

  // For a handler of Cancelled: ends the deadline, and throws TimeoutError when its time had come
  // and nobody else asked the task to stop.
  void rethrow_as_timeout() {
    if (end() && task_.cancelling() <= cancelling_before_) throw TimeoutError();
  }

 private:
  void move_to(Time when) {
    when_ = when;
    if (when != kNever) loop_.timers().arm(*this, when);
  }
  // True: there was a request, which has been taken back now.
  bool end() {
    loop_.timers().disarm(*this);
    if (!expired_ || ended_) return false;
    ended_ = true;
    task_.uncancel_since(raised_before_);
    return true;
  }
  void fire() override {
    expired_ = true;
    raised_before_ = task_.times_raised();
    task_.cancel();
  }

  Loop& loop_;
  TaskContext& task_;
  Time when_ = kNever;
  int cancelling_before_;
  std::uint16_t raised_before_ = 0;  // when its time came
  bool expired_ = false;
  bool ended_ = false;
};

}  // namespace core
