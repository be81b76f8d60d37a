// Token buckets by customer: what people of each address may do in some time, remembered for as
// long as it matters and for so many at most.
#pragma once

#include <cstddef>
#include <map>

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/time.hpp"
#include "server/doubling_sweep.hpp"
#include "server/token_bucket.hpp"

namespace server {

// Thread: one at a time. Addresses are counted as customers (core::Network::of_customer).
// Limits: so many customers are remembered; those beyond share one bucket. Who has everything back
// is forgotten.
class CustomerBuckets {
 public:
  explicit CustomerBuckets(std::size_t most) : most_(most), sweep_(1024, most / 2) {}

  // Valid until the next call.
  TokenBucket& of(const core::Address& address, core::Time now) {
    sweep_.run(buckets_, now, [now](const auto& entry) { return entry.second.full(now); });
    const core::HostBytes customer = core::Network::of_customer(address).bytes();
    if (const auto found = buckets_.find(customer); found != buckets_.end()) return found->second;
    return buckets_.size() < most_ ? buckets_[customer] : others_;
  }

  // Those that are remembered.
  std::size_t size() const { return buckets_.size(); }

 private:
  const std::size_t most_;
  std::map<core::HostBytes, TokenBucket> buckets_;
  TokenBucket others_;
  DoublingSweep sweep_;
};

}  // namespace server
