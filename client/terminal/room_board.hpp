// RoomBoard: several rooms on one screen. One of them is shown, the others wait and are counted.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace client {

// What is printed stays in the terminal's own scrollback, so a line is printed once, when its room
// is looked at. Rooms have numbers, from 1 in the order in which they came and for as long as we
// are in them.
// Limits: kRoomsMost rooms; further ones have no number and are always shown. Of a room that is not
// shown, the newest kKeptMost lines of at most kKeptBytesMost bytes
// together; of those that had to go only the count is left.
class RoomBoard {
 public:
  static constexpr std::size_t kRoomsMost = 100;
  static constexpr std::size_t kKeptMost = 1000;
  static constexpr std::size_t kKeptBytesMost = 256 * 1024;

  // How a line weighs in a room that is not shown.
  enum class Weight { kQuiet, kCounted, kMention };

  struct Unread {
    std::size_t number;  // of the room
    std::string_view room;
    std::size_t lines;  // that were said
    bool mentioned;
  };

  // The room that is shown from now on; none for an empty name. Gives what waited there, whole
  // lines, with a heading where that helps.
  std::string show(std::string_view room);
  const std::string& shown() const { return shown_; }

  // We are in this room, or no longer: the lines that wait there are gone with it.
  void enter(std::string_view room);
  void leave(std::string_view room);

  // A line (with its LF) of a room. True: its room is shown, or not one of ours; print it. False:
  // it was kept.
  bool is_shown_now(std::string_view room, std::string_view line, Weight weight);

  // Their names, by number.
  std::vector<std::string> rooms() const;

  // The rooms in which something waits to be read, by number.
  std::vector<Unread> unread() const;

  // The room with this number, and the one to look at next: where we were mentioned, else where
  // something was said, else the one behind the shown one. Empty: there is none.
  std::string numbered(std::size_t number) const;
  std::string next() const;

 private:
  struct Room {
    std::string name;
    std::deque<std::string> lines;
    std::size_t bytes = 0;    // of the lines
    std::size_t dropped = 0;  // lines
    std::size_t counted = 0;
    bool mentioned = false;
  };

  Room* find(std::string_view room);
  static void keep(Room& room, std::string_view line);

  std::vector<Room> rooms_;
  std::string shown_;
};

}  // namespace client
