// What tasks and timers cost in core, to compare with asio_bench.cpp, which does the same line by
// line. Prints "NAME FIGURE" lines: nanoseconds of processor time, or bytes, per operation.
#include <vector>

#include "core/loop.hpp"
#include "core/task_group.hpp"
#include "core/timeout.hpp"
#include "core/uring_ring.hpp"
#include "tests/bench/measure.hpp"

namespace {

using namespace std::chrono_literals;
using core::Task;
using core::TaskHandle;
using measure::kBatch;
using measure::kCount;

Task<void> nothing() {
  co_return;
}

Task<void> sleep_for(core::Duration duration) {
  co_await core::sleep(duration);
}

Task<void> await_one_by_one() {
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; ++i) {
    const TaskHandle<void> task = core::current_loop().spawn(nothing(), "task");
    co_await task;
  }
  measure::report_since("spawn_await_ns", begin);
}

Task<void> await_in_batches() {
  std::vector<TaskHandle<void>> tasks;
  tasks.reserve(kBatch);
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; i += kBatch) {
    for (int j = 0; j < kBatch; ++j) {
      tasks.push_back(core::current_loop().spawn(nothing(), "task"));
    }
    for (const TaskHandle<void>& task : tasks) co_await task;
    tasks.clear();
  }
  measure::report_since("spawn_await_batch_ns", begin);
}

// A deadline around something that is over at once. Another timer is due before, as in any program
// that does more; only then need nobody be told of a new earliest deadline.
Task<void> set_and_cancel_timers() {
  TaskHandle<void> earlier = core::current_loop().spawn(sleep_for(30min), "task");
  co_await core::sleep(0s);
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; ++i) {
    co_await core::timeout(1h, nothing());
    if (i % kBatch == 0) co_await core::sleep(0s);
  }
  measure::report_since("timer_ns", begin);
  earlier.cancel();
}

// A million at a time, each with its timer, all cancelled and awaited.
Task<void> cancel_sleepers() {
  core::TaskGroup group;
  const std::size_t bytes = measure::heap_bytes();
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; ++i) group.spawn(sleep_for(1h), "task").detach();
  co_await core::sleep(0s);
  measure::report("suspended_bytes", static_cast<double>(measure::heap_bytes() - bytes) / kCount);
  group.cancel();
  co_await group.join();
  measure::report_since("sleeper_ns", begin);
}

}  // namespace

int main() {
  core::UringRing ring;
  core::Loop loop(ring);
  loop.run(await_one_by_one());
  loop.run(await_in_batches());
  loop.run(set_and_cancel_timers());
  loop.run(cancel_sleepers());
}
