// QuitFinder: notices in a text on its way to the server where it asks to leave.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace client {

// Whether a line is the command to leave: /quit, or /q or /exit, with or without a reason.
bool asks_to_quit(std::string_view line);

// Memory: the beginning of one line, however long the text.
class QuitFinder {
 public:
  // The position behind the first line in `bytes` that asks to quit; nothing if there is none.
  std::optional<std::size_t> feed(std::string_view bytes);

  // The text so far ends inside a line.
  bool inside_line() const { return inside_line_; }

 private:
  std::string head_;  // of the line that has not ended yet
  bool inside_line_ = false;
};

}  // namespace client
