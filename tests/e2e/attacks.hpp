// Attacks: what strangers do to a server to make it slow, large or silent. The tests and
// tests/bench/attacks use the same.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace e2e {

// The ports of the server under attack.
struct Target {
  std::uint16_t chat;
  std::uint16_t echo;
  std::uint16_t metrics;
};

// `run` attacks until `over` is set, from addresses other than 127.0.0.1, and leaves nothing
// connected. `settings` are what the server has to have for it to be one.
struct Attack {
  std::string_view name;
  std::vector<std::string_view> settings;
  void (*run)(const Target& target, const std::atomic<bool>& over);
};

std::span<const Attack> attacks();

}  // namespace e2e
