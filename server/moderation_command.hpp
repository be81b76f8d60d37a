// Commands of moderation: what operators can ask for. Part of server/command.hpp.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include "server/moderation_event.hpp"

namespace server::command {

// `whom` is a nick, an address or a network, as it was typed. Without a duration: until it is
// lifted.

// --- For operators of the room that one is talking in. ---

struct Kick {
  std::string_view nick, reason;
};
struct Ban {
  std::string_view whom;
  std::optional<std::chrono::seconds> duration{};
  std::string_view reason{};
};
struct Unban {
  std::string_view whom;
};
struct ListBans {};
struct Mute {
  std::string_view nick;
  std::optional<std::chrono::seconds> duration{};
};
struct Unmute {
  std::string_view nick;
};
struct GiveRole {
  std::string_view nick;
  Role role = Role::kOperator;
};
struct TakeRole {
  std::string_view nick;
  Role role = Role::kOperator;
};
struct Invite {
  std::string_view nick;
};
// Nothing: only asks, which anybody may.
struct SetMode {
  Mode mode = Mode::kModerated;  // one of those that are on or off
  std::optional<bool> on{};
};
struct SetSlow {
  std::optional<std::chrono::seconds> pause{};  // zero: none
};
struct SetKey {
  std::optional<std::string_view> key{};  // empty: none
};

using Moderation = std::variant<Kick, Ban, Unban, ListBans, Mute, Unmute, GiveRole, TakeRole,
                                Invite, SetMode, SetSlow, SetKey>;

// --- For operators of the server; `kWord` is what a refusal calls it. ---

struct Proclaim {
  static constexpr std::string_view kWord = "wall";
  std::string_view text;
};
struct Kill {
  static constexpr std::string_view kWord = "kill";
  std::string_view nick, reason;
};
struct BanFromServer {
  static constexpr std::string_view kWord = "gban";
  std::string_view whom;
  std::optional<std::chrono::seconds> duration{};
  std::string_view reason{};
};
struct UnbanFromServer {
  static constexpr std::string_view kWord = "ungban";
  std::string_view whom;
};
struct ShowStats {
  static constexpr std::string_view kWord = "stats";
};
struct ShowTasks {
  static constexpr std::string_view kWord = "tasks";
};
struct Reload {
  static constexpr std::string_view kWord = "reload";
};
struct ShutDown {
  static constexpr std::string_view kWord = "shutdown";
  std::string_view reason;
};

using Operation = std::variant<Proclaim, Kill, BanFromServer, UnbanFromServer, ShowStats, ShowTasks,
                               Reload, ShutDown>;

}  // namespace server::command
