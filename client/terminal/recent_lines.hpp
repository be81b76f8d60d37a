// RecentLines: what was shown of a room, so that it is not shown again after a lost connection.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace client {

// On entering a room the server repeats its last lines, word by word and with their time. Only of
// rooms that we were in when the connection was lost do we know them.
// Limits: kMost lines of a room, the newest, as hashes; kRoomsMost rooms.
class RecentLines {
 public:
  static constexpr std::size_t kMost = 1000;  // the most that a server of ours repeats
  static constexpr std::size_t kRoomsMost = 100;

  void add(std::string_view room, std::string_view line);
  bool has(std::string_view room, std::string_view line) const;
  void forget(std::string_view room);

  // Another connection begins, on which we come back to these rooms.
  void expect(const std::vector<std::string>& rooms);
  bool expects(std::string_view room) const;

 private:
  struct Room {
    std::deque<std::size_t> hashes;
    bool is_expected = false;
  };

  Room* find_or_add(std::string_view room);

  std::map<std::string, Room, std::less<>> rooms_;
};

}  // namespace client
