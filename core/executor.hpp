// Executor: threads for what would block a loop, and to_thread() to await it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/outcome.hpp"
#include "core/task.hpp"

namespace core {

class Loop;

// A few threads, started as they are needed, that run calls in the order they came; signals are
// blocked in them. Any number of loops may share one.
//
// What waits is bounded by who waits: each call has a task that awaits it, and a call whose task
// was cancelled before it began is dropped. Its destructor waits for every call that was begun or
// is awaited, however long it takes, and joins its threads.
// Thread: any; not from within a call. It and a loop may end in any order: a call touches the loop
// only while a task awaits it, and a loop ends after its tasks.
class Executor {
 public:
  // How many threads at most; at least one (asserted). Starts none.
  explicit Executor(std::size_t threads_most);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor();

  class Wait;

  // One call. Shared by the thread that runs it and the task that awaits it, because either may
  // leave first.
  class Job {
   public:
    Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual ~Job() = default;

   private:
    friend class Executor;
    friend class Wait;

    // In one of the threads. Keeps the result and lets go of all that the call was given.
    virtual void run() noexcept = 0;
    // What it threw; null: nothing.
    virtual std::exception_ptr failure() const = 0;

    // Held while the thread tells the loop, so that who was told knows that it has left the loop.
    std::mutex mutex_;
    Loop* loop_ = nullptr;  // null: nobody waits any more
    bool ended_ = false;

    Wait* wait_ = nullptr;  // the loop's thread only, while somebody waits

    bool queued_ = false;  // the executor's mutex guards this and the next
    std::list<std::shared_ptr<Job>>::iterator place_;
  };

  // The wait for one call, which it starts. Throws std::system_error where there is no thread and
  // none can be started.
  class Wait final : public Waiter {
   public:
    Wait(Executor& executor, std::shared_ptr<Job> job)
        : executor_(executor), job_(std::move(job)) {}
    const char* operation() const override { return "thread"; }
    bool await_ready();
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
    }
    void await_resume() const { check_cancelled(); }

   private:
    friend class Executor;
    void job_ended() { wake(); }
    void cancel_wait() override;

    Executor& executor_;
    std::shared_ptr<Job> job_;
  };

 private:
  void submit(std::shared_ptr<Job> job);
  // Drops a call that has not begun.
  void withdraw(Job& job);
  void start_thread();
  void work();
  static void tell(const std::shared_ptr<Job>& job);

  const std::size_t threads_most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::shared_ptr<Job>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;  // threads that run no call
  bool stopping_ = false;
};

template <class Function>
class FunctionJob final : public Executor::Job {
 public:
  using Result = std::invoke_result_t<Function&>;
  static_assert(!std::is_reference_v<Result>, "give a value: the thread's frame is gone");

  explicit FunctionJob(Function function) : function_(std::move(function)) {}

  // All of it: the thread, which may be the last to let go of this, has nothing of it to free.
  Result take() {
    Outcome<Result> outcome = std::move(*outcome_);
    return outcome.take();
  }

 private:
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>) {
        (*function_)();
        outcome_.emplace(std::monostate());
      } else {
        outcome_.emplace((*function_)());
      }
    } catch (...) {
      outcome_.emplace(std::current_exception());
    }
    function_.reset();
  }
  std::exception_ptr failure() const override { return outcome_->exception(); }

  std::optional<Function> function_;
  std::optional<Outcome<Result>> outcome_;
};

// Calls `function()` in a thread of the executor and gives its result, or throws its exception
// with its type. The function and what it holds go before the result is there, in that thread.
// What it uses beyond that is shared between threads.
//
// Cancelled: the wait ends at once; a call that has begun runs on by itself, its result is dropped,
// and an exception of it is logged. A call that had ended before the cancel gives its result, and
// Cancelled is raised at the next suspension. (asyncio: to_thread(), run_in_executor().)
template <class Function>
Task<std::invoke_result_t<Function&>> to_thread(Executor& executor, Function function) {
  const auto job = std::make_shared<FunctionJob<Function>>(std::move(function));
  Executor::Wait wait(executor, job);
  co_await wait;
  co_return job->take();
}

}  // namespace core
