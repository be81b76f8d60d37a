// A line of the server as an object of JSON, for scripts.
#pragma once

#include <string>

#include "client/terminal/replay.hpp"
#include "client/terminal/server_line.hpp"

namespace client {

// Appends one line: {"kind": "said", "time": "12:03", "room": "#lobby", "nick": "alice", "text":
// "hello"}. `kind` is said, acted, room_notice, told, notice, error or other; `time`, `room` and
// `nick` are there where the line has them; `history` is there, and true, where it was said before.
void append_json(const ServerLine& line, Replay::Origin origin, std::string& out);

// The further pieces of a line too long to be shown in one: {"kind": "continued", "text": "..."}.
void append_json_continuation(std::string_view text, std::string& out);

}  // namespace client
