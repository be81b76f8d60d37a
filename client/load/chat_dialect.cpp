// Telling apart the lines that a member of a chat room sees.
#include "client/load/chat_dialect.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "client/load/line_frame.hpp"
#include "core/ascii.hpp"

namespace load {
namespace {

constexpr std::string_view kNote = "-- ";
constexpr std::string_view kError = "-- error: ";
constexpr std::string_view kFarewell = "-- you left ";
constexpr std::string_view kTime = "12:03 ";

// The number before " messages missed" (or " message missed").
std::optional<std::uint64_t> missed_in(std::string_view line) {
  for (const std::string_view words : {" messages missed", " message missed"}) {
    const std::size_t end = line.find(words);
    if (end == std::string_view::npos) continue;
    std::size_t begin = end;
    while (begin > 0 && core::is_digit(line[begin - 1])) --begin;
    std::uint64_t count = 0;
    const auto [rest, error] = std::from_chars(line.data() + begin, line.data() + end, count);
    if (error == std::errc{} && rest == line.data() + end) return count;
  }
  return std::nullopt;
}

// The first room that a note names, without what stands around the name.
std::string_view room_in(std::string_view line) {
  const std::size_t begin = line.find('#');
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = line.substr(begin);
  return rest.substr(0, rest.find_first_of(" ,:;.!)'\""));
}

}  // namespace

std::string ChatDialect::join(std::string_view room) const {
  return fmt::format("/join {}\r\n", room);
}

std::string ChatDialect::leave(std::string_view room) const {
  return fmt::format("/leave {}\r\n", room);
}

Frame ChatDialect::next(std::string_view bytes) const {
  Frame frame = line_frame(bytes);
  const std::string_view line = frame.text;
  if (line.size() < kTime.size() || line[2] != ':' || line[5] != ' ') return frame;
  const std::size_t room_end = line.find(' ', kTime.size());
  if (room_end == std::string_view::npos || !line.substr(room_end).starts_with(" <")) return frame;
  const std::size_t nick_end = line.find("> ", room_end);
  if (nick_end == std::string_view::npos) return frame;
  frame.kind = Frame::Kind::kMessage;
  frame.room = line.substr(kTime.size(), room_end - kTime.size());
  frame.text = line.substr(nick_end + 2);
  return frame;
}

Notice ChatDialect::notice(std::string_view line) const {
  if (!line.starts_with(kNote)) return {};
  if (line.starts_with(kError)) return {.kind = Notice::Kind::kRefused};
  if (const auto missed = missed_in(line))
    return {.kind = Notice::Kind::kMissed, .missed = *missed};
  const std::string_view room = room_in(line);
  if (room.empty()) return {};
  const bool left = line.starts_with(kFarewell);
  return {.kind = left ? Notice::Kind::kLeft : Notice::Kind::kConfirmed, .room = room};
}

}  // namespace load
