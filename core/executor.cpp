// The threads of an executor, and the meeting of a call that ends with a wait that is given up.
//
// Two locks: the executor's for the line of calls, and one in each job for "does the loop still
// listen?". The thread holds the latter while it posts to the loop, and what it posted takes it
// before it wakes the task: so the loop, which may end with that task, is not ended under the
// thread's hands.
#include "core/executor.hpp"

#include <csignal>
#include <system_error>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "core/loop.hpp"

namespace core {
namespace {

// While it lives, threads are born with every signal blocked but those that a thread raises by its
// own fault, which would otherwise kill without a word.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t blocked;
    ::sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
      ::sigdelset(&blocked, fault);
    }
    ::pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

void log_abandoned(const std::exception_ptr& exception) noexcept {
  try {
    spdlog::warn("unhandled exception in a thread whose result nobody awaits: {}",
                 describe(exception));
  } catch (...) {
    // Nothing is left to tell anyone with.
  }
}

}  // namespace

Executor::Executor(std::size_t threads_most) : threads_most_(threads_most) {
  HUBBUB_ASSERT(threads_most > 0);
}

Executor::~Executor() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Executor::submit(std::shared_ptr<Job> job) {
  const std::scoped_lock lock(mutex_);
  HUBBUB_ASSERT(!stopping_);
  Job& queued = *job;
  queued.place_ = queue_.insert(queue_.end(), std::move(job));
  queued.queued_ = true;
  if (queue_.size() > idle_ && threads_.size() < threads_most_) {
    try {
      start_thread();
    } catch (...) {
      if (threads_.empty()) {
        queued.queued_ = false;
        queue_.pop_back();
        throw;
      }
    }
  }
  changed_.notify_one();
}

void Executor::start_thread() {
  const SignalsBlocked blocked;
  threads_.emplace_back([this] { work(); });
}

void Executor::withdraw(Job& job) {
  std::shared_ptr<Job> dropped;  // after the lock: what the call holds may do anything as it goes
  const std::scoped_lock lock(mutex_);
  if (!job.queued_) return;
  job.queued_ = false;
  dropped = std::move(*job.place_);
  queue_.erase(job.place_);
}

void Executor::work() {
  ::pthread_setname_np(::pthread_self(), "executor");
  std::unique_lock lock(mutex_);
  ++idle_;
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    job->queued_ = false;
    --idle_;
    lock.unlock();
    job->run();
    lock.lock();
    ++idle_;  // before the loop is told, which may have the next call: it needs no new thread
    lock.unlock();
    tell(job);
    job.reset();
    lock.lock();
  }
}

void Executor::tell(const std::shared_ptr<Job>& job) {
  {
    const std::scoped_lock lock(job->mutex_);
    job->ended_ = true;
    if (job->loop_ != nullptr) {
      return job->loop_->post([job] {
        const std::scoped_lock left(job->mutex_);
        job->wait_->job_ended();
      });
    }
  }
  if (const std::exception_ptr failure = job->failure()) log_abandoned(failure);
}

bool Executor::Wait::await_ready() {
  if (take_cancel()) return true;
  job_->loop_ = &current_loop();
  job_->wait_ = this;
  executor_.submit(job_);
  return false;
}

void Executor::Wait::cancel_wait() {
  {
    const std::scoped_lock lock(job_->mutex_);
    if (job_->ended_) return;  // its end is on the way, and beats the cancel
    job_->loop_ = nullptr;
  }
  executor_.withdraw(*job_);
  wake_cancelled();
}

}  // namespace core
