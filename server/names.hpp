// What may be called what: the rules for the names of people (nicks) and of rooms. Names are ASCII
// so that no two can look alike, and never contain a byte that the chat dialect gives a meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace server {

inline constexpr std::size_t kNickMaxBytes = 32;
inline constexpr std::size_t kRoomMaxBytes = 64;  // with the leading '#'

enum class NameFault : std::uint8_t {
  kEmpty,  // also a room that is only '#'
  kTooLong,
  kBadStart,
  kBadCharacter,
  kReserved,  // nicks only
};

// Why `nick` cannot be chosen, or nothing if it can. A nick is letters, digits and _-.[]{}|^ and
// begins with a letter or one of _[]{}|^. Reserved, in any case of letters: a few names that could
// pass for the server's own voice or for an address, and guest-<digits>, which only the server
// gives out (and need not check).
[[nodiscard]] std::optional<NameFault> check_nick(std::string_view nick,
                                                  std::size_t max_bytes = kNickMaxBytes);

// Why `room` cannot be the name of a room, or nothing if it can. A room is '#' followed by letters,
// digits and _-.+[]{}|^ in any order.
[[nodiscard]] std::optional<NameFault> check_room(std::string_view room,
                                                  std::size_t max_bytes = kRoomMaxBytes);

// One sentence for the person who chose the name, saying what would be accepted. It quotes nothing
// of what was typed, so it is safe to send. `max_bytes` as in the check.
[[nodiscard]] std::string explain_nick(NameFault fault, std::size_t max_bytes = kNickMaxBytes);
[[nodiscard]] std::string explain_room(NameFault fault, std::size_t max_bytes = kRoomMaxBytes);

// The form under which names are compared and looked up: ASCII letters in lower case, all other
// bytes as they are (IRC calls this CASEMAPPING=ascii).
[[nodiscard]] std::string folded(std::string_view name);

}  // namespace server
