// Refusals: who was not let in or was sent away, and why: counted for monitoring, and told to the
// log in one form that a program can look for.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "core/time.hpp"
#include "server/token_bucket.hpp"

namespace server {

enum class Cause : std::uint8_t {
  kFull,               // limits.connections
  kTooManyOfAddress,   // limits.connections_per_address
  kTooOftenOfAddress,  // limits.connects_per_minute
  kBanned,             // by an operator of the server
  kUnannounced,        // limits.unannounced
  kProxyHeader,        // a gateway's header is malformed
  kHandshake,          // it did not say in time what it is here for
  kWrongProtocol,
  kIdle,     // limits.idle
  kTooFast,  // limits.input_rate, for limits.input_patience
  kTls,      // a handshake that failed
  kEvicted,  // by the hub: limits.max_lag, a mailbox that nobody empties
};

// As the log and the metrics have them. They are promises.
inline constexpr std::array<std::string_view, 12> kCauses{
    "full",      "per_address",    "rate", "banned",   "unannounced", "proxy_header",
    "handshake", "wrong_protocol", "idle", "too_fast", "tls",         "evicted"};

// Thread: any.
// The log has "refused cause=rate address=192.0.2.1 why="..."", so many lines for each cause and no
// more (kBurst, then one in kInterval), whoever tries; a line says how many before it were left
// out.
class Refusals {
 public:
  static constexpr std::size_t kBurst = 20;
  static constexpr core::Duration kInterval = std::chrono::seconds(3);

  void count(Cause cause) {
    counts_[static_cast<std::size_t>(cause)].fetch_add(1, std::memory_order_relaxed);
  }
  // Whether the log has it.
  bool say(Cause cause, std::string_view address, std::string_view why, core::Time now);
  // Both.
  void note(Cause cause, std::string_view address, std::string_view why, core::Time now) {
    count(cause);
    say(cause, address, why, now);
  }

  // Since the start, in the order of Cause.
  using Counts = std::array<std::uint64_t, kCauses.size()>;
  Counts counts() const;

 private:
  struct Voice {
    TokenBucket bucket;
    std::uint64_t unsaid = 0;  // since its last line
  };

  std::array<std::atomic<std::uint64_t>, kCauses.size()> counts_{};
  std::mutex mutex_;  // of what follows
  std::array<Voice, kCauses.size()> voices_;
};

}  // namespace server
