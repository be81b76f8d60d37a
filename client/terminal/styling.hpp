// The little colour there is: notices dim, one's own nick bold where somebody mentions it.
#pragma once

#include <string>
#include <string_view>

#include "client/terminal/server_line.hpp"

namespace client {

// Whether the terminal on standard output wants any: not when NO_COLOR is set and not empty
// (no-color.org), nor when TERM is dumb or missing.
bool wants_style();

// Appends `line`, of which `parts` are views, with escape sequences around what stands out.
void append_styled(std::string_view line, const ServerLine& parts, std::string_view own_nick,
                   std::string& out);

// Appends a notice of the client's own, dim.
void append_styled_notice(std::string_view notice, std::string& out);

}  // namespace client
