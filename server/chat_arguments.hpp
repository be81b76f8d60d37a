// Reading what follows a command's word: the shapes that arguments of several commands have. Blanks
// are spaces alone: `sanitize` has made one of every tab.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "server/command.hpp"
#include "server/names.hpp"

namespace server {

using Parsed = std::optional<Command>;

struct Split {
  std::string_view word, rest;
};

// The first word and what follows it; neither begins with a blank.
inline Split split_word(std::string_view text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::size_t next = std::min(text.find_first_not_of(' ', end), text.size());
  return {text.substr(0, end), text.substr(next)};
}

inline bool is_one_word(std::string_view arguments) {
  return !arguments.empty() && arguments.find(' ') == std::string_view::npos;
}

inline std::optional<bool> read_switch(std::string_view word) {
  const std::string choice = folded(word);
  if (choice == "on") return true;
  if (choice == "off") return false;
  return std::nullopt;
}

template <typename Wanted>
Parsed read_nothing(std::string_view arguments, std::string&) {
  if (!arguments.empty()) return std::nullopt;
  return Wanted{};
}

template <typename Wanted>
Parsed read_word(std::string_view arguments, std::string&) {
  if (!is_one_word(arguments)) return std::nullopt;
  return Wanted{arguments};
}

template <typename Wanted>
Parsed read_text(std::string_view arguments, std::string&) {
  return Wanted{arguments};
}

}  // namespace server
