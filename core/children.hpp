// Children: tasks that one coroutine starts and does not leave before they have all ended. What
// gather(), race() and TaskGroup have in common; they differ in what they do when a child ends.
//
// Nothing that is cancelled or has failed is left behind running: a child may refer to what its
// parent's frame holds, which in C++ would be gone.
#pragma once

#include <cstddef>
#include <list>
#include <source_location>
#include <string>
#include <utility>

#include "core/loop.hpp"
#include "core/task_context.hpp"

namespace core {

// Thread: the loop's. Stays in place. Asserts at its end that no child runs: whoever spawns awaits
// wait() before it goes, whatever happens in between.
class Children {
 public:
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  template <class T>
  TaskHandle<T> spawn(Task<T> body, Label name, std::source_location place) {
    TaskHandle<T> handle = current_loop().spawn(std::move(body), std::move(name), place);
    add(handle.context());
    if (ending_) handle.cancel();
    return handle;
  }

  // The same, named after the task that spawns it and in turn: "main/gather.0".
  template <class T>
  TaskHandle<T> spawn_next(Task<T> body, std::source_location place) {
    return spawn(std::move(body), next_name(), place);
  }

  std::size_t running() const { return running_.size(); }

  // Asks every child that runs to stop, and from now until wait() is over each that is spawned.
  void cancel();

  // Returns once no child runs. Every cancel of who waits is passed on to the children, also a
  // second one that comes while they clean up. One waiter at a time (asserted).
  class Wait final : public Waiter {
   public:
    explicit Wait(Children& children) : children_(children) {}
    const char* operation() const override { return children_.operation_; }
    bool await_ready();
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      children_.begin_wait(*this);
    }
    void await_resume() const {
      children_.end_wait();
      if (children_.ends_cancelled()) check_cancelled();
    }

   private:
    friend class Children;
    void ended() { children_.ends_cancelled() ? wake_cancelled() : wake(); }
    void cancel_wait() override { children_.cancel_from_outside(); }

    Children& children_;
  };
  Wait wait() { return Wait(*this); }

 protected:
  // `operation` is the word for wait() in the task tree and in the names of children; a literal.
  explicit Children(const char* operation) : operation_(operation) {}
  ~Children();

  // Asks them once: who was asked before is left to clean up in peace.
  void end() {
    if (!ending_) cancel();
  }
  // Whether who waits was asked to stop meanwhile.
  bool cancelled_from_outside() const { return cancelled_from_outside_; }

 private:
  class Child final : private TaskContext::DoneListener {
   public:
    Child(Children& parent, TaskContext& task);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    TaskContext& task() { return task_; }

   private:
    friend class Children;
    void task_done() override;

    Children& parent_;
    TaskContext& task_;  // the loop owns it until it has told of its end
    std::list<Child>::iterator self_;
  };

  // What a child's end means. It no longer counts as running.
  virtual void child_ended(TaskContext& child) = 0;
  // Once all have ended: whether wait() raises Cancelled rather than returning. Where it returns in
  // spite of a cancel, the cancel is raised at the next suspension.
  virtual bool ends_cancelled() const = 0;

  std::string next_name();
  void add(TaskContext& task);
  void begin_wait(Wait& wait);
  void end_wait();
  void cancel_from_outside();
  void ended(Child& child);

  const char* operation_;
  std::list<Child> running_;
  std::size_t named_ = 0;
  Wait* waiting_ = nullptr;  // until it has resumed
  bool ending_ = false;
  bool cancelled_from_outside_ = false;
};

// `co_await AwaitedAt()` gives, without suspending, the place where the coroutine that asks is
// awaited itself: where its children come from, for reports.
class AwaitedAt {
 public:
  AwaitedAt operator co_await() const { return *this; }
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    const PromiseBase& promise = coroutine.promise();
    place_ = promise.caller != nullptr ? promise.caller->waiting_at : promise.context->spawned_at();
    return false;
  }
  std::source_location await_resume() const noexcept { return place_; }

 private:
  std::source_location place_;
};

}  // namespace core
