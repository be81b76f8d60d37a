// Keeping and counting. How a line looks was decided before it came here.
#include "client/terminal/room_board.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/terminal/server_line.hpp"

namespace client {

RoomBoard::Room* RoomBoard::find(std::string_view room) {
  const auto found = std::find_if(rooms_.begin(), rooms_.end(),
                                  [&](const Room& one) { return same_name(one.name, room); });
  return found == rooms_.end() ? nullptr : &*found;
}

std::string RoomBoard::show(std::string_view room) {
  if (same_name(room, shown_)) return {};
  shown_ = room;
  Room* const now = find(room);
  if (now == nullptr) return {};
  std::string text;
  if (now->dropped > 0) {
    text = fmt::format("-- {}: the last {} of {} lines that came meanwhile\n", now->name,
                       now->lines.size(), now->lines.size() + now->dropped);
  } else if (!now->lines.empty()) {
    text = fmt::format("-- {}: what came meanwhile\n", now->name);
  }
  for (const std::string& line : now->lines) text += line;
  *now = Room{.name = std::move(now->name), .lines = {}};
  return text;
}

void RoomBoard::enter(std::string_view room) {
  if (rooms_.size() < kRoomsMost && find(room) == nullptr)
    rooms_.push_back({.name = std::string(room), .lines = {}});
}

void RoomBoard::leave(std::string_view room) {
  std::erase_if(rooms_, [&](const Room& one) { return same_name(one.name, room); });
}

bool RoomBoard::is_shown_now(std::string_view room, std::string_view line, Weight weight) {
  if (same_name(room, shown_)) return true;
  Room* const other = find(room);
  if (other == nullptr) return true;
  keep(*other, line);
  if (weight != Weight::kQuiet) ++other->counted;
  if (weight == Weight::kMention) other->mentioned = true;
  return false;
}

void RoomBoard::keep(Room& room, std::string_view line) {
  room.bytes += line.size();
  room.lines.emplace_back(line);
  while (room.lines.size() > kKeptMost || room.bytes > kKeptBytesMost) {
    room.bytes -= room.lines.front().size();
    room.lines.pop_front();
    ++room.dropped;
  }
}

std::vector<RoomBoard::Unread> RoomBoard::unread() const {
  std::vector<Unread> all;
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    const Room& room = rooms_[i];
    if (room.counted > 0) all.push_back({i + 1, room.name, room.counted, room.mentioned});
  }
  return all;
}

std::vector<std::string> RoomBoard::rooms() const {
  std::vector<std::string> names;
  for (const Room& room : rooms_) names.push_back(room.name);
  return names;
}

std::string RoomBoard::numbered(std::size_t number) const {
  return number >= 1 && number <= rooms_.size() ? rooms_[number - 1].name : std::string();
}

std::string RoomBoard::next() const {
  if (rooms_.empty()) return {};
  const std::vector<Unread> waiting = unread();
  const auto mention =
      std::find_if(waiting.begin(), waiting.end(), [](const Unread& one) { return one.mentioned; });
  if (mention != waiting.end()) return std::string(mention->room);
  if (!waiting.empty()) return std::string(waiting.front().room);
  const auto here = std::find_if(rooms_.begin(), rooms_.end(),
                                 [&](const Room& one) { return same_name(one.name, shown_); });
  if (here == rooms_.end() || here + 1 == rooms_.end()) return rooms_.front().name;
  return (here + 1)->name;
}

}  // namespace client
