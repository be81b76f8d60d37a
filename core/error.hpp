// The runtime's exceptions, and what is known about one that nobody caught.
#pragma once

#include <exception>
#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace core {

// Raised in a task at its next suspension after it was cancelled. Not a std::exception, so that
// `catch (const std::exception&)` does not swallow it (asyncio: CancelledError is a BaseException).
class Cancelled {};

// The body of a timeout() ran out of time.
class TimeoutError : public std::runtime_error {
 public:
  TimeoutError() : std::runtime_error("timed out") {}
};

// The one place where an errno becomes an exception: the operation, what it was done to (a peer, a
// path; may be empty) and the system's sentence. Accepts errno values of either sign.
std::system_error system_error(int error, std::string_view operation,
                               std::string_view subject = {});

// What an exception handler is told (asyncio: the context of call_exception_handler).
struct ErrorContext {
  std::string message;           // what happened, as a sentence without the exception's text
  std::exception_ptr exception;  // null where there was none
  std::string task;              // the task's name; empty outside a task
  std::source_location spawned_at;
  std::source_location waiting_at;  // the last co_await of the task; line 0: it never waited
  // Through which awaits it came, innermost first: where each coroutine it left had last suspended.
  std::vector<std::source_location> awaits;
  std::string connection;  // the peer, where the task serves one

  // One line with everything that is known.
  std::string describe() const;
};

using ExceptionHandler = std::function<void(const ErrorContext&)>;

// "server/hub.cpp:44": the file as the project names it.
std::string describe(const std::source_location& place);

// The text of an exception of any type.
std::string describe(const std::exception_ptr& exception);

// Whether it is Cancelled. Null is not.
bool is_cancelled(const std::exception_ptr& exception) noexcept;

}  // namespace core
