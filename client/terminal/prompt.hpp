// The prompt: where the next line goes, and where something waits to be read.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "client/terminal/room_board.hpp"

namespace client {

// "[2 #ops 3, 3 #lobby 12!] #dev> ": in the second room 3 lines wait, in the third 12, and one of
// them is for us. Takes no more than half of `columns`, as wcwidth(3) counts them, so that there is
// space to type: first the rooms become one number ("[15!] #dev> "), then the name is cut.
std::string make_prompt(std::string_view room, bool offline,
                        std::span<const RoomBoard::Unread> unread, std::size_t columns);

// The question about a text of several lines, in place of the prompt: "say these 3 lines? Enter:
// yes, Ctrl-C: no> ", and shorter where that would take more than half of `columns`.
std::string make_question(std::size_t lines, std::size_t columns);

// The columns that a text takes, in the encoding of the locale; its longest beginning that fits.
std::size_t columns_of(std::string_view text);
std::string_view fitting(std::string_view text, std::size_t columns);

}  // namespace client
