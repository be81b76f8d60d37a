// Events of moderation: what people are told of order being kept. Part of server/event.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/moderation_refusal.hpp"
#include "server/roles.hpp"

namespace server {

namespace event {

// Somebody with a role in a room, or a room where somebody has one.
struct Ranked {
  std::string_view name;
  Role role = Role::kNone;
};

// Times are seconds since the epoch; 0: until it is lifted. `whom` is a nick or a network. A reason
// may be empty.

// --- What the members of a room see. ---

struct PutOut {
  std::string_view room, nick, by, reason;
  bool banned = false;
  std::time_t until = 0;  // of a ban
};
struct MuteChanged {
  std::string_view room, nick, by;
  bool on = false;
  std::time_t until = 0;
};
struct RoleChanged {
  std::string_view room, nick, by;
  Role role = Role::kNone;
  bool given = false;  // else taken away
};
struct ModeChanged {
  std::string_view room, by;
  Mode mode = Mode::kModerated;
  bool on = false;
  std::chrono::seconds slow{0};
};

// --- What one person sees. ---

struct YouArePutOut {
  std::string_view room, by, reason;
  bool banned = false;
  std::time_t until = 0;
};
struct YouAreInvited {
  std::string_view room, by;
};
struct BecameOperator {};  // of the server
struct Proclaimed {        // to everybody
  std::string_view from, text;
};
struct ShuttingDown {
  std::string_view by, reason;
};
struct YouAreEnded {
  std::string_view by, reason;
};

// Answers. An empty room is the server.
struct BanAdded {
  std::string_view room, whom;
  bool with_address = false, with_account = false;  // beside the nick
  std::time_t until = 0;
};
struct BanNotKept {  // it holds, or is lifted, until a restart
  std::string_view room, whom, why;
  bool is_lifted = false;
};
struct BanLifted {
  std::string_view room, whom;
};
struct BanList {
  struct Entry {
    std::string_view nick, by, reason;
    std::string network;  // this or the nick may be empty
    std::time_t until = 0;
    bool is_mute = false;
    std::string_view account{};  // if it is another name than the nick
  };
  std::string_view room;
  std::span<const Entry> entries;
  std::size_t others = 0;
};
struct ModeIs {
  std::string_view room;
  Mode mode = Mode::kModerated;
  bool on = false;
  std::chrono::seconds slow{0};
  std::string_view key;  // shown to operators only
};
struct Invited {
  std::string_view room, nick;
};
struct Ended {
  std::string_view nick;
};
struct TaskTree {
  std::span<const std::string_view> lines;
  std::size_t others = 0;
};
struct Reloading {};

using Moderation =
    std::variant<PutOut, MuteChanged, RoleChanged, ModeChanged, YouArePutOut, YouAreInvited,
                 BecameOperator, Proclaimed, ShuttingDown, YouAreEnded, BanAdded, BanNotKept,
                 BanLifted, BanList, ModeIs, Invited, Ended, TaskTree, Reloading, OperatorsOnly,
                 RoomOperatorsOnly, NotYourself, NotAMember, IsMember, IsOperator, RoleIsSo,
                 BadDuration, BadSlow, BadKey, ReasonTooLong, BadTarget, NetworkTooWide, OwnNetwork,
                 ExemptAddress, TooManyBans, TooManySanctions, TooManyInvited, NoSuchBan, NotMuted,
                 Banned, BannedFromRoom, RoomClosed, KeyNeeded, YouAreMuted, RoomModerated, TooSoon,
                 TopicLocked>;

}  // namespace event
}  // namespace server
