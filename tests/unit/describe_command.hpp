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
    return "join " + std::string(join.room) +
           (join.key.empty() ? "" : ", key " + std::string(join.key));
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
  std::string operator()(const command::DropAccount& asked) const {
    return "drop " + std::string(asked.nick);
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
    if (const auto* moderation = std::get_if<event::Moderation>(&refuse.why)) {
      if (const auto* duration = std::get_if<event::BadDuration>(moderation)) {
        return "bad duration " + std::string(duration->typed);
      }
      if (const auto* slow = std::get_if<event::BadSlow>(moderation)) {
        return "bad slow " + std::string(slow->typed);
      }
    }
    return "refused for something else";
  }
  std::string operator()(const command::Moderation& act) const { return std::visit(*this, act); }
  std::string operator()(const command::Operation& act) const { return std::visit(*this, act); }

  std::string operator()(const command::Kick& kick) const {
    return "kick " + std::string(kick.nick) + because(kick.reason);
  }
  std::string operator()(const command::Ban& ban) const {
    return "ban " + std::string(ban.whom) + lasting(ban.duration) + because(ban.reason);
  }
  std::string operator()(const command::Unban& unban) const {
    return "unban " + std::string(unban.whom);
  }
  std::string operator()(const command::ListBans&) const { return "bans"; }
  std::string operator()(const command::Mute& mute) const {
    return "mute " + std::string(mute.nick) + lasting(mute.duration);
  }
  std::string operator()(const command::Unmute& unmute) const {
    return "unmute " + std::string(unmute.nick);
  }
  std::string operator()(const command::GiveRole& give) const {
    return "give " + std::string(give.nick) + " role " +
           std::to_string(static_cast<int>(give.role));
  }
  std::string operator()(const command::TakeRole& take) const {
    return "take " + std::string(take.nick) + " role " +
           std::to_string(static_cast<int>(take.role));
  }
  std::string operator()(const command::Invite& invite) const {
    return "invite " + std::string(invite.nick);
  }
  std::string operator()(const command::SetMode& set) const {
    const std::string mode = "mode " + std::to_string(static_cast<int>(set.mode));
    if (!set.on) return mode + "?";
    return mode + (*set.on ? " on" : " off");
  }
  std::string operator()(const command::SetSlow& set) const {
    return set.pause ? "slow " + std::to_string(set.pause->count()) + "s" : "slow?";
  }
  std::string operator()(const command::SetKey& set) const {
    return set.key ? "key " + std::string(*set.key) : "key?";
  }
  std::string operator()(const command::Proclaim& wall) const {
    return "wall " + std::string(wall.text);
  }
  std::string operator()(const command::Kill& kill) const {
    return "kill " + std::string(kill.nick) + because(kill.reason);
  }
  std::string operator()(const command::BanFromServer& ban) const {
    return "gban " + std::string(ban.whom) + lasting(ban.duration) + because(ban.reason);
  }
  std::string operator()(const command::UnbanFromServer& unban) const {
    return "ungban " + std::string(unban.whom);
  }
  std::string operator()(const command::ShowStats&) const { return "stats"; }
  std::string operator()(const command::ShowTasks&) const { return "tasks"; }
  std::string operator()(const command::Reload&) const { return "reload"; }
  std::string operator()(const command::ShutDown& end) const {
    return "shutdown " + std::string(end.reason);
  }

 private:
  static std::string because(std::string_view reason) {
    return reason.empty() ? std::string() : ": " + std::string(reason);
  }
  static std::string lasting(std::optional<std::chrono::seconds> duration) {
    return duration ? " for " + std::to_string(duration->count()) + "s" : std::string();
  }
};

inline std::string describe(const Command& command) {
  return std::visit(CommandDescription(), command);
}

}  // namespace server
