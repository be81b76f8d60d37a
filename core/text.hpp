// Bytes typed by strangers, made safe to show on another terminal, or to stand in JSON. Knows UTF-8
// and nothing else.
//
// Three scans share the work. `ordinary_prefix` finds how far bytes run without anything that line
// input must look at; `is_plain` says in a few instructions per eight bytes that a line needs no
// change, which is the common case; `sanitize` repairs the rest. What leaves `sanitize` is valid
// UTF-8 that cannot move a cursor, colour or ring a terminal, or turn the reading direction of the
// text around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace core {

// Most bytes `sanitize` can append per byte of input: a lone bad byte becomes U+FFFD.
inline constexpr std::size_t kSanitizedBytesPerByte = 3;

// Length of the longest prefix without a C0 control, DEL or byte 255. Other bytes above 127 count
// as ordinary, so UTF-8 text runs through.
[[nodiscard]] std::size_t ordinary_prefix(std::string_view bytes);

// Length of the longest prefix that is well-formed UTF-8.
[[nodiscard]] std::size_t well_formed_prefix(std::string_view bytes);

// True when every byte is printable ASCII (space to tilde): `sanitize` would change nothing.
[[nodiscard]] bool is_plain(std::string_view line);

// Appends a safe copy of `line` to `out`:
// - ill-formed UTF-8 becomes U+FFFD, one per maximal subpart (Unicode 15, section 3.9);
// - a tab becomes one space; every other C0 control, DEL and C1 control is dropped;
// - direction controls (U+061C, U+200E, U+200F, U+202A..202E, U+2066..2069), line and paragraph
//   separators (U+2028, U+2029) and U+FEFF are dropped.
// Only the control goes, not what follows it: an escape sequence is left as harmless letters.
// Idempotent. Appends at most kSanitizedBytesPerByte * line.size() bytes.
void sanitize(std::string_view line, std::string& out);

// Bytes of the last character of `text`: a whole UTF-8 sequence, the beginning of one, or a single
// byte that belongs to none. 0 only for empty text. What one backspace takes away.
[[nodiscard]] std::size_t last_character_bytes(std::string_view text);

// Appends `text` as a string of JSON, in quotes, whatever bytes it has. A reader of JSON finds the
// same text if it was valid UTF-8.
void append_json_string(std::string_view text, std::string& out);

}  // namespace core
