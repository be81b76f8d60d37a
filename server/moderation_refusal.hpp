// Events of keeping order, of the kind that says no: what was refused, and why.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <string_view>

#include "server/roles.hpp"

namespace server::event {

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
struct ExemptAddress {  // of limits.trusted or limits.gateways
  std::string_view nick;
};
struct TooManyBans {
  std::string_view room;
  std::size_t most;
};
struct TooManySanctions {  // bans, mutes and invitations, in all rooms together
  std::size_t most;
  bool of_address = false;  // by people of its address; else by all
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

}  // namespace server::event
