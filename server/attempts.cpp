// One map for all kinds of buckets, whose keys begin with different letters.
#include "server/attempts.hpp"

#include <array>
#include <chrono>
#include <optional>

#include "core/network.hpp"
#include "server/names.hpp"

namespace server {
namespace {

std::string bytes_of(const core::Address& address) {
  const core::Network customer = core::Network::of_customer(address);
  const core::HostBytes& bytes = customer.bytes();
  return {bytes.begin(), bytes.end()};
}

// What is longer is no account's name, and may be as long as a line.
std::string key_of(std::string_view account) {
  constexpr std::size_t kNameMost = 128;
  return folded(account.substr(0, kNameMost));
}

}  // namespace

Rate Attempts::rate(std::size_t times) const {
  const std::size_t in_a_minute = per_minute_ * times;
  return {core::Duration(std::chrono::minutes(1)) / in_a_minute, in_a_minute};
}

Attempts::Answer Attempts::take(std::string_view account, const core::Address& address,
                                core::Time now) {
  struct Limit {
    std::string key;
    std::size_t times;
    Answer refusal;
  };
  const bool has_account = !account.empty();
  const bool has_address = address != core::Address();
  if (!has_account && !has_address) return Answer::kTaken;
  const std::string name = key_of(account);
  const std::string from = has_address ? bytes_of(address) : std::string();
  std::array<std::optional<Limit>, 3> limits;
  limits[0] = {"both " + from + name, 1,
               has_account ? Answer::kTooMany : Answer::kTooManyOfAddress};
  if (has_address) limits[1] = {"address " + from, kOfAddress, Answer::kTooManyOfAddress};
  if (has_account && has_address) {
    limits[2] = {"name " + name, kOfAccount, Answer::kTooManyOfAccount};
  }

  const std::scoped_lock lock(mutex_);
  if (per_minute_ == 0) return Answer::kTaken;
  sweep_.run(buckets_, now, [now](const auto& entry) { return entry.second.full(now); });
  if (buckets_.size() + limits.size() > kRememberedMost) return Answer::kTooManyAtAll;
  for (const auto& limit : limits) {
    if (!limit) continue;
    const auto found = buckets_.find(limit->key);
    TokenBucket bucket = found == buckets_.end() ? TokenBucket() : found->second;
    if (!bucket.take(rate(limit->times), now)) return limit->refusal;
  }
  for (const auto& limit : limits) {
    if (limit) buckets_[limit->key].charge(rate(limit->times), now, 1);
  }
  return Answer::kTaken;
}

void Attempts::set_per_minute(std::size_t per_minute) {
  const std::scoped_lock lock(mutex_);
  per_minute_ = per_minute;
}

std::size_t Attempts::remembered() {
  const std::scoped_lock lock(mutex_);
  return buckets_.size();
}

}  // namespace server
