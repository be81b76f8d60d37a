// The lines of the log, held to their rate: who is refused a thousand times a second must not fill
// a disk with it.
#include "server/refusals.hpp"

#include <string>

#include <spdlog/spdlog.h>

#include "core/text.hpp"

namespace server {

bool Refusals::say(Cause cause, std::string_view address, std::string_view why, core::Time now) {
  const auto index = static_cast<std::size_t>(cause);
  const std::scoped_lock lock(mutex_);
  const auto end = limiters_[index].admit(now);
  if (!end) return false;
  std::string quoted;
  core::append_json_string(why, quoted);
  spdlog::warn("refused cause={} address={} why={}{}", kCauses[index], address, quoted, *end);
  return true;
}

Refusals::Counts Refusals::counts() const {
  Counts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  return counts;
}

}  // namespace server
