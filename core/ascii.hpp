// ASCII letters and digits, whatever the locale. Other bytes are neither, and keep their value.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace core {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_letter(char c) {
  return lowered(c) >= 'a' && lowered(c) <= 'z';
}

inline std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lowered(c);
  return result;
}

// Without a copy.
inline bool equal_ignoring_case(std::string_view one, std::string_view other) {
  const auto same = [](char a, char b) { return lowered(a) == lowered(b); };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), same);
}

}  // namespace core
