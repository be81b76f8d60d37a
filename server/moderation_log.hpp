// The log of moderation: who did what to whom, and who tried without the right. Never what people
// say.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "server/user.hpp"

namespace server {

// Empty where a deed has none.
struct Deed {
  std::string_view act;
  const User& by;
  std::string_view whom{};  // a nick
  std::string_view room{};
  std::string address{};  // or network, of whom it is done to
  std::string_view reason{};
  std::time_t until = 0;     // seconds since the epoch
  std::string_view value{};  // what something is set to
};

// One line: moderation act=kick by=alice from=192.0.2.1:4000 whom=bob room=#tea address=...
// reason="..."
void log_deed(const Deed& deed);

// One line, with the command as its act: moderation refused act=kick by=... room=...
void log_refused_deed(std::string_view act, const User& by, std::string_view room);

}  // namespace server
