// run(): a ring, a loop and one task on them, for programs that need no more than that.
#pragma once

#include <source_location>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/loop.hpp"
#include "core/open_ring.hpp"

namespace core {

struct RunOptions {
  UringOptions ring;
  ExceptionHandler exception_handler;  // null: the default, which logs
  Duration slow_callback{};            // see Loop::set_slow_callback()
};

// Runs `main` on a loop of this thread's own and gives its result or throws its exception; see
// Loop::run() for what becomes of the other tasks. io_uring where it can be had, otherwise epoll,
// which the log then says. Signals are another's: run(interruptible(signals, main())). An Executor
// that `main` makes is joined where main's frame ends. (asyncio: run().)
// Throws std::system_error where there is no ring at all.
template <class T>
T run(Task<T> main, const RunOptions& options = {},
      std::source_location place = std::source_location::current()) {
  const OpenedRing opened = open_ring(options.ring);
  if (!opened.fallback_reason.empty()) spdlog::warn("{}; using epoll", opened.fallback_reason);
  Loop loop(*opened.ring);
  loop.set_exception_handler(options.exception_handler);
  loop.set_slow_callback(options.slow_callback);
  return loop.run(std::move(main), place);
}

}  // namespace core
