// Waiting for a condition, and saying what was waited for in vain.
//
// A test never sleeps in the hope that something has happened by then. It waits for what it can
// see, with a deadline so generous that only a fault misses it.
#pragma once

#include <chrono>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace e2e {

using namespace std::chrono_literals;
using Duration = std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

// How long anything may take that is expected to happen at once.
inline constexpr Duration kPatience = 30s;

// Ends a test: what it waits for does not come. GoogleTest shows the text.
class Failure : public std::runtime_error {
 public:
  Failure(const std::source_location& place, std::string_view message)
      : std::runtime_error(std::string(place.file_name()) + ":" + std::to_string(place.line()) +
                           ": " + std::string(message)) {}
};

// For conditions that nobody signals. False when the time is up.
template <class Condition>
bool wait_until(const Condition& condition, Duration patience = kPatience) {
  const auto deadline = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace e2e
