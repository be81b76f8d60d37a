// The rows of what is for everybody, how their arguments are read, and the line parser over all.
#include "server/chat_commands.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <vector>

#include "server/chat_arguments.hpp"
#include "server/names.hpp"
#include "server/suggest.hpp"

namespace server {
namespace {

std::string_view without_trailing_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string_view complete_room(std::string_view typed, std::string& room) {
  if (typed.starts_with('#')) return typed;
  room.assign(1, '#').append(typed);
  return room;
}

template <typename Wanted>
Parsed read_room(std::string_view arguments, std::string& room) {
  if (!is_one_word(arguments)) return std::nullopt;
  return Wanted{complete_room(arguments, room)};
}

template <typename Wanted>
Parsed read_room_or_nothing(std::string_view arguments, std::string& room) {
  if (arguments.empty()) return Wanted{};
  return read_room<Wanted>(arguments, room);
}

Parsed read_help(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::ShowHelp{};
  if (!is_one_word(arguments)) return std::nullopt;
  const bool has_slash = arguments.starts_with('/') && arguments.size() > 1;
  return command::ShowHelp{arguments.substr(has_slash ? 1 : 0)};
}

// A word that looks like another room is no key.
Parsed read_join(std::string_view arguments, std::string& room) {
  const auto [name, key] = split_word(arguments);
  if (name.empty() || key.starts_with('#')) return std::nullopt;
  if (!key.empty() && !is_one_word(key)) return std::nullopt;
  return command::Join{.room = complete_room(name, room), .key = key};
}

Parsed read_msg(std::string_view arguments, std::string&) {
  const auto [nick, text] = split_word(arguments);
  if (text.empty()) return std::nullopt;
  return command::Tell{nick, text};
}

Parsed read_me(std::string_view arguments, std::string&) {
  if (arguments.empty()) return std::nullopt;
  return command::Say{arguments, Manner::kAct};
}

Parsed read_topic(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::ShowTopic{};
  if (arguments == "-") return command::SetTopic{};
  return command::SetTopic{arguments};
}

Parsed read_history(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::ShowHistory{};
  std::size_t lines = 0;
  const char* const end = arguments.data() + arguments.size();
  const auto [stopped, error] = std::from_chars(arguments.data(), end, lines);
  if (error != std::errc() || stopped != end || lines == 0) return std::nullopt;
  return command::ShowHistory{lines};
}

Parsed read_echo(std::string_view arguments, std::string&) {
  if (arguments.empty()) return command::SetEcho{};
  const auto on = read_switch(arguments);
  if (!on) return std::nullopt;
  return command::SetEcho{on};
}

// One word may be a nick or a password: see command::LogIn.
Parsed read_login(std::string_view arguments, std::string&) {
  const auto [word, rest] = split_word(arguments);
  if (rest.empty()) return command::LogIn{.nick = {}, .password = word};
  return command::LogIn{.nick = word, .password = rest};
}

Parsed read_password(std::string_view arguments, std::string&) {
  const auto [old_password, password] = split_word(arguments);
  if (old_password.empty() != password.empty()) return std::nullopt;
  return command::ChangePassword{.old_password = old_password, .password = password};
}

constexpr auto kForEverybody = std::to_array<ChatCommand>({
    {"help", {"?"}, "[COMMAND]", "list the commands, or explain one", "", read_help},
    {"nick",
     {"n"},
     "NAME",
     "change your name",
     "alice and Alice are the same name; one person at a time can have it\n",
     read_word<command::ChangeNick>},
    {"join",
     {"j"},
     "#ROOM [KEY]",
     "enter a room and talk there",
     "a room begins when somebody joins it; the # need not be typed\n"
     "in a room you are in already: talk there from now on\n"
     "KEY is for a room that has one\n",
     read_join},
    {"leave",
     {"part"},
     "[#ROOM]",
     "leave a room",
     "without a room: the one you are talking in\n",
     read_room_or_nothing<command::Leave>},
    {"rooms", {}, "", "list the rooms", "", read_nothing<command::ListRooms>},
    {"who",
     {"w", "names"},
     "[#ROOM]",
     "list who is in a room",
     "without a room: the one you are talking in\n",
     read_room_or_nothing<command::ListMembers>},
    {"whois", {}, "NICK", "tell about somebody", "", read_word<command::DescribeUser>},
    {"msg",
     {"m"},
     "NICK TEXT",
     "tell somebody something in private",
     "it works whether or not you share a room\n",
     read_msg},
    {"me", {}, "TEXT", "say what you do", "/me waves is shown as: * alice waves\n", read_me},
    {"topic",
     {},
     "[TEXT]",
     "show or set the topic of the room",
     "/topic - clears it\n",
     read_topic},
    {"history",
     {},
     "[N]",
     "show the last N lines of the room",
     "without N: as many as are kept\n",
     read_history},
    {"echo",
     {},
     "[on|off]",
     "see your own lines too, or not",
     "without a word: tell which it is\n",
     read_echo},
    {"register",
     {},
     "[PASSWORD]",
     "keep your nick for yourself",
     "from then on only who knows the password can have it\n"
     "without the password: asks for it, so that it stands on no screen\n",
     read_text<command::Register>},
    {"login",
     {},
     "[NICK] [PASSWORD]",
     "have the nick that you registered",
     "another connection of yours that has it is ended\n"
     "without the password: asks for it, so that it stands on no screen\n",
     read_login},
    {"logout", {}, "", "be a guest again", "", read_nothing<command::LogOut>},
    {"password",
     {},
     "[OLD NEW]",
     "change your password",
     "without a word: asks for both, so that they stand on no screen\n",
     read_password},
    {"unregister",
     {},
     "[PASSWORD]",
     "give up the nick that you registered",
     "without the password: asks for it, so that it stands on no screen\n",
     read_text<command::Unregister>},
    {"oper",
     {},
     "[PASSWORD]",
     "become an operator",
     "without the password: asks for it, so that it stands on no screen\n",
     read_text<command::BecomeOperator>},
    {"time", {}, "", "show the time of the server", "", read_nothing<command::ShowTime>},
    {"quit",
     {"q", "exit"},
     "[REASON]",
     "leave the server",
     "your rooms are told the reason\n",
     read_text<command::Quit>},
});

}  // namespace

std::span<const ChatCommand> chat_commands() {
  static const std::vector<ChatCommand> all = [] {
    std::vector<ChatCommand> rows(kForEverybody.begin(), kForEverybody.end());
    const auto others = moderation_commands();
    rows.insert(rows.end(), others.begin(), others.end());
    return rows;
  }();
  return all;
}

const ChatCommand* find_chat_command(std::string_view word) {
  if (word.empty()) return nullptr;  // the aliases a command does not have are empty
  const std::string wanted = folded(word);
  const auto is_wanted = [&wanted](const ChatCommand& command) {
    return command.name == wanted || command.aliases[0] == wanted || command.aliases[1] == wanted;
  };
  const auto all = chat_commands();
  const auto found = std::find_if(all.begin(), all.end(), is_wanted);
  return found == all.end() ? nullptr : &*found;
}

std::string_view nearest_chat_command(std::string_view word) {
  std::vector<std::string_view> names;
  for (const ChatCommand& command : chat_commands()) names.push_back(command.name);
  const std::optional<std::size_t> index = nearest(word, names);
  return index ? names[*index] : std::string_view();
}

std::string usage(const ChatCommand& command) {
  std::string text = "/";
  text.append(command.name);
  if (!command.arguments.empty()) text.append(" ").append(command.arguments);
  return text;
}

std::optional<Command> parse_chat_line(std::string_view line, std::string& room) {
  line = without_trailing_blanks(line);
  if (line.empty()) return std::nullopt;
  if (line.front() != '/') return command::Say{line};
  if (line.starts_with("//")) return command::Say{line.substr(1)};

  const auto [word, arguments] = split_word(line.substr(1));
  const ChatCommand* const known = find_chat_command(word);
  if (known == nullptr) {
    return command::Refuse{event::UnknownCommand{word, nearest_chat_command(word)}};
  }
  if (Parsed wanted = known->read(arguments, room)) return wanted;
  return command::Refuse{event::BadArguments{known->name}};
}

}  // namespace server
