// Reading the chat dialect's lines. The time in front is optional, since a server may be told to
// leave it out.
#include "client/terminal/server_line.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace client {
namespace {

constexpr std::string_view kNoticeMark = "-- ";
constexpr std::string_view kErrorMark = "-- error: ";

constexpr bool is_word(char c) {
  return core::is_digit(c) || core::is_letter(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Takes the word at the front and the space behind it; an empty view where there is no space.
std::string_view take_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space + 1);
  return word;
}

// Takes "12:03 " off the front and gives the time; empty if it is not there.
std::string_view take_time(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  const bool is_time =
      end != std::string_view::npos && !word.empty() && core::is_digit(word.front()) &&
      std::all_of(word.begin(), word.end(), [](char c) { return core::is_digit(c) || c == ':'; });
  if (!is_time) return {};
  line.remove_prefix(end + 1);
  return word;
}

bool same_letter(char a, char b) {
  return core::lowered(a) == core::lowered(b);
}

ServerLine parse_notice(std::string_view text) {
  constexpr std::string_view kTells = "tells you: ";
  std::string_view rest = text;
  if (const std::string_view time = take_time(rest); !time.empty()) {
    const std::string_view nick = take_word(rest);
    if (rest.starts_with(kTells)) {
      return {LineKind::kTold, time, {}, nick, rest.substr(kTells.size())};
    }
  }
  return {LineKind::kNotice, {}, {}, {}, text};
}

}  // namespace

ServerLine parse_server_line(std::string_view line) {
  const ServerLine other{LineKind::kOther, {}, {}, {}, line};
  if (line.starts_with(kErrorMark)) {
    return {LineKind::kError, {}, {}, {}, line.substr(kErrorMark.size())};
  }
  if (line.starts_with(kNoticeMark)) return parse_notice(line.substr(kNoticeMark.size()));

  const std::string_view time = take_time(line);
  const std::string_view room = take_word(line);
  if (room.size() < 2 || room.front() != '#') return other;
  const std::string_view mark = take_word(line);
  if (mark == "--") return {LineKind::kRoomNotice, time, room, {}, line};
  if (mark == "*") {
    const std::string_view nick = take_word(line);
    return nick.empty() ? other : ServerLine{LineKind::kActed, time, room, nick, line};
  }
  if (mark.size() < 3 || mark.front() != '<' || mark.back() != '>') return other;
  return {LineKind::kSaid, time, room, mark.substr(1, mark.size() - 2), line};
}

bool same_name(std::string_view one, std::string_view other) {
  return core::equal_ignoring_case(one, other);
}

bool begins_with_name(std::string_view name, std::string_view beginning) {
  return same_name(name.substr(0, beginning.size()), beginning);
}

std::size_t find_mention(std::string_view text, std::string_view nick) {
  if (nick.empty()) return std::string_view::npos;
  for (auto at = text.begin();; ++at) {
    at = std::search(at, text.end(), nick.begin(), nick.end(), same_letter);
    if (at == text.end()) return std::string_view::npos;
    const auto behind = at + static_cast<std::ptrdiff_t>(nick.size());
    const bool begins = at == text.begin() || !is_word(at[-1]);
    const bool ends = behind == text.end() || !is_word(*behind);
    if (begins && ends) return static_cast<std::size_t>(at - text.begin());
  }
}

}  // namespace client
