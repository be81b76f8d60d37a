// A log limiter: holds one kind of line to a rate, so that who makes a line come about a thousand
// times a second does not fill a disk with it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/time.hpp"
#include "server/token_bucket.hpp"

namespace server {

// Plain data; whoever owns it sees to its thread.
class LogLimiter {
 public:
  // So many lines at once, and then one in so much time.
  static constexpr Rate kRate = {.interval = std::chrono::seconds(3), .burst = 20};

  explicit LogLimiter(Rate rate = kRate) : rate_(rate) {}

  // Nothing: a line is not to be logged now. Else what it has to end with, which says how many
  // before it were left out: "" or " suppressed=980".
  std::optional<std::string> admit(core::Time now) {
    if (!bucket_.take(rate_, now)) {
      suppress();
      return std::nullopt;
    }
    const std::uint64_t suppressed = std::exchange(suppressed_, 0);
    return suppressed > 0 ? fmt::format(" suppressed={}", suppressed) : std::string();
  }

  // The same for a line that may be held to no limit (null): it is always logged.
  static std::optional<std::string> admit(LogLimiter* limiter, core::Time now) {
    return limiter == nullptr ? std::string() : limiter->admit(now);
  }

  // Counts a line that is left out for another reason.
  void suppress() { ++suppressed_; }

  // Whether it has let nothing through for so long that it would let a whole burst through again.
  bool is_idle(core::Time now) const { return bucket_.full(now); }

 private:
  Rate rate_;
  TokenBucket bucket_;
  std::uint64_t suppressed_ = 0;  // since its last line
};

}  // namespace server
