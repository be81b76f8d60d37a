// Outcome<T>: how something ended, as a value: with a result or with an exception.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/error.hpp"
#include "core/task.hpp"
#include "core/task_handle.hpp"

namespace core {

// What stands for the result of a Task<T> in tuples and variants: T, or monostate for void.
template <class T>
using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// Owns its value, or shares the exception. Plain data: any thread, with the usual care.
template <class T>
class [[nodiscard]] Outcome {
 public:
  explicit Outcome(Value<T> value) : kept_(std::in_place_index<0>, std::move(value)) {}
  explicit Outcome(std::exception_ptr exception)
      : kept_(std::in_place_index<1>, std::move(exception)) {}

  bool has_value() const { return kept_.index() == 0; }
  // Asserts that there is one.
  Value<T>& value() {
    HUBBUB_ASSERT(has_value());
    return std::get<0>(kept_);
  }
  const Value<T>& value() const {
    HUBBUB_ASSERT(has_value());
    return std::get<0>(kept_);
  }
  // Null: there is a value.
  std::exception_ptr exception() const {
    return has_value() ? std::exception_ptr() : std::get<1>(kept_);
  }

  bool cancelled() const { return is_cancelled(exception()); }

  // Moves the value out, or throws the exception.
  T take() {
    if (!has_value()) std::rethrow_exception(std::get<1>(kept_));
    if constexpr (!std::is_void_v<T>) return std::move(std::get<0>(kept_));
  }

 private:
  std::variant<Value<T>, std::exception_ptr> kept_;
};

// The result of a task that is done, once; throws its exception.
template <class T>
Value<T> value_of(TaskHandle<T>& done) {
  if constexpr (std::is_void_v<T>) {
    done.result();
    return {};
  } else {
    return done.result();
  }
}

// The same without throwing. The exception counts as retrieved.
template <class T>
Outcome<T> outcome_of(TaskHandle<T>& done) {
  if (std::exception_ptr exception = done.context().exception()) {
    done.context().mark_retrieved();
    return Outcome<T>(std::move(exception));
  }
  return Outcome<T>(value_of(done));
}

// Awaits a task and keeps whatever comes of it, Cancelled too: for what has to be done in either
// case and cannot be done in a handler, where nothing can be awaited.
template <class T>
Task<Outcome<T>> settle(Task<T> task) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
      co_return Outcome<T>(std::monostate());
    } else {
      co_return Outcome<T>(co_await std::move(task));
    }
  } catch (...) {
    co_return Outcome<T>(std::current_exception());
  }
}

}  // namespace core
