// What may stand on a terminal, decided here by other code than the server's.
#pragma once

#include <string>
#include <string_view>

namespace e2e {

// Why a terminal should not be sent these bytes, or empty: ill-formed UTF-8, a control other than
// CR LF at the end of a line, or a character that turns the reading direction.
std::string fault_in(std::string_view bytes);

// The bytes as a person can read them in a message: controls and bytes above 126 as \x1b.
std::string shown(std::string_view bytes);

// A line of a room without the time before it: "#lobby <alice> hello".
std::string without_clock(std::string_view line);

// With 0 for every digit, to compare texts with times in them.
std::string without_digits(std::string_view text);

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part);

// Printable letters with a number in front, `size` in all; from the same number, the same line.
std::string numbered_line(std::size_t number, std::size_t size);

}  // namespace e2e
