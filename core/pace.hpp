// Pace: tells of a step that held up its loop too long, once it has ended.
//
// asyncio times each callback in debug mode only. Here every build can, once a limit is set
// (hubbubd sets one, see diagnostics.slow_callback): the coarse clock is read from memory that the
// kernel keeps up to date (clock_gettime(2), CLOCK_MONOTONIC_COARSE: a few nanoseconds, in steps of
// up to 10 ms), once per step of a pass. What never ends is for the Watchdog.
#pragma once

#include <cstdint>
#include <ctime>
#include <utility>

#include "core/time.hpp"

namespace core {

// Thread: the loop's. Until it is given a limit it measures nothing.
class Pace {
 public:
  // How long one step may take: a resumption, a callback, the end of a pass. Zero: any time.
  void set_limit(Duration limit) {
    limit_ns_ = limit.count();
    begin();
  }

  // The first step begins now.
  void begin() {
    if (limit_ns_ > 0) last_ns_ = now_ns();
  }
  // A step is over and the next begins. `report` is called with its duration if it took too long.
  template <class Report>
  void step(const Report& report) {
    if (limit_ns_ == 0) return;
    const std::int64_t before = std::exchange(last_ns_, now_ns());
    if (last_ns_ - before < limit_ns_) return;
    ++slow_;
    report(std::chrono::nanoseconds(last_ns_ - before));
  }

  // Steps that took too long, since the beginning.
  std::uint64_t slow() const { return slow_; }

 private:
  static std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
  }

  std::int64_t limit_ns_ = 0;
  std::int64_t last_ns_ = 0;
  std::uint64_t slow_ = 0;
};

}  // namespace core
