// The event loop: one thread's ring, tasks, timers and sends, and the order in which they happen.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <source_location>
#include <string>
#include <vector>

#include "core/buckets.hpp"
#include "core/error.hpp"
#include "core/operation.hpp"
#include "core/pace.hpp"
#include "core/ring.hpp"
#include "core/task_handle.hpp"
#include "core/timer_queue.hpp"

namespace core {

class Sender;

// Work done once at the end of a pass, however much asked for it: after the coroutines ran and
// before the sends go out.
class PassEnd {
 public:
  // Whether some is left for the next pass, which then follows at once: so a pass stays short
  // however much there is to do.
  virtual bool pass_ended() = 0;

 protected:
  ~PassEnd() = default;
};

// Thread: one, that which runs it; all but post() only from it (asserted wherever a task or
// function is queued, woken or cancelled). Ownership: refers to its ring, owns its running tasks.
// Errors: whatever escapes a task that nobody awaits, or a callback, reaches the exception handler;
// the loop goes on. Only a ring that fails ends run_once() with an exception, and then the loop can
// only be destroyed, which leaks what had not ended.
// At its end the loop asserts that no task and no operation is left (see run()).
class Loop {
 public:
  explicit Loop(Ring& ring);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // One pass. Its body, in loop.cpp, is the specification of the order of things.
  void run_once();

  // Runs `main` to its end, cancels every other task and awaits it, waits for every operation
  // (asyncio.run; core/run.hpp makes a loop as well). What those tasks spawn to clean up is
  // cancelled when they have ended. Streams and listeners may stay, and be used in the next run();
  // what a peer did not take is kept for that. Returns the result of main or throws its exception.
  template <class T>
  T run(Task<T> main, std::source_location place = std::source_location::current()) {
    TaskHandle<T> handle = spawn(std::move(main), "main", place);
    while (!handle.done()) run_once();
    shut_down();
    return handle.result();
  }

  // Queues a task; it starts in the next pass, never inside this call. The loop keeps it running
  // whether or not the handle is kept.
  template <class T>
  TaskHandle<T> spawn(Task<T> body, Label name,
                      std::source_location place = std::source_location::current()) {
    auto* state = new TaskState<T>(*this, std::move(body), std::move(name), place);
    TaskHandle<T> handle(*state);
    start(*state, state->coroutine());
    return handle;
  }

  // Queues a function for the next pass, in turn with ready tasks.
  void call_soon(std::function<void()> function);
  // The same from any thread, in turn with all else that was queued; wakes the loop.
  void post(std::function<void()> function);

  // The time at which this pass began to run.
  Time now() const { return now_; }
  // The time, read from the clock: what a duration counts from.
  Time time() const { return ring_.now(); }
  TimerQueue& timers() { return timers_; }
  Ring& ring() { return ring_; }
  OperationTable& operations() { return operations_; }
  Sender& sender() { return *sender_; }

  void add_pass_end(PassEnd& work) { pass_ends_.push_back(&work); }
  void remove_pass_end(PassEnd& work);

  // Null restores the default, which logs. One that throws is reported, with what it was given, to
  // the default.
  void set_exception_handler(ExceptionHandler handler) { handler_ = std::move(handler); }
  void report(const ErrorContext& context) noexcept;
  // The same where making the context may throw, which is contained too.
  void report(const std::function<ErrorContext()>& make_context) noexcept;
  // How often something was reported.
  std::uint64_t reports() const { return reports_; }
  // Runs a callback; what it throws is reported and goes no further.
  template <class Callback>
  void contain(const Callback& callback) noexcept {
    try {
      callback();
    } catch (...) {
      report_callback(std::current_exception());
    }
  }

  // What takes longer than this without a suspension is logged as a warning that names it (asyncio:
  // slow_callback_duration). Zero, which it is at first: nothing is measured.
  void set_slow_callback(Duration limit) { pace_.set_limit(limit); }
  std::uint64_t slow_callbacks() const { return pace_.slow(); }
  // How long passes took, from when the ring had been entered to when it is again.
  const PassTimes& pass_times() const { return pass_times_; }

  // Odd while the loop runs something, even while it waits in its ring or nobody runs it; changes
  // with every pass.
  // For a watchdog. Any thread.
  std::uint64_t pulse() const { return pulse_.load(std::memory_order_relaxed); }

  // Whether run() is ending what its main task left behind.
  bool shutting_down() const { return shutting_down_; }

  const TaskContext* newest_task() const { return tasks_; }
  std::size_t task_count() const { return task_count_; }
  std::uint64_t next_task_id() { return ++last_task_id_; }

  // That this is the thread which runs it, if one did already.
  void assert_thread() const { HUBBUB_ASSERT(thread_ == nullptr || thread_ == &running); }

  // For waiters: the coroutine is resumed in the next pass.
  void make_ready(std::coroutine_handle<> coroutine, TaskContext& task) {
    assert_thread();
    ready_.push_back({coroutine, &task});
  }

 private:
  friend struct PromiseBase;

  struct Ready {
    std::coroutine_handle<> coroutine;  // null: one of soon_
    TaskContext* task;
  };

  void start(TaskContext& task, std::coroutine_handle<> coroutine);
  void resume(const Ready& ready);
  void end_task(PromiseBase& outermost);
  void report_callback(std::exception_ptr exception) noexcept;
  void beat() { pulse_.store(pulse() + 1, std::memory_order_relaxed); }
  void step(const char* what);
  void run_ready();
  void queue_posted();
  void end_pass();
  bool has_work();
  void shut_down();
  void let_go();
  void run_last();
  Ring& ring_;
  OperationTable operations_;
  TimerQueue timers_;
  std::unique_ptr<Sender> sender_;
  Time now_;

  std::vector<Completion> completions_;
  std::vector<Ready> ready_;
  std::vector<Ready> running_;
  std::deque<std::function<void()>> soon_;
  std::vector<PassEnd*> pass_ends_;  // null: removed during this pass
  bool pass_end_goes_on_ = false;

  const void* thread_ = nullptr;  // an address that is that of the thread which runs it
  bool ring_failed_ = false;
  bool shutting_down_ = false;
  TaskContext* tasks_ = nullptr;  // live ones
  std::size_t task_count_ = 0;
  std::uint64_t last_task_id_ = 0;
  std::uint64_t ending_through_ = 0;  // run() waits for the tasks up to this one
  std::size_t ending_ = 0;            // of which so many live
  PromiseBase* ended_ = nullptr;      // an outermost coroutine that just reached its end

  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
  std::atomic<bool> has_posted_ = false;

  Pace pace_;
  PassTimes pass_times_;
  std::atomic<std::uint64_t> pulse_ = 0;
  ExceptionHandler handler_;
  std::uint64_t reports_ = 0;
};

// The loop that runs on this thread; asserts that there is one.
Loop& current_loop();

}  // namespace core
