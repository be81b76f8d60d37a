// Signals: POSIX signals as something a coroutine awaits (signalfd(2)).
#pragma once

#include <csignal>
#include <initializer_list>

#include "core/loop.hpp"

namespace core {

// Blocks the signals in the calling thread and collects them from then on. Construct it before any
// other thread starts, so that all inherit the mask. Thread: the loop's. One waiter at a time.
class Signals {
 public:
  explicit Signals(std::initializer_list<int> signals);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  // Gives the number of the next signal. A cancelled wait loses none.
  class Next final : public Waiter, private Operation {
   public:
    explicit Next(int descriptor) : descriptor_(descriptor) {}
    const char* operation() const override { return "signal"; }
    bool await_ready() { return take_cancel(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      start();
    }
    int await_resume();

   private:
    void start();
    void cancel_wait() override;
    void complete(const Completion& completion) override;

    int descriptor_;
    int signal_ = 0;
    bool cancelling_ = false;
  };
  Next next() { return Next(descriptor_); }

  // Lets the signals act in the calling thread as if nobody collected them, those that wait to be
  // collected first: by default they end the process.
  void unblock();

 private:
  sigset_t set_;
  int descriptor_;
};

}  // namespace core
