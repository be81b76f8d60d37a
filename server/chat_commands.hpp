// The commands of the chat dialect: what people type after a '/', and what it asks for.
//
// There is one table. Reading a line, /help, the hint in a refusal and "did you mean" are all made
// from its rows, so a command cannot be accepted without being explained.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/command.hpp"

namespace server {

// Which list of /help it is in.
enum class ForWhom : std::uint8_t { kEverybody, kRoomOperators, kServerOperators };

// The word that /help takes for the lists of those who keep order.
inline constexpr std::string_view kOperatorsTopic = "operators";

// A row of the table. Everything in it is constant text.
struct ChatCommand {
  // Reads what follows the command's word, without blanks around it; nothing if it cannot be meant.
  // A room typed without its '#' is completed in `room`.
  using Read = std::optional<Command> (*)(std::string_view arguments, std::string& room);

  std::string_view name;                    // lower case, without '/'
  std::array<std::string_view, 2> aliases;  // other words for it; empty where there are fewer
  std::string_view arguments;               // as /help shows them; empty: it takes none
  std::string_view help;                    // half a sentence: what it is for
  std::string_view details;                 // further lines, each ended by \n; may be empty
  Read read;
  ForWhom whom = ForWhom::kEverybody;
};

// In the order in which /help lists them.
[[nodiscard]] std::span<const ChatCommand> chat_commands();
// The part of it that is for operators.
[[nodiscard]] std::span<const ChatCommand> moderation_commands();

// The command that `word` (without '/', letters of either case) is the name or an alias of, or
// null.
[[nodiscard]] const ChatCommand* find_chat_command(std::string_view word);

// The name of the command that somebody who typed `word` probably meant, or empty.
[[nodiscard]] std::string_view nearest_chat_command(std::string_view word);

// "/msg NICK TEXT"
[[nodiscard]] std::string usage(const ChatCommand& command);

// What a line asks for, or nothing if it is blank. `line` is safe to show (core/text.hpp).
//
// A '/' in the first column begins a command; "//" there says a '/'; everything else is said as it
// is, without the blanks at its end. What cannot be meant becomes command::Refuse.
//
// The command refers to `line` and, where a room was typed without its '#', to `room`, whose former
// content is lost then. Both must outlive it.
[[nodiscard]] std::optional<Command> parse_chat_line(std::string_view line, std::string& room);

}  // namespace server
