// Introduction: how a connection begins before its person has typed anything.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/terminal/server_line.hpp"

namespace client {

// Asks for our own lines (/echo on), so that what is on the screen is what was said; then for the
// nick and the rooms. Which of the server's answers are for the client alone is known here.
// One for each connection.
class Introduction {
 public:
  struct Wish {
    std::string nick;                // empty: any
    std::vector<std::string> rooms;  // the one to talk in first
    bool again = false;              // we had them a moment ago, on a connection that was lost
  };

  Introduction() = default;
  explicit Introduction(Wish wish) : wish_(std::move(wish)) {}

  // What is to be sent at the beginning.
  std::vector<std::string> lines() const;

  // A line of the server. True: it answers what the person did not ask, and is not to be shown.
  bool takes(const ServerLine& line);

  // The server shows us our own lines.
  bool hears_itself() const { return hears_itself_; }

  // The nick we had is taken still: most likely the server has not noticed yet that the connection
  // was lost, and it is worth asking again later.
  bool lacks_nick() const { return lacks_nick_; }
  std::string ask_for_nick() const { return "/nick " + wish_.nick; }
  const std::string& nick() const { return wish_.nick; }

 private:
  Wish wish_;
  bool echo_answered_ = false;
  bool hears_itself_ = false;
  bool lacks_nick_ = false;
};

}  // namespace client
