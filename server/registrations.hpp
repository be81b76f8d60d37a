// How many accounts may be registered from one address in a day, so that nobody takes all the good
// names at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

#include "core/address.hpp"
#include "core/time.hpp"
#include "server/customer_buckets.hpp"

namespace server {

// Thread: any. In memory: a restart forgets who has registered how much.
class Registrations {
 public:
  static constexpr std::size_t kRememberedMost = 50'000;

  // Zero: any number.
  explicit Registrations(std::size_t per_day) : per_day_(per_day) {}

  // Whether another may be registered from there; it counts. An address that is none is not
  // limited.
  bool take(const core::Address& address, core::Time now) {
    const std::scoped_lock lock(mutex_);
    if (per_day_ == 0 || address == core::Address()) return true;
    return buckets_.of(address, now).take(rate(), now);
  }
  // Nothing came of one that was taken.
  void give_back(const core::Address& address, core::Time now) {
    const std::scoped_lock lock(mutex_);
    if (per_day_ != 0 && address != core::Address()) {
      buckets_.of(address, now).charge(rate(), now, -1);
    }
  }
  // Holds from now on.
  void set_per_day(std::size_t per_day) {
    const std::scoped_lock lock(mutex_);
    per_day_ = per_day;
  }

 private:
  Rate rate() const { return {core::Duration(std::chrono::hours(24)) / per_day_, per_day_}; }

  std::mutex mutex_;  // of what follows
  std::size_t per_day_;
  CustomerBuckets buckets_{kRememberedMost};
};

}  // namespace server
