// Commands as text that a test can compare and print: "say hello", "join #lobby".
#pragma once

#include <string>
#include <variant>

#include "server/command.hpp"

namespace server {

class CommandDescription {
 public:
  std::string operator()(const command::Say& say) const {
    return (say.manner == Manner::kAct ? "act " : "say ") + std::string(say.text);
  }
  std::string operator()(const command::ChangeNick& change) const {
    return "nick " + std::string(change.nick);
  }
  std::string operator()(const command::Join& join) const {
    return "join " + std::string(join.room);
  }
  std::string operator()(const command::Leave& leave) const {
    return "leave " + std::string(leave.room);
  }
  std::string operator()(const command::ListRooms&) const { return "rooms"; }
  std::string operator()(const command::ListMembers& list) const {
    return "members " + std::string(list.room);
  }
  std::string operator()(const command::DescribeUser& user) const {
    return "whois " + std::string(user.nick);
  }
  std::string operator()(const command::Tell& tell) const {
    return "tell " + std::string(tell.nick) + ": " + std::string(tell.text);
  }
  std::string operator()(const command::ShowTopic&) const { return "show topic"; }
  std::string operator()(const command::SetTopic& set) const {
    return "set topic " + std::string(set.topic);
  }
  std::string operator()(const command::ShowHistory& history) const {
    return "history " + (history.lines ? std::to_string(*history.lines) : "all");
  }
  std::string operator()(const command::SetEcho& echo) const {
    if (!echo.on) return "echo?";
    return *echo.on ? "echo on" : "echo off";
  }
  std::string operator()(const command::ShowTime&) const { return "time"; }
  std::string operator()(const command::ShowStats&) const { return "stats"; }
  std::string operator()(const command::ShowHelp& help) const {
    return "help " + std::string(help.topic);
  }
  std::string operator()(const command::Quit& quit) const {
    return "quit " + std::string(quit.reason);
  }
  std::string operator()(const command::Reply& reply) const {
    return "reply " + std::string(reply.bytes);
  }
  std::string operator()(const command::WrongProtocol& wrong) const {
    return "wrong protocol " + std::string(wrong.name);
  }
  std::string operator()(const command::Register& asked) const {
    return "register " + std::string(asked.password);
  }
  std::string operator()(const command::LogIn& asked) const {
    return "login " + std::string(asked.nick) + ": " + std::string(asked.password);
  }
  std::string operator()(const command::LogOut&) const { return "logout"; }
  std::string operator()(const command::ChangePassword& asked) const {
    return "password " + std::string(asked.old_password) + " to " + std::string(asked.password);
  }
  std::string operator()(const command::Unregister& asked) const {
    return "unregister " + std::string(asked.password);
  }
  std::string operator()(const command::BecomeOperator& asked) const {
    return "oper " + std::string(asked.password);
  }
  std::string operator()(const command::GivePassword& given) const {
    return "given password " + std::string(given.password);
  }
  std::string operator()(const command::Refuse& refuse) const {
    if (const auto* unknown = std::get_if<event::UnknownCommand>(&refuse.why)) {
      return "unknown " + std::string(unknown->word) + ", meant " + std::string(unknown->meant);
    }
    if (const auto* bad = std::get_if<event::BadArguments>(&refuse.why)) {
      return "bad arguments " + std::string(bad->command);
    }
    if (const auto* limit = std::get_if<event::LineTooLong>(&refuse.why)) {
      return "line too long, most " + std::to_string(limit->max_bytes);
    }
    return "refused for something else";
  }
};

inline std::string describe(const Command& command) {
  return std::visit(CommandDescription(), command);
}

}  // namespace server
