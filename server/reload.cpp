// By the table of keys, so that a new key is live unless it is named here.
#include "server/reload.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "server/config_keys.hpp"

namespace server {
namespace {

constexpr std::array<std::string_view, 12> kKept = {"listen",
                                                    "loops",
                                                    "direct_sockets",
                                                    "ring",
                                                    "data_dir",
                                                    "log.format",
                                                    "log.pattern",
                                                    "chat.lobby",
                                                    "limits.unresponsive",
                                                    "accounts.hashing_threads",
                                                    "accounts.hashing_queue",
                                                    "diagnostics.watchdog"};

// Certificates are read again, and may be others; where to listen is settled.
bool same_places(const std::vector<Listener>& now, const std::vector<Listener>& next) {
  return std::equal(now.begin(), now.end(), next.begin(), next.end(),
                    [](const Listener& one, const Listener& other) {
                      return one.protocol == other.protocol && one.address == other.address;
                    });
}

bool is_kept(std::string_view key, const Config& now, const Config& next) {
  if (key == "listen" && same_places(now.listen, next.listen)) return false;
  return std::find(kKept.begin(), kKept.end(), key) != kKept.end();
}

}  // namespace

Reload plan_reload(const Config& now, Config next) {
  Reload plan;
  for (const Key<Config>& key : config_keys()) {
    if (key.print(now) == key.print(next)) continue;
    if (!is_kept(key.name, now, next)) {
      plan.changed.push_back(key.name);
      continue;
    }
    plan.kept.push_back(key.name);
    const auto refused = key.read(next, key.print(now));
    HUBBUB_ASSERT(!refused);
  }
  plan.config = std::move(next);
  return plan;
}

}  // namespace server
