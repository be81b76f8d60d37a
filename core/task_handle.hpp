// TaskHandle<T>: a running task seen from outside, Python's Task object.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "core/task.hpp"
#include "core/task_context.hpp"

namespace core {

// A task together with its outermost coroutine, and in the end with its result.
template <class T>
class TaskState final : public TaskContext {
 public:
  TaskState(Loop& loop, Task<T> body, Label name, std::source_location spawned_at)
      : TaskContext(loop, std::move(name), spawned_at), body_(std::move(body)) {
    PromiseBase& promise = body_.handle().promise();
    HUBBUB_ASSERT(promise.context == nullptr);
    promise.context = this;
  }

  std::coroutine_handle<> coroutine() const { return body_.handle(); }

  T take() {
    mark_retrieved();
    if (exception()) {
      hand_on_trace();
      std::rethrow_exception(exception());
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result_);
  }

 private:
  struct Nothing {};

  ~TaskState() override = default;

  void keep_result() override {
    if constexpr (!std::is_void_v<T>) {
      std::optional<T>& value = body_.handle().promise().value;
      if (value) result_.emplace(std::move(*value));
    }
  }
  void destroy_coroutine() noexcept override { body_.destroy(); }

  Task<T> body_;
  [[no_unique_address]] std::conditional_t<std::is_void_v<T>, Nothing, std::optional<T>> result_;
};

// Move-only. `co_await handle` waits for the task and gives its result (once) or rethrows its
// exception. Cancelling who waits cancels the task waited for, as in asyncio. Dropping the handle
// detaches the task: it runs on, and an exception of it goes to the loop's exception handler.
// Thread: the loop's. A handle must not outlive the loop.
template <class T = void>
class [[nodiscard]] TaskHandle {
 public:
  TaskHandle() = default;
  explicit TaskHandle(TaskState<T>& state) : state_(&state) { state_->retain(); }
  TaskHandle(TaskHandle&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  TaskHandle& operator=(TaskHandle&& other) noexcept {
    if (this != &other) {
      detach();
      state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
  }
  ~TaskHandle() { detach(); }

  explicit operator bool() const { return state_ != nullptr; }
  // All but detach() of a handle that refers to a task (asserted).
  bool done() const { return state().done(); }
  bool cancelled() const { return state().cancelled(); }
  bool cancel() { return state().cancel(); }
  std::string_view name() const { return state().name(); }
  TaskContext& context() const { return state(); }

  // The outcome of a task that is done: its result, once, or its exception.
  T result() {
    HUBBUB_ASSERT(done());
    return state_->take();
  }

  void detach() {
    if (state_ != nullptr) std::exchange(state_, nullptr)->release();
  }

  // The wait for its end.
  class Join : public Waiter, protected TaskContext::DoneListener {
   public:
    explicit Join(TaskState<T>& state) : state_(state) { state_.retain(); }
    ~Join() { state_.release(); }
    const char* operation() const override { return "join"; }

    // A cancel that came before is passed on as well, as one that comes while it waits is.
    bool await_ready() {
      HUBBUB_ASSERT(&current_task() != &state_);  // it would wait for itself
      const bool cancelled = take_cancel();
      if (state_.done()) return true;
      if (cancelled) state_.cancel();
      return false;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      state_.add_done_listener(*this);
    }
    T await_resume() {
      check_cancelled();
      return state_.take();
    }

   protected:
    TaskState<T>& state_;

   private:
    void cancel_wait() override { state_.cancel(); }
    void task_done() override { state_.cancelled() ? wake_cancelled() : wake(); }
  };

  Join operator co_await() const { return Join(state()); }

 private:
  TaskState<T>& state() const {
    HUBBUB_ASSERT(state_ != nullptr);
    return *state_;
  }

  TaskState<T>* state_ = nullptr;
};

}  // namespace core
