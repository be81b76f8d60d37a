// Passwords on their way to the server: what must not stay on the screen, in the history, or among
// what is brought back after a lost connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace client {

// Whether one of the lines of what was typed is a command that takes a password.
bool holds_password(std::string_view typed);

// What the server wants the client to do with what is typed, in the words of telnet (RFC 857).
enum class EchoRequest { kHide, kShow };

// The request in a line as it came, which it stands at the end of; the line is left without it.
std::optional<EchoRequest> take_echo_request(std::string_view& line);

}  // namespace client
