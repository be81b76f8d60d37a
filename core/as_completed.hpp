// as_completed(): the results of several tasks, each as soon as it is there.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "core/loop.hpp"
#include "core/outcome.hpp"

namespace core {

// `while (auto result = co_await completed.next())` runs once for each task, in the order in which
// they end. next() throws the exception of a task that failed, and can be called again for the
// rest; after the last it gives nothing. Cancelling it ends only the wait. One waits at a time
// (asserted).
//
// Ownership: owns its tasks; stays in place. Destroyed early it cancels those that still run, but
// cannot await them: they must own what they use. (asyncio's run on.) Errors that nobody came for
// are reported to the loop's exception handler. Thread: the loop's.
template <class T>
class AsCompleted {
 public:
  explicit AsCompleted(std::vector<TaskHandle<T>> tasks) {
    for (TaskHandle<T>& task : tasks) {
      if (task.done()) {
        ended_.push_back(std::move(task));
        continue;
      }
      running_.emplace_back(*this, std::move(task));
      running_.back().self = std::prev(running_.end());
    }
  }
  AsCompleted(const AsCompleted&) = delete;
  AsCompleted& operator=(const AsCompleted&) = delete;
  ~AsCompleted() {
    HUBBUB_ASSERT(waiting_ == nullptr);
    for (Child& child : running_) child.abandon();
  }

  class Next final : public Waiter {
   public:
    explicit Next(AsCompleted& from) : from_(from) {}
    const char* operation() const override { return "as_completed"; }
    bool await_ready() {
      HUBBUB_ASSERT(!std::exchange(from_.taking_, true));
      return take_cancel() || !from_.ended_.empty() || from_.running_.empty();
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      from_.waiting_ = this;
    }
    std::optional<Value<T>> await_resume() {
      from_.taking_ = false;
      check_cancelled();
      if (from_.ended_.empty()) return std::nullopt;
      TaskHandle<T> task = std::move(from_.ended_.front());
      from_.ended_.pop_front();
      return value_of(task);
    }

   private:
    friend class AsCompleted;
    void child_ended() { wake(); }
    void cancel_wait() override {
      from_.waiting_ = nullptr;
      wake_cancelled();
    }

    AsCompleted& from_;
  };
  Next next() { return Next(*this); }

 private:
  struct Child final : private TaskContext::DoneListener {
    Child(AsCompleted& of, TaskHandle<T> handle) : owner(of), task(std::move(handle)) {
      task.context().add_done_listener(*this);
    }
    void abandon() {
      task.context().remove_done_listener(*this);
      task.cancel();
    }
    void task_done() override { owner.ended(*this); }

    AsCompleted& owner;
    TaskHandle<T> task;
    typename std::list<Child>::iterator self;
  };

  void ended(Child& child) {
    ended_.push_back(std::move(child.task));
    running_.erase(child.self);
    if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->child_ended();
  }

  std::list<Child> running_;
  std::deque<TaskHandle<T>> ended_;  // whose results nobody took yet
  Next* waiting_ = nullptr;
  bool taking_ = false;  // somebody is between await_ready() and await_resume()
};

// Spawns every task at once.
template <class T>
AsCompleted<T> as_completed(std::vector<Task<T>> tasks,
                            std::source_location place = std::source_location::current()) {
  std::vector<TaskHandle<T>> handles;
  handles.reserve(tasks.size());
  for (Task<T>& task : tasks) {
    std::string name(current_task().name());
    name += "/as_completed." + std::to_string(handles.size());
    handles.push_back(current_loop().spawn(std::move(task), std::move(name), place));
  }
  return AsCompleted<T>(std::move(handles));
}

}  // namespace core
