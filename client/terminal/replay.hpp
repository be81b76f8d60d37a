// Replay: which lines of a room were said before the moment in which they are sent to us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "client/terminal/server_line.hpp"

namespace client {

// The server sends such a line as it was sent when it was said, but announces them: so many on
// entering a room ("the last 7 lines:"), so many when they are asked for ("the last 7 lines of
// #dev:", up to "end of history"). Lines of other rooms may come between.
class Replay {
 public:
  // How a line comes to be there.
  enum class Origin : std::uint8_t { kNew, kEntering, kHistory };

  // Each line of the server, in order.
  Origin observe(const ServerLine& line);

  // The announcement is of the room that was entered last.
  static bool announces(const ServerLine& line);

  // The room that the notices which follow an entering are about.
  const std::string& entered() const { return entered_; }

 private:
  void observe_notice(std::string_view text);
  void announced(std::string_view rest);
  Origin take(std::string_view room);

  std::string entered_;
  std::map<std::string, std::size_t> due_;  // lines of a room that was entered, by its name
  std::string listed_;                      // the room whose history was asked for
  std::size_t listed_due_ = 0;              // lines of it
};

}  // namespace client
