// Events: everything the hub and a session can tell a person, without a word of text.
//
// The hub speaks events; a dialect turns each into the bytes of its protocol. So rooms are shared
// by people of different protocols, and every sentence a person reads stands in a dialect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <string_view>
#include <variant>

#include "server/account_events.hpp"
#include "server/moderation_event.hpp"
#include "server/names.hpp"
#include "server/parting.hpp"
#include "server/statistics.hpp"

namespace server {

// How a line was said: "<alice> hello" or "* alice waves".
enum class Manner : std::uint8_t { kSay, kAct };

// All views are valid only while the event is encoded. Names are as their owners wrote them.
namespace event {

// --- What the members of a room see. ---

struct Said {
  std::string_view room, from, text;
  Manner manner = Manner::kSay;
};

// Some by name, and how many besides (a digest).
struct Joined {
  std::string_view room;
  std::span<const std::string_view> names;
  std::size_t others = 0;
};
struct Left {
  std::string_view room;
  std::span<const std::string_view> names;
  std::size_t others = 0;
  Parting parting{};  // of a single one
};

struct Renamed {
  std::string_view room, from, to;
  std::size_t others = 0;
};

struct TopicChanged {
  std::string_view room, by, topic;  // an empty topic: it was cleared
};

// --- What one person sees. ---

struct Welcome {
  std::string_view server, nick, motd;
};

struct Entered {
  std::string_view room, topic, topic_by;
  std::size_t members = 0;
  std::size_t replayed = 0;  // earlier lines that follow
  bool as_operator = false;
};

struct SwitchedTo {  // a room the person was in already
  std::string_view room;
};

struct Exited {
  std::string_view room;
  std::string_view current;  // where the person talks now; empty: nowhere
};

struct NickChanged {
  std::string_view nick;
};

// A private line, as its receiver and as its sender see it.
struct Told {
  std::string_view from, text;
};
struct YouTold {
  std::string_view to, text;
};

struct Missed {  // a slow reader was skipped to the newest line
  std::string_view room;
  std::uint64_t messages = 0;
};

struct RoomList {
  struct Entry {
    std::string_view name, topic;
    std::size_t members = 0;
  };
  std::span<const Entry> rooms;
  std::size_t others = 0;  // rooms not listed
};

struct MemberList {
  std::string_view room;
  std::span<const Ranked> members;
  std::size_t others = 0;
};

struct UserDetails {
  std::string_view nick;
  std::span<const Ranked> rooms;
  std::size_t connected_seconds = 0;
  bool is_operator = false;    // of the server
  std::string_view address{};  // for operators only
  std::string_view account{};  // where it is logged in; empty: nowhere
};

struct TopicIs {
  std::string_view room, topic, by;  // an empty topic: none is set
};

// Lines of a room as its members saw them, already in the reader's dialect.
struct History {
  std::string_view room;
  std::span<const std::string_view> lines;
};

struct EchoIs {
  bool on = false;
};
struct TimeIs {};

struct Stats {
  std::span<const Statistics> loops;
  std::size_t rooms = 0;
  std::size_t sanctions = 0;  // bans, mutes and invitations in all rooms
};

struct Help {
  std::string_view topic;  // empty: all commands
};

struct Goodbye {
  Parting parting{};
};

// --- What was refused, and why. ---

struct BadNick {
  NameFault fault;
  std::size_t max_bytes;
};
struct BadRoomName {
  NameFault fault;
  std::size_t max_bytes;
};
struct NickTaken {
  std::string_view nick;
};
struct NoSuchNick {
  std::string_view nick;
};
struct NoSuchRoom {
  std::string_view room;
};
struct NotInRoom {
  std::string_view room;  // empty: in none at all
};
struct TooManyRooms {
  std::size_t most;
};
struct ServerHasTooManyRooms {
  std::size_t most;
  bool of_address = false;  // those that people of this address began
};
struct ServerFull {};
struct TooManyConnections {  // of one address, at a time
  std::size_t most;
};
struct ConnectsTooOften {  // of one address, in a minute
  std::size_t most;
};
struct LineTooLong {
  std::size_t max_bytes;
};
struct TopicTooLong {
  std::size_t max_bytes;
};
struct MailboxFull {
  std::string_view nick;
};
struct Undelivered {  // what had been told already, to somebody on another loop
  std::string_view nick;
  bool is_gone = false;  // else its mailbox was full
};
struct UnknownCommand {
  std::string_view word, meant;  // meant: a similar one, or empty
};
struct BadArguments {
  std::string_view command;  // its name, whose usage is to be shown
};

}  // namespace event

using Event = std::variant<
    event::Said, event::Joined, event::Left, event::Renamed, event::TopicChanged, event::Welcome,
    event::Entered, event::SwitchedTo, event::Exited, event::NickChanged, event::Told,
    event::YouTold, event::Missed, event::RoomList, event::MemberList, event::UserDetails,
    event::TopicIs, event::History, event::EchoIs, event::TimeIs, event::Stats, event::Help,
    event::Goodbye, event::BadNick, event::BadRoomName, event::NickTaken, event::NoSuchNick,
    event::NoSuchRoom, event::NotInRoom, event::TooManyRooms, event::ServerHasTooManyRooms,
    event::ServerFull, event::TooManyConnections, event::ConnectsTooOften, event::LineTooLong,
    event::TopicTooLong, event::MailboxFull, event::Undelivered, event::UnknownCommand,
    event::BadArguments, event::PasswordWanted, event::PasswordTaken, event::PasswordWasVisible,
    event::AccountChanged, event::OperatorNoMore, event::NickRegistered, event::BadPassword,
    event::AccountRefused, event::Moderation>;

}  // namespace server
