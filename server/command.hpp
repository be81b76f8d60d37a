// Commands: what a person can ask for, whatever protocol they ask in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "server/event.hpp"
#include "server/moderation_command.hpp"

namespace server {

// Text in them is safe to show (valid UTF-8 without controls). Views are valid while the command is
// handled. An empty room stands for the one the person is talking in.
namespace command {

struct Say {
  std::string_view text;
  Manner manner = Manner::kSay;
};
struct ChangeNick {
  std::string_view nick;
};
struct Join {
  std::string_view room;
  std::string_view key{};  // to a room that has one
};
struct Leave {
  std::string_view room;
};
struct ListRooms {};
struct ListMembers {
  std::string_view room;
};
struct DescribeUser {
  std::string_view nick;
};
struct Tell {
  std::string_view nick, text;
};
struct ShowTopic {};
struct SetTopic {
  std::string_view topic;  // empty: clears it
};
struct ShowHistory {
  std::optional<std::size_t> lines;  // nothing: as many as there are
};
struct SetEcho {
  std::optional<bool> on;  // nothing: only asks
};
struct ShowTime {};
struct ShowHelp {
  std::string_view topic;
};
struct Quit {
  std::string_view reason;
};
// Accounts. An empty password: it is to be asked for.
struct Register {
  std::string_view password;
};
struct LogIn {
  std::string_view nick;      // empty: the present one
  std::string_view password;  // without a nick: perhaps a nick, whose password is to be asked for
};
struct LogOut {};
struct ChangePassword {
  std::string_view old_password, password;
};
struct Unregister {
  std::string_view password;
};
// Of somebody, by an operator of the server.
struct DropAccount {
  static constexpr std::string_view kWord = "drop";
  std::string_view nick;
};
struct BecomeOperator {
  std::string_view password;
};
// The line that was asked for (Dialect::expect_password()), as it was typed. Unlike other text it
// is not safe to show; empty: the person thought better of it.
struct GivePassword {
  std::string_view password;
};
// Bytes the protocol wants sent back at once: an answer to a telnet option.
struct Reply {
  std::string_view bytes;
};
// The client speaks another protocol: `answer` says so in that, and the connection ends.
struct WrongProtocol {
  std::string_view name, answer;
};
// Something that cannot be done; `why` is told to the person.
struct Refuse {
  Event why;
};

}  // namespace command

using Command = std::variant<
    command::Say, command::ChangeNick, command::Join, command::Leave, command::ListRooms,
    command::ListMembers, command::DescribeUser, command::Tell, command::ShowTopic,
    command::SetTopic, command::ShowHistory, command::SetEcho, command::ShowTime, command::ShowHelp,
    command::Quit, command::Reply, command::WrongProtocol, command::Refuse, command::Moderation,
    command::Operation, command::Register, command::LogIn, command::LogOut, command::ChangePassword,
    command::Unregister, command::DropAccount, command::BecomeOperator, command::GivePassword>;

}  // namespace server
