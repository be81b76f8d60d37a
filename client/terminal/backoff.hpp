// Backoff: how long to wait before the next attempt to connect.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "core/time.hpp"

namespace client {

// Exponential with jitter, between kLeast and kMost: each wait is drawn between kLeast and three
// times the one before ("decorrelated jitter"), the very first one too, so that the clients of a
// server that was restarted do not come back all at once.
class Backoff {
 public:
  static constexpr core::Duration kLeast = std::chrono::seconds(1);
  static constexpr core::Duration kMost = std::chrono::seconds(30);

  explicit Backoff(std::uint32_t seed) : random_(seed) {}

  core::Duration next() {
    const core::Duration most = std::min(kMost, last_ * 3);
    std::uniform_int_distribution<core::Duration::rep> between(kLeast.count(), most.count());
    last_ = core::Duration(between(random_));
    return last_;
  }

  // After success.
  void reset() { last_ = kLeast; }

 private:
  std::minstd_rand random_;
  core::Duration last_ = kLeast;
};

}  // namespace client
