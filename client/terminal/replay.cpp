// Only rooms that the server says we are in are counted, so that there are not more than it allows.
#include "client/terminal/replay.hpp"

#include <charconv>

#include "client/terminal/words.hpp"

namespace client {
namespace {

constexpr std::string_view kLast = "the last ";
constexpr std::size_t kRoomsMost = 100;

// "line", "7 lines": taken off, and how many; 0: it is something else.
std::size_t take_count(std::string_view& text) {
  std::size_t count = 1;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (error == std::errc::result_out_of_range) return 0;
  return take_prefix(text, " lines") || take_prefix(text, "line") ? count : 0;
}

}  // namespace

bool Replay::announces(const ServerLine& line) {
  std::string_view rest = line.text;
  return line.kind == LineKind::kNotice && take_prefix(rest, kLast) && take_count(rest) > 0 &&
         rest == ":";
}

Replay::Origin Replay::observe(const ServerLine& line) {
  switch (line.kind) {
    case LineKind::kSaid:
    case LineKind::kActed:
      return take(line.room);
    case LineKind::kNotice:
      observe_notice(line.text);
      return Origin::kNew;
    default:
      return Origin::kNew;
  }
}

Replay::Origin Replay::take(std::string_view room) {
  if (listed_due_ > 0 && same_name(room, listed_)) {
    --listed_due_;
    return Origin::kHistory;
  }
  const auto due = due_.find(std::string(room));
  if (due == due_.end()) return Origin::kNew;
  if (--due->second == 0) due_.erase(due);
  return Origin::kEntering;
}

void Replay::observe_notice(std::string_view text) {
  std::string_view rest = text;
  if (take_prefix(rest, "welcome to ")) {  // another session
    *this = {};
  } else if (take_prefix(rest, "you are now in ")) {
    entered_ = take_word(rest);
  } else if (take_prefix(rest, "you left ")) {
    const std::string_view room = take_word(rest);
    due_.erase(std::string(room.substr(0, room.find(';'))));
  } else if (take_prefix(rest, kLast)) {
    announced(rest);
  } else if (rest == "end of history") {
    listed_due_ = 0;
  } else if (const std::size_t at = rest.find(" missed in "); at != std::string_view::npos) {
    rest.remove_prefix(at + std::string_view(" missed in ").size());
    due_.erase(std::string(take_word(rest)));
  }
}

void Replay::announced(std::string_view rest) {
  const std::size_t count = take_count(rest);
  if (count == 0 || !rest.ends_with(':')) return;
  if (take_prefix(rest, " of ")) {
    listed_ = rest.substr(0, rest.size() - 1);
    listed_due_ = count;
  } else if (rest == ":" && due_.size() < kRoomsMost) {
    due_[entered_] = count;
  }
}

}  // namespace client
