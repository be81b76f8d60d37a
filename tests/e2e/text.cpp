// A decoder of the plain kind: bit patterns first, then what the standard forbids of them.
#include "tests/e2e/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace e2e {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: ill-formed
};

Character decode(std::string_view text) {
  const auto byte = [&](std::size_t at) -> char32_t {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
  };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >> 5 == 0x6    ? 2
                            : first >> 4 == 0xE  ? 3
                            : first >> 3 == 0x1E ? 4
                                                 : 0;
  if (bytes == 0) return {};
  char32_t code = first & (0x7F >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if (byte(at) >> 6 != 0x2) return {};
    code = code << 6 | (byte(at) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[bytes] || code > 0x10FFFF || surrogate) return {};
  return {code, bytes};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F);
}

bool turns_direction(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string fault_in(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view rest = bytes.substr(at);
    if (rest.starts_with("\r\n")) {
      at += 2;
      continue;
    }
    const auto [code, size] = decode(rest);
    const char* fault = nullptr;
    if (size == 0) {
      fault = "ill-formed UTF-8";
    } else if (is_control(code)) {
      fault = "a control character";
    } else if (turns_direction(code)) {
      fault = "a direction control";
    }
    if (fault != nullptr) {
      const std::size_t from = at < 20 ? 0 : at - 20;
      return std::string(fault) + " at byte " + std::to_string(at) + ", in \"" +
             shown(bytes.substr(from, 40)) + "\"";
    }
    at += size;
  }
  return {};
}

std::string shown(std::string_view bytes) {
  std::string text;
  for (const char letter : bytes) {
    if (letter == '\n') {
      text += "\\n\n";
    } else if (letter >= ' ' && letter <= '~') {
      text += letter;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<std::uint8_t>(letter));
      text += escaped;
    }
  }
  return text;
}

std::string without_clock(std::string_view line) {
  const bool has_clock = line.size() > 6 && line[2] == ':' && line[5] == ' ';
  return std::string(has_clock ? line.substr(6) : line);
}

std::string without_digits(std::string_view text) {
  std::string changed(text);
  std::replace_if(
      changed.begin(), changed.end(), [](char c) { return c >= '0' && c <= '9'; }, '0');
  return changed;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

std::string numbered_line(std::size_t number, std::size_t size) {
  std::string line = std::to_string(number) + " ";
  while (line.size() < size) line.push_back(static_cast<char>('a' + (number + line.size()) % 26));
  return line;
}

}  // namespace e2e
