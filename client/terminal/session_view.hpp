// SessionView: what a client knows of its session from the lines the server sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/server_line.hpp"

namespace client {

// Names in the order they were last seen, newest first, each once whatever its case. Keeps the
// newest kMost.
class SeenNames {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kNameMost = 64;  // bytes; longer ones are not kept

  void see(std::string_view name);
  void forget(std::string_view name);
  const std::vector<std::string>& newest_first() const { return names_; }

 private:
  std::vector<std::string> names_;
};

// Best effort: learned from the server's own sentences, and out of date where those are worded in
// another way. Only what is shown and offered depends on it.
class SessionView {
 public:
  // A line as it was shown (safe).
  void observe(const ServerLine& line);

  // A new connection: nothing is known but whom and what was seen before.
  void reset();

  const std::string& nick() const { return nick_; }  // empty: not known
  const std::string& room() const { return room_; }  // where we talk; empty: nowhere, or not known

  // The nick that the server confirmed last; empty if it only gave one.
  const std::string& chosen_nick() const { return chosen_nick_; }

  // The rooms we are in, as far as known; the one we talk in first.
  const std::vector<std::string>& joined() const { return joined_.newest_first(); }
  const std::vector<std::string>& nicks() const { return nicks_.newest_first(); }
  const std::vector<std::string>& rooms() const { return rooms_.newest_first(); }

 private:
  enum class List : std::uint8_t { kNone, kMembers, kRooms };

  void observe_room_notice(std::string_view text);
  void observe_notice(std::string_view text);
  void observe_row(std::string_view text);
  void enter(std::string_view room);

  std::string nick_;
  std::string chosen_nick_;
  std::string room_;
  SeenNames joined_;
  SeenNames nicks_;
  SeenNames rooms_;
  List list_ = List::kNone;  // what the next lines are rows of
};

}  // namespace client
