// The chat dialect's words for partings.
#pragma once

#include <string_view>

#include "server/parting.hpp"

namespace server {

// As those who stay read it, in brackets behind "left"; empty: nothing is to be said.
std::string_view seen_by_others(const Parting& parting);
// As who goes reads it, behind "goodbye"; empty: it knows.
std::string_view told_at_parting(const Parting& parting);

}  // namespace server
