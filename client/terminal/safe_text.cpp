// The decoder follows table 3-7 of the Unicode standard: the lead byte fixes the length and the
// range of the second byte; all later bytes are 80..BF. It stops in front of the first byte that
// cannot go on, which makes what was taken the maximal subpart.
#include "client/terminal/safe_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace client {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Sequence {
  std::size_t bytes;
  char32_t code_point;
  bool well_formed;
};

// What a lead byte of more than one byte promises. Nothing follows one that begins no sequence.
struct Lead {
  std::size_t following = 0;
  char32_t bits = 0;
  std::uint8_t second_min = 0x80;
  std::uint8_t second_max = 0xBF;
};

constexpr Lead classify(std::uint8_t byte) {
  Lead lead;
  if (byte >= 0xC2 && byte <= 0xDF) return {.following = 1, .bits = byte & 0x1Fu};
  if (byte >= 0xE0 && byte <= 0xEF) lead = {.following = 2, .bits = byte & 0x0Fu};
  if (byte >= 0xF0 && byte <= 0xF4) lead = {.following = 3, .bits = byte & 0x07u};
  if (byte == 0xE0) lead.second_min = 0xA0;  // no overlong forms
  if (byte == 0xED) lead.second_max = 0x9F;  // no surrogates
  if (byte == 0xF0) lead.second_min = 0x90;
  if (byte == 0xF4) lead.second_max = 0x8F;  // nothing past 10FFFF
  return lead;
}

Sequence decode(std::string_view bytes) {
  const auto first = static_cast<std::uint8_t>(bytes.front());
  if (first < 0x80) return {1, first, true};
  const Lead lead = classify(first);
  if (lead.following == 0) return {1, 0, false};
  char32_t code_point = lead.bits;
  for (std::size_t at = 1; at <= lead.following; ++at) {
    if (at == bytes.size()) return {at, 0, false};
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    const std::uint8_t min = at == 1 ? lead.second_min : 0x80;
    const std::uint8_t max = at == 1 ? lead.second_max : 0xBF;
    if (byte < min || byte > max) return {at, 0, false};
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  return {lead.following + 1, code_point, true};
}

constexpr bool is_unsafe(char32_t c) {
  if (c == '\t') return false;
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
  if (c == 0x061C || c == 0x200E || c == 0x200F) return true;  // marks of direction
  if (c >= 0x2028 && c <= 0x202E) return true;                 // separators, embeddings, overrides
  return (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;          // isolates
}

constexpr bool is_plain(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

void append_safe(std::string_view line, std::string& out) {
  while (!line.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(line.begin(), line.end(), is_plain) - line.begin());
    out += line.substr(0, plain);
    line.remove_prefix(plain);
    if (line.empty()) return;
    const Sequence sequence = decode(line);
    if (!sequence.well_formed) {
      out += kReplacement;
    } else if (!is_unsafe(sequence.code_point)) {
      out += line.substr(0, sequence.bytes);
    }
    line.remove_prefix(sequence.bytes);
  }
}

}  // namespace client
