// Task<T>: a lazy coroutine, Python's coroutine object. Nothing runs until it is awaited or
// spawned.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "core/assert.hpp"
#include "core/task_context.hpp"

namespace core {

// What runs on this thread right now. Resuming goes through `next` rather than through symmetric
// transfer, which is no tail call without optimization or under a sanitizer: the loop resumes
// handle after handle and the stack stays flat (see Loop::resume).
struct Running {
  Loop* loop = nullptr;
  TaskContext* task = nullptr;
  std::coroutine_handle<> next;
};
inline thread_local constinit Running running;

template <class T>
class Task;

// Awaits a waiter where it stands (a temporary lives to the end of the co_await's expression). GCC
// 12 moves what is awaited into the frame otherwise, and a waiter cannot move.
template <class Awaitable>
struct AwaitInPlace {
  Awaitable& awaitable;

  bool await_ready() { return awaitable.await_ready(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    try {
      awaitable.await_suspend(coroutine);
    } catch (...) {  // there was no memory for the wait; the coroutine goes on with that
      if constexpr (std::is_base_of_v<Waiter, Awaitable>) awaitable.give_up_wait();
      throw;
    }
  }
  decltype(auto) await_resume() { return awaitable.await_resume(); }
};

// What every coroutine of the runtime carries: who awaits it, its task, where it awaits.
struct PromiseBase {
  PromiseBase* caller = nullptr;  // null: it is a task's outermost coroutine
  TaskContext* context = nullptr;
  std::source_location waiting_at;  // before it first awaits: where it is written

  // Where the frame is follows from where its promise is, whatever the promise holds besides (see
  // Promise).
  std::coroutine_handle<> handle() {
    return std::coroutine_handle<PromiseBase>::from_promise(*this);
  }

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      ended.promise().ended();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { context->passed(std::current_exception(), waiting_at); }

  // Every co_await passes here: remembers its place for reports and the task tree.
  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable,
                       std::source_location place = std::source_location::current()) {
    waiting_at = place;
    if constexpr (requires { awaitable.operator co_await(); }) {
      return awaitable.operator co_await();
    } else {
      return AwaitInPlace<std::remove_reference_t<Awaitable>>{awaitable};
    }
  }
  template <class T>
  typename Task<T>::Awaiter await_transform(
      Task<T>&& task, std::source_location place = std::source_location::current()) {
    waiting_at = place;
    return std::move(task).start();
  }

  // The caller goes on, or the task is done.
  void ended() noexcept;
  // A forgotten co_await, often; logged where debugging is.
  void report_never_ran() const noexcept;
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Task<T> get_return_object(std::source_location place = std::source_location::current());
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object(std::source_location place = std::source_location::current());
  void return_void() const noexcept {}
  void take() const noexcept {}
};

// Owns its frame; move-only; awaited (as an rvalue) or spawned once. Destroying one that never ran
// drops it, which the debug log tells; destroying one that is suspended is a programming error the
// waiters assert.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle coroutine) : coroutine_(coroutine) {}
  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      coroutine_ = std::exchange(other.coroutine_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  class Awaiter {
   public:
    explicit Awaiter(Handle child) : child_(child) {}
    bool await_ready() const noexcept { return false; }
    template <class Caller>
    void await_suspend(std::coroutine_handle<Caller> caller) const noexcept {
      child_.promise().caller = &caller.promise();
      child_.promise().context = caller.promise().context;
      running.next = child_;
    }
    T await_resume() const {
      child_.promise().context->rethrow_passed();
      return child_.promise().take();
    }

   private:
    Handle child_;
  };

  // What co_await does with it.
  Awaiter start() && noexcept {
    HUBBUB_ASSERT(coroutine_ && coroutine_.promise().context == nullptr);
    return Awaiter(coroutine_);
  }

  // For spawn(): the coroutine as the outermost of a task.
  Handle handle() const {
    HUBBUB_ASSERT(coroutine_);
    return coroutine_;
  }

  // Lets go of the coroutine before its time, with all that it was given.
  void destroy() noexcept {
    if (!coroutine_) return;
    if (coroutine_.promise().context == nullptr) coroutine_.promise().report_never_ran();
    std::exchange(coroutine_, {}).destroy();
  }

 private:
  Handle coroutine_;
};

template <class T>
Task<T> Promise<T>::get_return_object(std::source_location place) {
  waiting_at = place;
  static_assert(alignof(Promise) <= 2 * sizeof(void*), "it stands where its base would");
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object(std::source_location place) {
  waiting_at = place;
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace core
