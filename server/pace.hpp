// Pace: how fast one client sends, and what comes of sending too fast: first delay, then the end.
#pragma once

#include <cstddef>

#include "core/time.hpp"
#include "server/config.hpp"
#include "server/token_bucket.hpp"

namespace server {

// A line costs a token, and one for each kBytesPerToken of it. Plain data; small, there is one for
// each connection.
class Pace {
 public:
  static constexpr std::size_t kBytesPerToken = 512;

  void charge(const Config::Limits& limits, core::Time now, std::size_t lines, std::size_t bytes) {
    if (bucket_.full(now)) since_ = now;
    const double tokens = static_cast<double>(lines) +
                          static_cast<double>(bytes) / static_cast<double>(kBytesPerToken);
    bucket_.charge(rate(limits), now, tokens);
  }

  // How long the next line has to wait; zero: not at all.
  core::Duration wait(const Config::Limits& limits, core::Time now) const {
    return bucket_.debt(rate(limits), now);
  }

  // Whether it has to wait although that was so, without a pause, for all of limits.input_patience.
  bool exhausted(const Config::Limits& limits, core::Time now) const {
    const core::Duration patience = limits.input_patience;
    return patience > core::Duration::zero() && now - since_ > patience &&
           wait(limits, now) > core::Duration::zero();
  }

 private:
  static Rate rate(const Config::Limits& limits) {
    if (limits.input_rate == 0) return {core::Duration::zero(), 1};
    return {core::Duration(std::chrono::seconds(1)) / limits.input_rate, limits.input_burst};
  }

  TokenBucket bucket_;
  core::Time since_{};  // when the bucket was full last
};

}  // namespace server
