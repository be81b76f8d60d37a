// One map for both kinds: the bytes of an address begin with a space, which no name contains.
#include "server/attempts.hpp"

#include <algorithm>
#include <chrono>

#include "core/network.hpp"
#include "server/names.hpp"

namespace server {
namespace {

std::string key_of(const core::Address& address) {
  const core::Network customer = core::Network::of_customer(address);
  const core::HostBytes& bytes = customer.bytes();
  return " " + std::string(bytes.begin(), bytes.end());
}

}  // namespace

Rate Attempts::rate() const {
  if (per_minute_ == 0) return {core::Duration::zero(), 1};
  return {core::Duration(std::chrono::minutes(1)) / per_minute_, per_minute_};
}

bool Attempts::take(std::string_view account, const core::Address& address, core::Time now) {
  const std::scoped_lock lock(mutex_);
  if (per_minute_ == 0) return true;
  forget_idle(now);
  TokenBucket none;
  TokenBucket& by_account = account.empty() ? none : buckets_[folded(account)];
  TokenBucket& by_address = address == core::Address() ? none : buckets_[key_of(address)];
  TokenBucket account_after = by_account;
  TokenBucket address_after = by_address;
  if (!account_after.take(rate(), now) || !address_after.take(rate(), now)) return false;
  by_account = account_after;
  by_address = address_after;
  return true;
}

void Attempts::set_per_minute(std::size_t per_minute) {
  const std::scoped_lock lock(mutex_);
  per_minute_ = per_minute;
}

std::size_t Attempts::remembered() {
  const std::scoped_lock lock(mutex_);
  return buckets_.size();
}

// Each time the entries have doubled, so that it costs next to nothing for each attempt.
void Attempts::forget_idle(core::Time now) {
  if (buckets_.size() < forget_above_) return;
  std::erase_if(buckets_, [now](const auto& entry) { return entry.second.full(now); });
  constexpr std::size_t kLeast = 1024;
  forget_above_ = std::max(kLeast, 2 * buckets_.size());
}

}  // namespace server
