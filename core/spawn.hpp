// spawn(): a task on this loop from a callable and its arguments, both kept alive for it.
//
// A coroutine's frame holds its parameters, but the captures of a lambda stay in the closure, and
// a reference parameter stays a reference: both are gone when the statement ends that made them,
// long before the task runs.
#pragma once

#include <concepts>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "core/loop.hpp"

namespace core {

// A task that calls `function(arguments...)`, which must return a Task, and awaits what it gave.
// The callable and decayed copies of the arguments live in the frame until the task has ended, so
// that the callable may be a lambda with captures and take its arguments by value, const& or &&;
// std::ref passes a reference (as std::thread). For everything that takes a Task: timeout(),
// gather(), TaskGroup.
template <class Function, class... Arguments>
std::invoke_result_t<Function&, Arguments...> call(Function function, Arguments... arguments) {
  auto task = std::invoke(function, std::move(arguments)...);
  co_return co_await std::move(task);
}

// A task's name, and where it was written.
struct TaskName {
  consteval TaskName(const char* literal,
                     std::source_location here = std::source_location::current())
      : text(literal), place(here) {}
  TaskName(const std::string& name, std::source_location here = std::source_location::current())
      : text(name), place(here) {}

  Label text;
  std::source_location place;
};

// Queues call(function, arguments...) on the current loop: spawn("ping", ping, peer, 30s). As
// Loop::spawn(), it starts in the next pass, and the handle may be dropped.
template <class Function, class... Arguments>
requires std::invocable<Function&, Arguments...>
auto spawn(TaskName name, Function function, Arguments... arguments) {
  return current_loop().spawn(call(std::move(function), std::move(arguments)...),
                              std::move(name.text), name.place);
}

}  // namespace core
