// By the table of keys, so that a new key is live unless it is named here.
#include "server/reload.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "server/config_keys.hpp"

namespace server {
namespace {

constexpr std::array<std::string_view, 11> kKept = {"listen",
                                                    "loops",
                                                    "ring",
                                                    "data_dir",
                                                    "log.format",
                                                    "log.pattern",
                                                    "chat.lobby",
                                                    "limits.unresponsive",
                                                    "accounts.hashing_threads",
                                                    "accounts.hashing_queue",
                                                    "diagnostics.watchdog"};

}  // namespace

Reload plan_reload(const Config& now, Config next) {
  Reload plan;
  for (const Key<Config>& key : config_keys()) {
    if (key.print(now) == key.print(next)) continue;
    if (std::find(kKept.begin(), kKept.end(), key.name) == kKept.end()) {
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
