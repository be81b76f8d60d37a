// The rules, and beside them the sentences that tell them, made from the same constants so that
// what is said and what is checked cannot drift apart.
#include "server/names.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/ascii.hpp"
#include "core/assert.hpp"

namespace server {
namespace {

// What is accepted beside letters and digits; at the start of a nick beside letters alone.
constexpr std::string_view kNickMarks = "_-.[]{}|^";
constexpr std::string_view kNickStartMarks = "_[]{}|^";
constexpr std::string_view kRoomMarks = "_-.+[]{}|^";

constexpr std::string_view kGuestPrefix = "guest-";
constexpr std::array<std::string_view, 9> kReservedNicks = {
    "server", "hubbub", "system", "root", "admin", "operator", "everyone", "all", "me"};

constexpr bool contains(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

bool consists_of(std::string_view name, std::string_view marks) {
  return std::all_of(name.begin(), name.end(), [marks](char c) {
    return core::is_letter(c) || core::is_digit(c) || contains(marks, c);
  });
}

bool is_reserved(std::string_view nick) {
  const std::string name = folded(nick);
  if (std::find(kReservedNicks.begin(), kReservedNicks.end(), name) != kReservedNicks.end()) {
    return true;
  }
  if (!std::string_view(name).starts_with(kGuestPrefix)) return false;
  const std::string_view number = std::string_view(name).substr(kGuestPrefix.size());
  return !number.empty() && std::all_of(number.begin(), number.end(), core::is_digit);
}

std::string reserved_nicks_listed() {
  std::string list;
  for (const std::string_view nick : kReservedNicks) list.append(nick).append(", ");
  return list;
}

}  // namespace

std::optional<NameFault> check_nick(std::string_view nick, std::size_t max_bytes) {
  if (nick.empty()) return NameFault::kEmpty;
  if (nick.size() > max_bytes) return NameFault::kTooLong;
  if (!core::is_letter(nick.front()) && !contains(kNickStartMarks, nick.front())) {
    return NameFault::kBadStart;
  }
  if (!consists_of(nick, kNickMarks)) return NameFault::kBadCharacter;
  if (is_reserved(nick)) return NameFault::kReserved;
  return std::nullopt;
}

std::optional<NameFault> check_room(std::string_view room, std::size_t max_bytes) {
  if (room.empty() || room == "#") return NameFault::kEmpty;
  if (room.size() > max_bytes) return NameFault::kTooLong;
  if (room.front() != '#') return NameFault::kBadStart;
  if (!consists_of(room.substr(1), kRoomMarks)) return NameFault::kBadCharacter;
  return std::nullopt;
}

std::string explain_nick(NameFault fault, std::size_t max_bytes) {
  switch (fault) {
    case NameFault::kEmpty:
      return fmt::format("a nick has 1 to {} characters, such as alice", max_bytes);
    case NameFault::kTooLong:
      return fmt::format("that nick is too long: at most {} characters are accepted", max_bytes);
    case NameFault::kBadStart:
      return fmt::format("a nick begins with a letter or one of {}", kNickStartMarks);
    case NameFault::kBadCharacter:
      return fmt::format("a nick consists of the letters a-z and A-Z, digits and {}", kNickMarks);
    case NameFault::kReserved:
      return fmt::format("that nick is reserved: any other than {}{}<number> is accepted",
                         reserved_nicks_listed(), kGuestPrefix);
  }
  HUBBUB_ASSERT(false);
}

std::string explain_room(NameFault fault, std::size_t max_bytes) {
  switch (fault) {
    case NameFault::kEmpty:
      return fmt::format("a room is # and a name, {} characters at most, such as #lobby",
                         max_bytes);
    case NameFault::kTooLong:
      return fmt::format("that room is too long: at most {} characters are accepted, # included",
                         max_bytes);
    case NameFault::kBadStart:
      return "a room begins with #, such as #lobby";
    case NameFault::kBadCharacter:
      return fmt::format("a room consists of # and the letters a-z and A-Z, digits and {}",
                         kRoomMarks);
    case NameFault::kReserved:
      break;
  }
  HUBBUB_ASSERT(false);
}

std::string folded(std::string_view name) {
  return core::lowered(name);
}

}  // namespace server
