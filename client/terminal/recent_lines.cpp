// The names are the server's, which writes one always in the same way.
#include "client/terminal/recent_lines.hpp"

#include <algorithm>

namespace client {

// Null: there are too many.
RecentLines::Room* RecentLines::find_or_add(std::string_view room) {
  if (const auto known = rooms_.find(room); known != rooms_.end()) return &known->second;
  return rooms_.size() == kRoomsMost ? nullptr : &rooms_.emplace(room, Room{}).first->second;
}

void RecentLines::add(std::string_view room, std::string_view line) {
  Room* const known = find_or_add(room);
  if (known == nullptr) return;
  std::deque<std::size_t>& hashes = known->hashes;
  if (hashes.size() == kMost) hashes.pop_front();
  hashes.push_back(std::hash<std::string_view>()(line));
}

bool RecentLines::has(std::string_view room, std::string_view line) const {
  const auto known = rooms_.find(room);
  if (known == rooms_.end()) return false;
  const std::deque<std::size_t>& hashes = known->second.hashes;
  return std::find(hashes.begin(), hashes.end(), std::hash<std::string_view>()(line)) !=
         hashes.end();
}

void RecentLines::forget(std::string_view room) {
  if (const auto known = rooms_.find(room); known != rooms_.end()) rooms_.erase(known);
}

void RecentLines::expect(const std::vector<std::string>& rooms) {
  for (const std::string& room : rooms) {
    if (Room* const known = find_or_add(room)) known->is_expected = true;
  }
}

bool RecentLines::expects(std::string_view room) const {
  const auto known = rooms_.find(room);
  return known != rooms_.end() && known->second.is_expected;
}

}  // namespace client
