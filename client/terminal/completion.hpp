// What TAB offers: commands, rooms and the nicks of those who spoke or came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/session_view.hpp"

namespace client {

// The words that may stand in place of the last word of `before`, the line up to the cursor.
// A nick at the beginning of the line is offered as an address: "alice:".
std::vector<std::string> complete(std::string_view before, const SessionView& session);

}  // namespace client
