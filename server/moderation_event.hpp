// Events of moderation: what people are told of order being kept. Part of server/event.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace server {

// What a member is in a room; each may do what the one before it may.
enum class Role : std::uint8_t { kNone, kVoice, kOperator };

// What a room can be set to.
enum class Mode : std::uint8_t { kModerated, kClosed, kTopicLock, kSlow, kKey };

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
  bool with_address = false;  // beside the nick
  std::time_t until = 0;
};
struct BanNotKept {  // of the server: it holds, or is lifted, until a restart
  std::string_view whom, why;
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

// --- What was refused, and why. ---

struct OperatorsOnly {
  std::string_view command;
};
struct RoomOperatorsOnly {
  std::string_view command, room;
};
struct NotYourself {
  std::string_view command;
};
struct NotAMember {
  std::string_view nick, room;
};
struct IsMember {
  std::string_view nick, room;
};
struct IsOperator {
  std::string_view nick, room;  // an empty room: of the server
};
struct RoleIsSo {  // already, or it has none to take away
  std::string_view nick;
  Role role = Role::kNone;
  bool given = false;
};
struct BadDuration {
  std::string_view typed;
};
struct BadSlow {
  std::string_view typed;
};
struct BadKey {
  std::size_t max_bytes;
};
struct ReasonTooLong {
  std::size_t max_bytes;
};
struct BadTarget {  // of a ban
  std::string_view typed;
  bool takes_nick = false;
};
struct NetworkTooWide {
  std::string_view network;
};
struct OwnNetwork {
  std::string_view network;
};
struct TrustedAddress {
  std::string_view nick;
};
struct TooManyBans {
  std::string_view room;
  std::size_t most;
};
struct TooManyInvited {
  std::string_view room;
  std::size_t most;
};
struct NoSuchBan {
  std::string_view room, whom;
};
struct NotMuted {
  std::string_view nick, room;
};
struct Banned {  // from the server
  std::string_view reason;
  std::time_t until = 0;
};
struct BannedFromRoom {
  std::string_view room, by, reason;
  std::time_t until = 0;
};
struct RoomClosed {
  std::string_view room;
};
struct KeyNeeded {
  std::string_view room;
  bool was_wrong = false;  // else it was missing
};
struct YouAreMuted {
  std::string_view room, by;
  std::time_t until = 0;
};
struct RoomModerated {
  std::string_view room;
};
struct TooSoon {
  std::string_view room;
  std::chrono::seconds slow{0}, wait{0};
};
struct TopicLocked {
  std::string_view room;
};

using Moderation =
    std::variant<PutOut, MuteChanged, RoleChanged, ModeChanged, YouArePutOut, YouAreInvited,
                 BecameOperator, Proclaimed, ShuttingDown, YouAreEnded, BanAdded, BanNotKept,
                 BanLifted, BanList, ModeIs, Invited, Ended, TaskTree, Reloading, OperatorsOnly,
                 RoomOperatorsOnly, NotYourself, NotAMember, IsMember, IsOperator, RoleIsSo,
                 BadDuration, BadSlow, BadKey, ReasonTooLong, BadTarget, NetworkTooWide, OwnNetwork,
                 TrustedAddress, TooManyBans, TooManyInvited, NoSuchBan, NotMuted, Banned,
                 BannedFromRoom, RoomClosed, KeyNeeded, YouAreMuted, RoomModerated, TooSoon,
                 TopicLocked>;

}  // namespace event
}  // namespace server
