// The values of options: each is read whole, or refused in a sentence that says what is taken.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "client/load/assertion.hpp"
#include "client/load/message_sizes.hpp"
#include "core/address.hpp"
#include "core/time.hpp"

namespace load {

// Throws what parse_options() takes for a wrong command line, as all of these do.
[[noreturn]] void refuse(const std::string& sentence);

// A whole number, with nothing around it.
std::size_t parse_count(const std::string& name, const std::string& text, std::size_t least,
                        std::size_t most);
// Per second.
double parse_rate(const std::string& name, const std::string& text);
double parse_zipf(const std::string& text);
// A number, or a percentage of the clients.
std::size_t parse_share(const std::string& name, const std::string& text, std::size_t clients);
core::Duration parse_time(const std::string& name, const std::string& text, core::Duration least);
// Numeric, with a port.
core::Address parse_address(const std::string& name, const std::string& text,
                            std::string_view example);
MessageSizes parse_message_sizes(const std::string& text);
std::string parse_room(const std::string& text);
Assertion parse_assertion(const std::string& text);

}  // namespace load
