// DescriptorReady: awaits that a descriptor which is no connection can be read or written.
#pragma once

#include "core/loop.hpp"

namespace client {

// For standard input and output, which are shared with other programs and therefore left in
// blocking mode: after POLLIN a read(2) returns what is there; after POLLOUT a pipe takes PIPE_BUF
// bytes. Regular files are ready at once. The wake-up may be false (a terminal wakes its readers
// when Ctrl-C empties its input): who must not block asks is_ready() before reading.
// Thread: the loop's. The descriptor stays open meanwhile.
class DescriptorReady final : public core::Waiter, private core::Operation {
 public:
  // `events` as in poll(2).
  DescriptorReady(int descriptor, unsigned events) : descriptor_(descriptor), events_(events) {}

  const char* operation() const override { return "poll"; }
  bool await_ready() { return take_cancel(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    suspend(coroutine);
    start();
  }
  // The events that hold (also POLLERR or POLLHUP, unasked for), or a negative errno.
  int await_resume() const;

 private:
  void start();
  void cancel_wait() override;
  void complete(const core::Completion& completion) override;

  int descriptor_;
  unsigned events_;
  int result_ = 0;
};

// Whether one of the events, or an error, holds right now.
bool is_ready(int descriptor, short events);

}  // namespace client
