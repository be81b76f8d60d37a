// Reloading: what of a new configuration can be had while the server runs.
#pragma once

#include <string_view>
#include <vector>

#include "server/config.hpp"

namespace server {

struct Reload {
  Config config;                          // what is to be in force
  std::vector<std::string_view> changed;  // the keys that are different in it
  std::vector<std::string_view> kept;     // those that only a restart can change: as they were
};

// `now` is in force, `next` was read. Keys that shape what exists already (listeners, loops, the
// ring, the lobby, how the log looks) are kept.
Reload plan_reload(const Config& now, Config next);

}  // namespace server
