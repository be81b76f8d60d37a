// What text that is safe to show must be, written a second time and on purpose in another way than
// in core/text.cpp, so that tests do not ask the code under test whether it is right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace core::support {

// The UTF-8 of a code point.
inline std::string encoded(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) {
    return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  }
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

inline bool must_not_appear(char32_t c) {
  static const std::vector<std::pair<char32_t, char32_t>> kRanges = {
      {0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C}, {0x200E, 0x200F},
      {0x2028, 0x2029}, {0x202A, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};
  for (const auto& [first, last] : kRanges) {
    if (c >= first && c <= last) return true;
  }
  return false;
}

// True when `text` is valid UTF-8 (decoding and encoding again gives the same bytes, no surrogate,
// nothing past 10FFFF) and `accepts(code point)` holds for all of it.
template <class Accepts>
bool is_utf8_of(std::string_view text, const Accepts& accepts) {
  while (!text.empty()) {
    const auto lead = static_cast<std::uint8_t>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size > text.size()) return false;
    char32_t c = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t at = 1; at < size; ++at) c = c << 6 | (text[at] & 0x3Fu);
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || encoded(c) != text.substr(0, size)) {
      return false;
    }
    if (!accepts(c)) return false;
    text.remove_prefix(size);
  }
  return true;
}

inline bool is_utf8(std::string_view text) {
  return is_utf8_of(text, [](char32_t) { return true; });
}

inline bool is_safe(std::string_view text) {
  return is_utf8_of(text, [](char32_t c) { return !must_not_appear(c); });
}

}  // namespace core::support
