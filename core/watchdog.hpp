// Watchdog: says that a loop is stuck while it is, and where.
//
// A callback that never returns takes everybody on its loop with it, and nothing on that loop can
// say so. A thread of its own watches the loop's pulse; where it stands still inside a pass the
// watchdog interrupts the loop's thread (SIGURG, which means nothing otherwise), has it note its
// stack, and logs that with the name of the task.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include <pthread.h>

#include "core/time.hpp"

namespace core {

class Loop;

// Construct it on the loop's thread and destroy it before the loop. One per loop; a process may
// have several, on as many threads. A loop that waits for the kernel is not stuck.
// Costs the loop two stores a pass; wakes four times per `limit`. System calls of the stuck
// callback are restarted (sigaction(2), SA_RESTART), save those that never are, such as
// nanosleep(2).
class Watchdog {
 public:
  // Reports a pass that lasts longer than `limit`, at the latest after a quarter more, again each
  // time it has lasted twice as long, and its end.
  Watchdog(const Loop& loop, Duration limit);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void watch();
  void report(Duration stuck) const;

  const Loop& loop_;
  const Duration limit_;
  const pthread_t loop_thread_;
  std::mutex mutex_;
  std::condition_variable stop_requested_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace core
