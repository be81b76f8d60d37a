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
#include "server/log_limiter.hpp"

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
  kIdle,       // limits.idle
  kTooFast,    // limits.input_rate, for limits.input_patience
  kTls,        // a handshake that failed
  kEvicted,    // it does not read: limits.max_lag, a mailbox that nobody empties
  kEnded,      // by an operator of the server
  kElsewhere,  // its account was logged in to elsewhere
};

// As the log and the metrics have them. They are promises.
inline constexpr std::array<std::string_view, 14> kCauses{
    "full",         "per_address", "rate",           "banned",   "unannounced",
    "proxy_header", "handshake",   "wrong_protocol", "idle",     "too_fast",
    "tls",          "evicted",     "ended",          "elsewhere"};

// Thread: any.
// The log has "refused cause=rate address=192.0.2.1 why="..."", so many lines for each cause and no
// more (LogLimiter), whoever tries. Why may be anybody's words: it is quoted as JSON quotes.
class Refusals {
 public:
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
  std::array<std::atomic<std::uint64_t>, kCauses.size()> counts_{};
  std::mutex mutex_;  // of what follows
  std::array<LogLimiter, kCauses.size()> limiters_;
};

}  // namespace server
