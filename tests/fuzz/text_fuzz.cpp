// Safe text against what it promises: safe, bounded, stable, nothing lost that was safe, the same
// line by line as all at once; and the scans and JSON against the plainest code there is for them.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "tests/unit/safe_text.hpp"

namespace {

using core::support::is_safe;
using core::support::is_utf8;

std::string sanitized(std::string_view line) {
  std::string out;
  core::sanitize(line, out);
  return out;
}

void check_sanitize(std::string_view bytes) {
  const std::string once = sanitized(bytes);
  HUBBUB_ASSERT(is_safe(once));
  HUBBUB_ASSERT(once.size() <= core::kSanitizedBytesPerByte * bytes.size());
  HUBBUB_ASSERT(sanitized(once) == once);
  if (is_safe(bytes)) HUBBUB_ASSERT(once == bytes);

  // Before a byte of ASCII, whatever began earlier has ended.
  std::string pieces;
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto next =
        std::find_if(rest.begin() + 1, rest.end(), [](char byte) { return (byte & 0x80) == 0; });
    const auto size = static_cast<std::size_t>(next - rest.begin());
    core::sanitize(rest.substr(0, size), pieces);
    rest.remove_prefix(size);
  }
  HUBBUB_ASSERT(pieces == once);
}

void check_scans(std::string_view bytes) {
  const std::size_t well_formed = core::well_formed_prefix(bytes);
  HUBBUB_ASSERT(is_utf8(bytes.substr(0, well_formed)));
  for (std::size_t more = 1; more <= 4 && well_formed + more <= bytes.size(); ++more) {
    HUBBUB_ASSERT(!is_utf8(bytes.substr(0, well_formed + more)));
  }
  const auto is_special = [](char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte < 0x20 || byte == 0x7F || byte == 0xFF;
  };
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  for (std::size_t from = 0; from <= std::min<std::size_t>(bytes.size(), 8); ++from) {
    const std::string_view rest = bytes.substr(from);
    const auto special = std::find_if(rest.begin(), rest.end(), is_special);
    HUBBUB_ASSERT(core::ordinary_prefix(rest) == static_cast<std::size_t>(special - rest.begin()));
    HUBBUB_ASSERT(core::is_plain(rest) == std::all_of(rest.begin(), rest.end(), is_printable));
  }
}

// Erasing from the end takes all of it, and of UTF-8 a whole character each time.
void check_last_character(std::string_view bytes) {
  const bool is_text = is_utf8(bytes);
  while (!bytes.empty()) {
    const std::size_t size = core::last_character_bytes(bytes);
    HUBBUB_ASSERT(size >= 1 && size <= 4 && size <= bytes.size());
    const auto continues = [](char byte) { return (byte & 0xC0) == 0x80; };
    const std::string_view last = bytes.substr(bytes.size() - size);
    if (is_text) HUBBUB_ASSERT(!continues(last[0]));
    HUBBUB_ASSERT(std::all_of(last.begin() + 1, last.end(), continues));
    bytes.remove_suffix(size);
  }
  HUBBUB_ASSERT(core::last_character_bytes(bytes) == 0);
}

// As a reader of JSON would, without mercy.
std::string read_json_string(std::string_view json) {
  HUBBUB_ASSERT(json.size() >= 2 && json.front() == '"' && json.back() == '"');
  json = json.substr(1, json.size() - 2);
  std::string text;
  for (std::size_t at = 0; at < json.size(); ++at) {
    HUBBUB_ASSERT(json[at] != '"' && static_cast<std::uint8_t>(json[at]) >= 0x20);
    if (json[at] != '\\') {
      text += json[at];
      continue;
    }
    HUBBUB_ASSERT(++at < json.size());
    if (json[at] == 'u') {
      HUBBUB_ASSERT(json.size() - at > 4);
      text += static_cast<char>(std::stoi(std::string(json.substr(at + 1, 4)), nullptr, 16));
      at += 4;
    } else {
      HUBBUB_ASSERT(json[at] == '"' || json[at] == '\\');
      text += json[at];
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_sanitize(bytes);
  check_scans(bytes);
  check_last_character(bytes);
  std::string json;
  core::append_json_string(bytes, json);
  HUBBUB_ASSERT(read_json_string(json) == bytes);
  return 0;
}
