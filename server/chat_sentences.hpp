// Sentences of the chat dialect: what they are put together from, and the forms of its lines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "server/moderation_event.hpp"

namespace server {

inline constexpr std::string_view kLineEnd = "\r\n";

// What was typed is repeated to its author up to this length.
inline constexpr std::size_t kRepeatedMax = 100;
std::string_view repeated(std::string_view typed, std::string_view otherwise);

// "1 message", "2 messages"
std::string counted(std::uint64_t count, std::string_view noun);
// "1 person", "2 people"
std::string counted_people(std::size_t count);

// "alice", "alice and bob", "alice, bob and 38 others", "40 people"
std::string enumeration(std::span<const std::string_view> names, std::size_t others);
// The same, roles in front: "@alice and +bob"
std::string enumeration(std::span<const event::Ranked> names, std::size_t others);

// The two largest units: "3 days 1 hour", "12 seconds"
std::string duration(std::size_t seconds);

struct Indents {
  std::string_view first, others;  // what the first line begins with, and the others
};
// Appends the words of `text` in lines of at most 72 columns; a longer word has its own.
void append_wrapped(std::string_view text, Indents indents, std::string& out);

// Appends lines to `out`. `now` is the server's local time.
class Sentences {
 public:
  Sentences(const std::tm& now, std::string& out);

 protected:
  std::string_view clock() const { return {clock_.data(), clock_.size()}; }

  template <typename... Args>
  void append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  template <typename... Args>
  void room_line(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
    append("{} {} -- ", clock(), room);
    append(format, std::forward<Args>(args)...);
    out_.append(kLineEnd);
  }

  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_.append("-- ");
    append(format, std::forward<Args>(args)...);
    out_.append(kLineEnd);
  }

  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    out_.append("-- error: ");
    append(format, std::forward<Args>(args)...);
    out_.append(kLineEnd);
  }

  const std::tm& now_;
  std::string& out_;

 private:
  std::array<char, 5> clock_;
};

}  // namespace server
