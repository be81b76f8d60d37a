// How often somebody may try a password: so often for one account from one address. So that neither
// many accounts nor many addresses get around that, each of the two alone has a limit too; but it
// is a larger one, or a stranger could use up all the attempts of an account and keep its owner
// out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/address.hpp"
#include "core/time.hpp"
#include "server/doubling_sweep.hpp"
#include "server/token_bucket.hpp"

namespace server {

// Thread: any. Addresses are counted as customers (core::Network::of_customer).
// Limits: kRememberedMost entries, of at most some 200 bytes each; those of the last minute are
// kept.
class Attempts {
 public:
  // Of what may be tried in a minute for one account from one address: so many times that from one
  // address, and for one account.
  static constexpr std::size_t kOfAddress = 4;
  static constexpr std::size_t kOfAccount = 10;
  static constexpr std::size_t kRememberedMost = 50'000;

  enum class Answer : std::uint8_t {
    kTaken,
    kTooMany,           // for this account from this address
    kTooManyOfAddress,  // for whatever account
    kTooManyOfAccount,  // from wherever
    kTooManyAtAll,      // kRememberedMost
  };

  // Zero: any number.
  explicit Attempts(std::size_t per_minute) : per_minute_(per_minute) {}

  // Takes one, if one is left by each of the limits. Those whose address is none are as one
  // address, which is not limited but for each account, and does not count for others'. An empty
  // account is as one account, which is not limited but for each address.
  Answer take(std::string_view account, const core::Address& address, core::Time now);
  // Holds from now on.
  void set_per_minute(std::size_t per_minute);
  // Those that are remembered.
  std::size_t remembered();

 private:
  Rate rate(std::size_t times) const;

  std::mutex mutex_;  // of what follows
  std::size_t per_minute_;
  std::unordered_map<std::string, TokenBucket> buckets_;
  DoublingSweep sweep_{1024, kRememberedMost / 2};
};

}  // namespace server
