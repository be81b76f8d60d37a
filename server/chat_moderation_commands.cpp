// The rows of the table of commands that are for operators, and how their arguments are read.
#include <array>
#include <charconv>
#include <system_error>

#include "core/ascii.hpp"
#include "core/units.hpp"
#include "server/chat_arguments.hpp"
#include "server/chat_commands.hpp"
#include "server/house_rules.hpp"

namespace server {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestBan = std::chrono::hours(24) * 3650;

std::optional<std::size_t> read_number(std::string_view text) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// Whole seconds from one to `most`: what core::parse_duration() reads, and days.
std::optional<seconds> read_duration(std::string_view word, seconds most) {
  std::optional<core::Duration> time;
  if (word.ends_with('d')) {
    const auto days = read_number(word.substr(0, word.size() - 1));
    if (days && *days <= 3650) time = std::chrono::hours(24) * *days;
  } else {
    time = core::parse_duration(word);
  }
  if (!time || *time < seconds(1) || *time > most) return std::nullopt;
  return std::chrono::floor<seconds>(*time);
}

bool begins_with_digit(std::string_view text) {
  return !text.empty() && core::is_digit(text.front());
}

// WHOM [TIME] [REASON]
template <typename Wanted>
Parsed read_ban(std::string_view arguments, std::string&) {
  const auto [whom, rest] = split_word(arguments);
  if (whom.empty()) return std::nullopt;
  if (!begins_with_digit(rest)) return Wanted{.whom = whom, .reason = rest};
  const auto [time, reason] = split_word(rest);
  const auto duration = read_duration(time, kLongestBan);
  if (!duration) return command::Refuse{event::BadDuration{time}};
  return Wanted{.whom = whom, .duration = duration, .reason = reason};
}

// NICK [REASON]
template <typename Wanted>
Parsed read_nick_and_reason(std::string_view arguments, std::string&) {
  const auto [nick, reason] = split_word(arguments);
  if (nick.empty()) return std::nullopt;
  return Wanted{nick, reason};
}

Parsed read_mute(std::string_view arguments, std::string&) {
  const auto [nick, time] = split_word(arguments);
  if (nick.empty()) return std::nullopt;
  if (time.empty()) return command::Mute{.nick = nick};
  const auto duration = read_duration(time, kLongestBan);
  if (!duration) return command::Refuse{event::BadDuration{time}};
  return command::Mute{.nick = nick, .duration = duration};
}

template <typename Wanted, Role role>
Parsed read_role(std::string_view arguments, std::string&) {
  if (!is_one_word(arguments)) return std::nullopt;
  return Wanted{.nick = arguments, .role = role};
}

template <Mode mode>
Parsed read_mode(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::SetMode{.mode = mode};
  const auto on = read_switch(arguments);
  if (!on) return std::nullopt;
  return command::SetMode{.mode = mode, .on = on};
}

Parsed read_slow(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::SetSlow{};
  if (folded(arguments) == "off") return command::SetSlow{.pause = seconds(0)};
  const bool is_bare = read_number(arguments).has_value();
  const std::string with_unit = std::string(arguments) + (is_bare ? "s" : "");
  const auto pause = read_duration(with_unit, HouseRules::kSlowMost);
  if (!pause) return command::Refuse{event::BadSlow{arguments}};
  return command::SetSlow{.pause = pause};
}

Parsed read_key(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::SetKey{};
  if (!is_one_word(arguments)) return std::nullopt;
  if (folded(arguments) == "off") return command::SetKey{.key = std::string_view()};
  return command::SetKey{.key = arguments};
}

Parsed read_wall(std::string_view arguments, std::string&) {
  if (arguments.empty()) return std::nullopt;
  return command::Proclaim{arguments};
}

constexpr ForWhom kRoom = ForWhom::kRoomOperators;
constexpr ForWhom kServer = ForWhom::kServerOperators;

constexpr auto kCommands = std::to_array<ChatCommand>({
    {"op",
     {},
     "NICK",
     "make somebody an operator of the room",
     "who begins a room is its first; who leaves it is none any more\n",
     read_role<command::GiveRole, Role::kOperator>,
     kRoom},
    {"deop",
     {},
     "NICK",
     "make somebody an operator no more",
     "",
     read_role<command::TakeRole, Role::kOperator>,
     kRoom},
    {"kick",
     {},
     "NICK [REASON]",
     "put somebody out of the room",
     "who is put out may come back: /ban keeps out\n",
     read_nick_and_reason<command::Kick>,
     kRoom},
    {"ban",
     {},
     "WHOM [TIME] [REASON]",
     "keep somebody out of the room",
     "WHOM is a nick, an address or a network such as 192.0.2.0/24\n"
     "of somebody who is here the account and the address are banned too\n"
     "all whom it concerns leave the room\n"
     "TIME is such as 10m, 2h or 7d; without: until /unban\n",
     read_ban<command::Ban>,
     kRoom},
    {"unban",
     {},
     "WHOM",
     "lift a ban from the room",
     "WHOM as /bans shows it\n",
     read_word<command::Unban>,
     kRoom},
    {"bans",
     {},
     "",
     "list who is banned or muted",
     "operators of the server are shown the server's too\n",
     read_nothing<command::ListBans>,
     kRoom},
    {"mute",
     {},
     "NICK [TIME]",
     "let somebody listen only",
     "TIME is such as 10m, 2h or 7d; without: until /unmute\n"
     "leaving the room or changing the name does not end it\n"
     "all who come from the same address listen only\n",
     read_mute,
     kRoom},
    {"unmute", {}, "NICK", "let somebody speak again", "", read_word<command::Unmute>, kRoom},
    {"voice",
     {},
     "NICK",
     "let somebody speak in a moderated room",
     "",
     read_role<command::GiveRole, Role::kVoice>,
     kRoom},
    {"unvoice",
     {},
     "NICK",
     "take that back",
     "",
     read_role<command::TakeRole, Role::kVoice>,
     kRoom},
    {"moderated",
     {},
     "[on|off]",
     "let only operators and voices speak",
     "without a word: tell which it is\n",
     read_mode<Mode::kModerated>,
     kRoom},
    {"slow",
     {},
     "[SECONDS|off]",
     "allow each member a line every so often",
     "30, 30s or 5m, up to 1h; without: tell which it is\n",
     read_slow,
     kRoom},
    {"closed",
     {},
     "[on|off]",
     "let only those come in who are invited",
     "without a word: tell which it is\n",
     read_mode<Mode::kClosed>,
     kRoom},
    {"invite",
     {},
     "NICK",
     "let somebody into a room that is closed",
     "once; the key is not needed either\n",
     read_word<command::Invite>,
     kRoom},
    {"key",
     {},
     "[WORD|off]",
     "let only those come in who know a word",
     "they type: /join #ROOM WORD\n"
     "without a word: tell which it is\n",
     read_key,
     kRoom},
    {"topiclock",
     {},
     "[on|off]",
     "let only operators set the topic",
     "without a word: tell which it is\n",
     read_mode<Mode::kTopicLock>,
     kRoom},
    {"wall", {}, "TEXT", "tell everybody something", "", read_wall, kServer},
    {"kill",
     {},
     "NICK [REASON]",
     "end somebody's connection",
     "who is ended may come back: /gban keeps out\n",
     read_nick_and_reason<command::Kill>,
     kServer},
    {"gban",
     {"kline"},
     "WHOM [TIME] [REASON]",
     "keep an address off the server",
     "WHOM is an address, a network such as 192.0.2.0/24, or whose address it is\n"
     "TIME is such as 10m, 2h or 7d; without: until /ungban\n"
     "it ends who is here from there; networks of limits.trusted are exempt\n",
     read_ban<command::BanFromServer>,
     kServer},
    {"ungban",
     {"unkline"},
     "NETWORK",
     "lift a ban from the server",
     "as /bans shows it\n",
     read_word<command::UnbanFromServer>,
     kServer},
    {"drop",
     {},
     "NICK",
     "take a registered nick from its owner",
     "it is free for whoever comes first; its logins end\n",
     read_word<command::DropAccount>,
     kServer},
    {"stats", {}, "", "show what the server does", "", read_nothing<command::ShowStats>, kServer},
    {"tasks",
     {},
     "",
     "show what the server's tasks wait for",
     "those of the loop that you are on\n",
     read_nothing<command::ShowTasks>,
     kServer},
    {"reload",
     {},
     "",
     "read the server's configuration again",
     "",
     read_nothing<command::Reload>,
     kServer},
    {"shutdown",
     {},
     "[REASON]",
     "end the server",
     "everybody is told the reason\n",
     read_text<command::ShutDown>,
     kServer},
});

}  // namespace

std::span<const ChatCommand> moderation_commands() {
  return kCommands;
}

}  // namespace server
