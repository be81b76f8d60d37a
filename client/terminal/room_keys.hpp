// RoomKeys: the keys of rooms, for entering them, and again after a lost connection.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/server_line.hpp"

namespace client {

// A key is given beforehand, or learned from what the person types (/join #room KEY, and /key WORD
// of who keeps order there); that counts once the server has confirmed it. They stay in memory
// only. Limit: kMost rooms, the newest; of longer names or keys than kBytesMost none is kept.
class RoomKeys {
 public:
  static constexpr std::size_t kMost = 100;
  static constexpr std::size_t kBytesMost = 128;

  // Whether a room's name or a key can be kept.
  static bool fits(std::string_view word);

  // One that was written down, with the room's #.
  void give(std::string_view room, std::string_view key);
  // A line that was entered, by who talks in `room`.
  void typed(std::string_view line, std::string_view room);
  // A line of the server; `own_nick` is ours.
  void observe(const ServerLine& line, std::string_view own_nick);

  // Empty: none is known.
  std::string_view of(std::string_view room) const;

 private:
  struct Entry {
    std::string room;
    std::string known;
    std::string offered;  // with /join
    std::string set;      // with /key
  };

  Entry& entry_of(std::string_view room);

  std::vector<Entry> entries_;  // oldest first
};

}  // namespace client
