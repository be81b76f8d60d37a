// The runtime's clock types: a monotonic clock in nanoseconds. What a
// program does reads the clock through its Ring, so that a simulated one can own time; what only
// watches it (Pace, Watchdog) has its own.
#pragma once

#include <chrono>

namespace core {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

inline constexpr Time kNever = Time::max();

// Some time later; kNever where that is beyond the clock, so that Duration::max() means no limit.
constexpr Time after(Time time, Duration duration) {
  return duration > kNever - time ? kNever : time + duration;
}

}  // namespace core
