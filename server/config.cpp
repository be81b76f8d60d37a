// The defaults that need code, and the rules between values. A rule about one value alone belongs
// to its key.
#include "server/config.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace server {
namespace {

// Port 0 asks for a port of its own, so it may be asked for any number of times.
void find_repeated_addresses(const std::vector<Listener>& listeners,
                             std::vector<Conflict>& conflicts) {
  for (auto listener = listeners.begin(); listener != listeners.end(); ++listener) {
    if (listener->address.port() == 0) continue;
    const bool repeated = std::any_of(listeners.begin(), listener, [&](const Listener& other) {
      return other.address == listener->address;
    });
    if (!repeated) continue;
    conflicts.push_back({{"listen"},
                         fmt::format("{} is listed twice; an address can have only one listener",
                                     listener->address.to_string())});
  }
}

}  // namespace

std::vector<Listener> default_listeners() {
  return {{Protocol::kChat, core::Address::parse("127.0.0.1:7777").value()},
          {Protocol::kEcho, core::Address::parse("127.0.0.1:7007").value()}};
}

std::vector<core::Network> default_trusted() {
  return {core::Network::parse("127.0.0.0/8").value(), core::Network::parse("::1").value()};
}

std::vector<Conflict> find_conflicts(const Config& config) {
  std::vector<Conflict> conflicts;
  find_repeated_addresses(config.listen, conflicts);
  const Config::Limits& limits = config.limits;
  if (config.chat.lobby.size() > limits.room) {
    conflicts.push_back({{"chat.lobby", "limits.room"},
                         fmt::format("\"{}\" has {} bytes, and limits.room allows {}",
                                     config.chat.lobby, config.chat.lobby.size(), limits.room)});
  }
  if (limits.mailbox < limits.line) {
    conflicts.push_back(
        {{"limits.mailbox", "limits.line"},
         fmt::format("{} cannot hold a line of the {} that limits.line allows",
                     core::format_size(limits.mailbox), core::format_size(limits.line))});
  }
  return conflicts;
}

}  // namespace server
