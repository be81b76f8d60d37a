// The log of moderation: who did what to whom, and who tried without the right. Never what people
// say.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "server/customer_buckets.hpp"
#include "server/log_limiter.hpp"
#include "server/user.hpp"

namespace server {

// Empty where a deed has none.
struct Deed {
  std::string_view act;
  const User& by;
  std::string_view whom{};  // a nick
  std::string_view room{};
  std::string address{};  // or network, of whom it is done to
  std::string_view reason{};
  std::time_t until = 0;     // seconds since the epoch
  std::string_view value{};  // what something is set to
  bool always = false;       // logged whatever else is
};

// Thread: its loop's; each has one.
// Limits: whoever begins a room is its operator, so the lines of those who are not the server's are
// held to a rate: deeds to LogLimiter::kRate for each address (counted as customers) and to
// kStrangersRate for all of them, refusals to LogLimiter::kRate for all. What is left out is
// counted in the next line. Deeds of the server's operators are logged whatever else is. Memory:
// one entry for each customer that did something of late, kRememberedMost at most; those beyond
// share one.
class ModerationLog {
 public:
  static constexpr std::size_t kRememberedMost = 10'000;
  static constexpr Rate kStrangersRate = {.interval = std::chrono::milliseconds(100), .burst = 200};

  // One line: moderation act=kick by=alice from=192.0.2.1:4000 whom=bob room=#tea address=...
  // reason="..."
  void note(const Deed& deed, core::Time now);

  // One line, with the command as its act: moderation refused act=kick by=... room=...
  void note_refused(std::string_view act, const User& by, std::string_view room, core::Time now);

  // Addresses that are remembered.
  std::size_t remembered() const { return people_.size(); }

 private:
  std::optional<std::string> admit(const Deed& deed, core::Time now);

  CustomerBuckets people_{kRememberedMost};
  LogLimiter strangers_{kStrangersRate};
  LogLimiter refused_;
};

}  // namespace server
