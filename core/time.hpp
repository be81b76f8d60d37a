// The runtime's clock types: a monotonic clock in nanoseconds. Nobody but a Ring reads the clock,
// so that a simulated ring can own time.
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
