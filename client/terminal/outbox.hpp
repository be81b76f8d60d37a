// Outbox: what was said and has not come back yet, so that a lost connection loses no line unseen.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/server_line.hpp"

namespace client {

// For a connection on which the server shows us our own lines (/echo on). They come back in the
// order in which they were said, so that one that came back answers for all before it.
// Limit: the newest kMost lines.
class Outbox {
 public:
  static constexpr std::size_t kMost = 1000;

  // A line as it was entered. Only one that says something is kept: plain, //, /me or /msg.
  void said(std::string_view line);

  // A line from the server; `own_nick` is ours.
  void observe(const ServerLine& line, std::string_view own_nick);

  // The connection has ended: what did not come back, oldest first, as it was entered. Whether the
  // server took it is not known.
  std::vector<std::string> take();

 private:
  struct Line {
    std::string entered;
    std::string text;  // as the server will show it, without blanks at its ends
  };
  std::deque<Line> lines_;
};

}  // namespace client
