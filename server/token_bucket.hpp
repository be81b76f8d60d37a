// A token bucket: so much at once, and so much a second in the long run.
#pragma once

#include <algorithm>

#include "core/time.hpp"

namespace server {

// What a bucket holds when it is full, and how long one token takes to come back.
struct Rate {
  core::Duration interval;  // zero: no limit
  std::size_t burst;        // tokens, at least 1
};

// Kept as one point in time: that at which the bucket is full again (the virtual scheduling
// algorithm of ITU-T I.371). Full at first. Plain data.
class TokenBucket {
 public:
  bool full(core::Time now) const { return full_at_ <= now; }

  // Takes tokens whether they are there or not.
  void charge(const Rate& rate, core::Time now, double tokens) {
    const auto time = std::chrono::duration_cast<core::Duration>(rate.interval * tokens);
    full_at_ = std::max(full_at_, now) + time;
  }

  // How long until what is missing has come back; zero: nothing is missing.
  core::Duration debt(const Rate& rate, core::Time now) const {
    const core::Duration owed = full_at_ - now - rate.interval * rate.burst;
    return std::max(core::Duration::zero(), owed);
  }

  // Takes a token if there is a whole one.
  bool take(const Rate& rate, core::Time now) {
    TokenBucket after = *this;
    after.charge(rate, now, 1);
    if (after.debt(rate, now) > core::Duration::zero()) return false;
    *this = after;
    return true;
  }

 private:
  core::Time full_at_{};
};

}  // namespace server
