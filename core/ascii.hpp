// ASCII letters and digits, whatever the locale. Other bytes are neither, and keep their value.
#pragma once

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

}  // namespace core
