// Telling apart the lines of an IRC server: `:prefix COMMAND parameters :last parameter`.
#include "client/load/irc_dialect.hpp"

#include <algorithm>
#include <cstddef>
#include <random>

#include <fmt/format.h>

#include "client/load/line_frame.hpp"

namespace load {
namespace {

constexpr std::string_view kMessage = "PRIVMSG ";
constexpr unsigned kSerialBits = 20;    // with the tag's, less than 36^8
constexpr std::size_t kLineMost = 512;  // RFC 2812 section 2.3, with the line end
constexpr std::size_t kRoomMost = 32;
constexpr std::size_t kPrefixMost = 1 + 32 + 64;  // ":nick!user@host ", generously

// The line behind its prefix, if it has one.
std::string_view behind_prefix(std::string_view line) {
  if (!line.starts_with(':')) return line;
  line.remove_prefix(std::min(line.find(' '), line.size()));
  while (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

// The word behind so many others.
std::string_view parameter(std::string_view text, int before) {
  for (; before > 0; --before) {
    text.remove_prefix(std::min(text.find(' '), text.size()));
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return first_word(text);
}

}  // namespace

std::size_t IrcDialect::text_most() const {
  return kLineMost - kPrefixMost - kRoomMost - before_text({}, 0).size() - after_text().size();
}

// By chance and not by the process's number: testers in containers, or on several machines, have
// the same numbers.
std::uint32_t IrcDialect::process_tag() {
  static const std::uint32_t tag = std::random_device()() % (1U << kTagBits);
  return tag;
}

// Nine characters are what RFC 2812 allows a nick: a letter, and eight of 36 (digits and letters
// without regard to case) for the tag and the number of the connection.
std::string IrcDialect::hello(std::size_t serial) const {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::uint64_t number = std::uint64_t{tag_} << kSerialBits | serial % (1U << kSerialBits);
  std::string nick = "h00000000";
  for (std::size_t at = nick.size() - 1; number > 0; --at) {
    nick[at] = kDigits[number % kDigits.size()];
    number /= kDigits.size();
  }
  return fmt::format("NICK {}\r\nUSER load 0 * :hubbub-load\r\n", nick);
}

std::string IrcDialect::join(std::string_view room) const {
  return fmt::format("JOIN {}\r\n", room);
}

std::string IrcDialect::leave(std::string_view room) const {
  return fmt::format("PART {}\r\nPING :{}\r\n", room, room);
}

std::string IrcDialect::before_text(std::string_view room, std::size_t) const {
  return fmt::format("PRIVMSG {} :", room);
}

Frame IrcDialect::next(std::string_view bytes) const {
  Frame frame = line_frame(bytes);
  const std::string_view rest = behind_prefix(frame.text);
  if (!rest.starts_with(kMessage)) return frame;
  const std::string_view room = first_word(rest.substr(kMessage.size()));
  const std::size_t text = kMessage.size() + room.size() + std::string_view(" :").size();
  if (rest.size() < text || rest[text - 1] != ':') return frame;
  frame.kind = Frame::Kind::kMessage;
  frame.room = room;
  frame.text = rest.substr(text);
  return frame;
}

// Numeric answers are three digits: 001 welcomes, 366 ends the list of a room's members, which a
// new member is sent last, and those from 400 on are errors (422 only says that there is no message
// of the day).
Notice IrcDialect::notice(std::string_view line) const {
  const std::string_view rest = behind_prefix(line);
  const std::string_view command = first_word(rest);
  if (command == "PING") {
    return {.kind = Notice::Kind::kAsked,
            .answer = "PONG" + std::string(rest.substr(command.size())) + "\r\n"};
  }
  if (command == "001") return {.kind = Notice::Kind::kWelcome};
  if (command == "366") {
    return {.kind = Notice::Kind::kConfirmed, .room = parameter(rest, 2)};
  }
  if (command == "PONG") {
    std::string_view room = parameter(rest, 2);
    if (room.starts_with(':')) room.remove_prefix(1);
    return {.kind = Notice::Kind::kLeft, .room = room};
  }
  const bool numeric = command.size() == 3 && command >= "400" && command <= "599";
  if (command == "ERROR" || (numeric && command != "422")) {
    return {.kind = Notice::Kind::kRefused};
  }
  return {};
}

}  // namespace load
