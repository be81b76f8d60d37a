// How a line looks: notices dim, each nick in a colour of its own, a mention of oneself bold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/terminal/server_line.hpp"

namespace client {

enum class ColourChoice : std::uint8_t { kAuto, kAlways, kNever };

// What the terminal on standard output can do and its user wants.
enum class Colours : std::uint8_t { kNone, kEight, kMany };

// kAuto: none when NO_COLOR is set and not empty (no-color.org), when TERM is dumb or missing; many
// where TERM or COLORTERM promise 256 or more. kAlways does not ask NO_COLOR or TERM whether.
Colours terminal_colours(ColourChoice choice);

// Adds escape sequences of attributes and colours, nothing that moves a cursor. Thread: any.
class Styling {
 public:
  explicit Styling(Colours colours) : colours_(colours) {}

  // Appends `line`, of which `parts` are views.
  void append(std::string_view line, const ServerLine& parts, std::string_view own_nick,
              std::string& out) const;

  // Appends a notice of the client's own.
  void append_notice(std::string_view notice, std::string& out) const;

  // The sequence that begins a nick's colour: the same for a name wherever and whenever it is seen,
  // whatever its case. Empty without colours.
  std::string nick_colour(std::string_view nick) const;

 private:
  Colours colours_;
};

// Whether somebody else says our nick, or tells us something in private.
bool concerns_us(const ServerLine& parts, std::string_view own_nick);

}  // namespace client
