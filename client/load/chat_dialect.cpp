// Telling apart the lines that a member of a chat room sees.
#include "client/load/chat_dialect.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "client/load/line_frame.hpp"
#include "core/ascii.hpp"

namespace load {
namespace {

constexpr std::string_view kNote = "-- ";
constexpr std::string_view kError = "-- error: ";
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

// Not as a part of a longer name: #load, but not #loading.
bool names(std::string_view line, std::string_view room) {
  for (std::size_t at = line.find(room); at != std::string_view::npos;
       at = line.find(room, at + 1)) {
    const std::size_t end = at + room.size();
    constexpr std::string_view kEnds = " ,:;.!)'\"";
    if (end == line.size() || kEnds.find(line[end]) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

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
  if (names(line, room_)) return {.kind = Notice::Kind::kConfirmed};
  return {};
}

}  // namespace load
