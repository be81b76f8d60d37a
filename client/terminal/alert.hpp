// Alerts: how a person who looks elsewhere learns that somebody speaks to them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/terminal/server_line.hpp"

namespace client {

// Which escape sequence a terminal takes for a desktop notification: 9 as in iTerm2, kitty, Windows
// Terminal and WezTerm, 777 as in urxvt, foot, VTE.
enum class Notification : std::uint8_t { kNone, kOsc9, kOsc777 };

struct AlertChoice {
  bool bell = false;
  Notification notification = Notification::kNone;
};

// Appends what makes the terminal ring or notify; nothing where nothing was chosen. The line is the
// server's, made safe before; what else could end or split the sequence is replaced here.
void append_alert(AlertChoice choice, const ServerLine& line, std::string& out);

}  // namespace client
