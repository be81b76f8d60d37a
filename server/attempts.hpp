// How often somebody may try a password: so often for each account, and for each address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/address.hpp"
#include "core/time.hpp"
#include "server/token_bucket.hpp"

namespace server {

// Thread: any. Addresses are counted as customers (core::Network::of_customer).
// Memory: one entry for each account and customer of the last minute; no more of them come about
// than attempts are allowed and connections admitted.
class Attempts {
 public:
  // Zero: any number.
  explicit Attempts(std::size_t per_minute) : per_minute_(per_minute) {}

  // Takes one, if one is left for the account and for the address both. An empty account or an
  // address that is none is not counted.
  bool take(std::string_view account, const core::Address& address, core::Time now);
  // Holds from now on.
  void set_per_minute(std::size_t per_minute);
  // Those that are remembered.
  std::size_t remembered();

 private:
  Rate rate() const;
  void forget_idle(core::Time now);

  std::mutex mutex_;  // of what follows
  std::size_t per_minute_;
  std::unordered_map<std::string, TokenBucket> buckets_;
  std::size_t forget_above_ = 1024;
};

}  // namespace server
