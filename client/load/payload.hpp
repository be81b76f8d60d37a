// The text of a test message: a stamp that says whose it is, which one and when it was to be sent,
// then padding. Written and read in a few nanoseconds, because a load tester does so millions of
// times a second on the core that it shares with what it measures.
//
//   ~HL 0001f 0000002a 00001b2c3d4e5f60 abcdefgh...      (without the blanks)
//
// The marker, the sender (5 digits), its sequence (8), the intended send time in nanoseconds of the
// monotonic clock (16), all lower-case hexadecimal; the padding is the alphabet over and over.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace load {

struct Stamp {
  std::uint32_t sender = 0;  // below kSendersMost
  std::uint32_t sequence = 0;
  std::int64_t intended_ns = 0;

  bool operator==(const Stamp&) const = default;
};

inline constexpr std::string_view kMarker = "~HL";
inline constexpr std::size_t kStampBytes = 32;
inline constexpr std::uint32_t kSendersMost = 1U << 20;
inline constexpr std::uint32_t kMessagesMost = UINT32_MAX;  // of one sender; then it falls silent

// A text of `size` bytes (at least kStampBytes; asserted): room for a stamp, then the padding that
// every message of this size has.
std::string blank_text(std::size_t size);

// Eight hexadecimal digits at a time, each in a byte of a word whose most significant byte is the
// first digit.
namespace hex {

inline constexpr std::uint64_t kEach = 0x0101010101010101;

constexpr std::uint64_t in_text_order(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap64(word);
  return word;
}

inline std::uint64_t load(const char* text) {
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return in_text_order(word);
}

inline void store(char* text, std::uint64_t word) {
  word = in_text_order(word);
  std::memcpy(text, &word, sizeof word);
}

// Nibbles (one a byte, below 16) to the characters for them: 39 more from ten on.
constexpr std::uint64_t digits(std::uint64_t nibbles) {
  const std::uint64_t from_ten = ((nibbles + 6 * kEach) >> 4) & kEach;
  return nibbles + '0' * kEach + ('a' - '0' - 10) * from_ten;
}

constexpr std::uint64_t encode(std::uint32_t value) {
  std::uint64_t word = value;
  word = (word | word << 16) & 0x0000ffff0000ffff;
  word = (word | word << 8) & 0x00ff00ff00ff00ff;
  word = (word | word << 4) & 0x0f0f0f0f0f0f0f0f;
  return digits(word);
}

// False unless all eight are digits; letters only in lower case.
constexpr bool decode(std::uint64_t word, std::uint32_t& value) {
  std::uint64_t nibbles = (word & 0x0f * kEach) + 9 * ((word >> 6) & kEach);
  if ((nibbles & 0xf0 * kEach) != 0 || digits(nibbles) != word) return false;
  nibbles = (nibbles | nibbles >> 4) & 0x00ff00ff00ff00ff;
  nibbles = (nibbles | nibbles >> 8) & 0x0000ffff0000ffff;
  value = static_cast<std::uint32_t>(nibbles | nibbles >> 16);
  return true;
}

// The marker and the five zeros that it stands in place of three of, in the upper bytes of a word.
inline constexpr std::uint64_t kMarkerWord = 0x7e484cULL << 40;
inline constexpr std::uint64_t kMarkerMask = 0xffffffULL << 40;
inline constexpr std::uint64_t kMarkerZeros = 0x303030ULL << 40;

}  // namespace hex

// Whether a stamp seems to begin at `text`, which has kStampBytes bytes.
inline bool has_marker(const char* text) {
  return (hex::load(text) & hex::kMarkerMask) == hex::kMarkerWord;
}

// Writes kStampBytes bytes.
inline void write_stamp(char* text, const Stamp& stamp) {
  const auto time = static_cast<std::uint64_t>(stamp.intended_ns);
  hex::store(text, (hex::encode(stamp.sender) & ~hex::kMarkerMask) | hex::kMarkerWord);
  hex::store(text + 8, hex::encode(stamp.sequence));
  hex::store(text + 16, hex::encode(static_cast<std::uint32_t>(time >> 32)));
  hex::store(text + 24, hex::encode(static_cast<std::uint32_t>(time)));
}

// Reads kStampBytes bytes; nothing unless they are exactly what write_stamp() writes.
inline std::optional<Stamp> read_stamp(const char* text) {
  const std::uint64_t first = hex::load(text);
  if ((first & hex::kMarkerMask) != hex::kMarkerWord) return std::nullopt;
  Stamp stamp;
  std::uint32_t upper = 0;
  std::uint32_t lower = 0;
  if (!hex::decode((first & ~hex::kMarkerMask) | hex::kMarkerZeros, stamp.sender) ||
      !hex::decode(hex::load(text + 8), stamp.sequence) ||
      !hex::decode(hex::load(text + 16), upper) || !hex::decode(hex::load(text + 24), lower)) {
    return std::nullopt;
  }
  stamp.intended_ns = static_cast<std::int64_t>(std::uint64_t{upper} << 32 | lower);
  return stamp;
}

// Reads stamps of which the same ones come again and again, as they do where a message is fanned
// out: what it read lately it only compares. Half the cost of read_stamp() in a fan-out.
class StampReader {
 public:
  StampReader() {
    std::array<char, kStampBytes> blank;
    write_stamp(blank.data(), {});
    Entry entry;
    std::memcpy(entry.words.data(), blank.data(), kStampBytes);
    entries_.fill(entry);  // no entry may say what is not so, not even at first
  }

  // As read_stamp(); null for none. Valid until the next call.
  const Stamp* read(const char* text) {
    std::array<std::uint64_t, 4> words;
    static_assert(sizeof words == kStampBytes);
    std::memcpy(words.data(), text, kStampBytes);
    Entry& entry = entries_[((words[0] ^ words[1]) * kSpread) >> (64 - kIndexBits)];
    if (entry.words == words) [[likely]]
      return &entry.stamp;
    const std::optional<Stamp> stamp = read_stamp(text);
    if (!stamp) return nullptr;
    entry = {words, *stamp};
    return &entry.stamp;
  }

 private:
  static constexpr unsigned kIndexBits = 8;
  static constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // Fibonacci hashing

  struct Entry {
    std::array<std::uint64_t, 4> words{};
    Stamp stamp;
  };
  std::array<Entry, std::size_t{1} << kIndexBits> entries_;
};

}  // namespace load
