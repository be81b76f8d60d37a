// The scans look at eight bytes at a time as one 64-bit word ("SIMD within a register"): each
// predicate sets the top bit of exactly those bytes that it marks, so the first marked byte is a
// bit count away. No carry crosses a byte, because the top bits are masked off before adding.
//
// The decoder follows table 3-7 of the Unicode standard: the lead byte fixes the length and the
// range of the second byte; all later bytes are 80..BF. Decoding stops in front of the first byte
// that cannot continue the sequence, which makes what was taken the maximal subpart.
#include "core/text.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace core {
namespace {

using Word = std::uint64_t;

constexpr Word every_byte(std::uint8_t value) {
  return Word{value} * 0x0101010101010101;
}

constexpr Word kTopBits = every_byte(0x80);

// Marks C0 controls, DEL (7F) and FF. The last two differ only in the top bit, so adding one to
// the low seven bits finds both; adding 60 finds what is 20 or above.
constexpr Word mark_special(Word word) {
  const Word low_bits = word & ~kTopBits;
  const Word delete_or_ff = low_bits + every_byte(0x01);
  const Word not_control = (low_bits + every_byte(0x60)) | word;
  return (delete_or_ff | ~not_control) & kTopBits;
}

constexpr Word mark_not_plain(Word word) {
  return mark_special(word) | (word & kTopBits);
}

std::size_t first_marked_byte(Word marks) {
  if constexpr (std::endian::native == std::endian::little) {
    return static_cast<std::size_t>(std::countr_zero(marks)) / 8;
  } else {
    return static_cast<std::size_t>(std::countl_zero(marks)) / 8;
  }
}

// Length of the longest prefix in which `mark` marks nothing.
template <Word (*mark)(Word)>
std::size_t unmarked_prefix(std::string_view bytes) {
  std::size_t at = 0;
  for (; bytes.size() - at >= sizeof(Word); at += sizeof(Word)) {
    Word word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (const Word marks = mark(word); marks != 0) return at + first_marked_byte(marks);
  }
  if (at == bytes.size()) return at;
  Word word = 0;  // every predicate marks a zero byte, so the padding ends the prefix
  std::memcpy(&word, bytes.data() + at, bytes.size() - at);
  return at + first_marked_byte(mark(word));
}

constexpr char32_t kReplacement = 0xFFFD;

struct Sequence {
  std::size_t bytes;
  char32_t code_point;  // kReplacement when ill-formed
  bool well_formed;
};

// What a lead byte promises: how many bytes follow, the payload bits of its own, and the range of
// the first that follows (which excludes overlong forms, surrogates and values past 10FFFF).
// Nothing follows a byte that begins no sequence.
struct Lead {
  std::size_t following;
  char32_t bits;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

constexpr Lead classify_lead(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, byte & 0x1Fu, 0x80, 0xBF};
  if (byte >= 0xE0 && byte <= 0xEF) {
    return {2, byte & 0x0Fu, static_cast<std::uint8_t>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<std::uint8_t>(byte == 0xED ? 0x9F : 0xBF)};
  }
  if (byte >= 0xF0 && byte <= 0xF4) {
    return {3, byte & 0x07u, static_cast<std::uint8_t>(byte == 0xF0 ? 0x90 : 0x80),
            static_cast<std::uint8_t>(byte == 0xF4 ? 0x8F : 0xBF)};
  }
  return {0, 0, 0, 0};
}

// Decodes the sequence at the front of `bytes`, which is not empty.
Sequence decode(std::string_view bytes) {
  const auto first = static_cast<std::uint8_t>(bytes.front());
  if (first < 0x80) return {1, first, true};
  const Lead lead = classify_lead(first);
  if (lead.following == 0) return {1, kReplacement, false};

  char32_t code_point = lead.bits;
  for (std::size_t at = 1; at <= lead.following; ++at) {
    if (at == bytes.size()) return {at, kReplacement, false};
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    const std::uint8_t min = at == 1 ? lead.second_min : 0x80;
    const std::uint8_t max = at == 1 ? lead.second_max : 0xBF;
    if (byte < min || byte > max) return {at, kReplacement, false};
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  return {lead.following + 1, code_point, true};
}

constexpr bool is_unsafe(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;  // C0, DEL, C1
  if (c == 0x061C || c == 0x200E || c == 0x200F) return true;
  if (c >= 0x2028 && c <= 0x202E) return true;  // separators, embeddings, overrides
  if (c >= 0x2066 && c <= 0x2069) return true;  // isolates
  return c == 0xFEFF;
}

}  // namespace

std::size_t ordinary_prefix(std::string_view bytes) {
  return unmarked_prefix<mark_special>(bytes);
}

std::size_t well_formed_prefix(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const Sequence sequence = decode(bytes.substr(at));
    if (!sequence.well_formed) break;
    at += sequence.bytes;
  }
  return at;
}

bool is_plain(std::string_view line) {
  return unmarked_prefix<mark_not_plain>(line) == line.size();
}

void sanitize(std::string_view line, std::string& out) {
  std::size_t at = 0;
  std::size_t copied = 0;  // line[copied, at) is safe and goes out in one piece
  while (at < line.size()) {
    if (line[at] >= ' ' && line[at] <= '~') {
      at += unmarked_prefix<mark_not_plain>(line.substr(at));
      continue;
    }
    const Sequence sequence = decode(line.substr(at));
    if (sequence.well_formed && !is_unsafe(sequence.code_point)) {
      at += sequence.bytes;
      continue;
    }
    out.append(line, copied, at - copied);
    if (!sequence.well_formed) out.append("\xEF\xBF\xBD");
    if (sequence.code_point == '\t') out.push_back(' ');
    at += sequence.bytes;
    copied = at;
  }
  out.append(line, copied);
}

void append_json_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20) {
      out.append("\\u00").append({kHexDigits[byte >> 4], kHexDigits[byte & 0xF]});
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::size_t last_character_bytes(std::string_view text) {
  constexpr std::size_t kLongestSequence = 4;
  const std::size_t longest = std::min(text.size(), kLongestSequence);
  for (std::size_t bytes = longest; bytes > 1; --bytes) {
    if (decode(text.substr(text.size() - bytes)).bytes == bytes) return bytes;
  }
  return longest == 0 ? 0 : 1;
}

}  // namespace core
