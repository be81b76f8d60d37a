// A line of the chat dialect, taken apart: who said what where, or what the server tells us.
#pragma once

#include <cstdint>
#include <string_view>

namespace client {

enum class LineKind : std::uint8_t {
  kSaid,        // 12:03 #lobby <alice> hello
  kActed,       // 12:03 #lobby * alice waves
  kRoomNotice,  // 12:03 #lobby -- alice joined
  kTold,        // -- 12:03 alice tells you: hello
  kNotice,      // -- you are now known as alice
  kError,       // -- error: the name alice is taken; choose another
  kOther,
};

// Views into the line. A server is free to word its notices: what is not recognized is kOther with
// all of it as the text, and nothing worse happens than that it is only shown.
struct ServerLine {
  LineKind kind = LineKind::kOther;
  std::string_view time;  // "12:03"; empty where the server gives none
  std::string_view room;  // with its #; of the first three
  std::string_view nick;  // of who says, acts or tells
  std::string_view text;  // what ends the line: all of it for kOther
};

ServerLine parse_server_line(std::string_view line);

// What is shown in front of the further pieces of a line that is too long to be shown in one. Such
// a piece is never parsed: whoever wrote the line could make it look like anything.
inline constexpr std::string_view kContinuationIndent = "    ";

// Nicks and rooms are compared as the server does it: without regard to the case of ASCII letters.
bool same_name(std::string_view one, std::string_view other);
bool begins_with_name(std::string_view name, std::string_view beginning);

// Where `nick` stands in `text` as a word of its own; npos if nowhere.
std::size_t find_mention(std::string_view text, std::string_view nick);

}  // namespace client
