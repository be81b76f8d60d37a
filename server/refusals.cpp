// The lines of the log, held to their rate: who is refused a thousand times a second must not fill
// a disk with it.
#include "server/refusals.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace server {

bool Refusals::say(Cause cause, std::string_view address, std::string_view why, core::Time now) {
  const std::scoped_lock lock(mutex_);
  Voice& voice = voices_[static_cast<std::size_t>(cause)];
  if (!voice.bucket.take({kInterval, kBurst}, now)) {
    ++voice.unsaid;
    return false;
  }
  const std::uint64_t unsaid = std::exchange(voice.unsaid, 0);
  spdlog::warn("refused cause={} address={} why=\"{}\"{}", kCauses[static_cast<std::size_t>(cause)],
               address, why, unsaid > 0 ? fmt::format(" unsaid={}", unsaid) : std::string());
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
