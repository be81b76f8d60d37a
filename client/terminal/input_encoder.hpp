// InputEncoder: a text from a file or a pipe, as lines for the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/line_splitter.hpp"

namespace client {

// Whether a line is the command to leave: /quit, or /q or /exit, with or without a reason.
bool asks_to_quit(std::string_view line);

// Lines end with LF, CR or CR LF, the last one also with the text; blank ones are left out. What
// core::sanitize takes out of a line is not sent: the server would take it out as well, or take it
// for editing, and only then look whether a / stands in front.
// Memory: constant, however long a line.
class InputEncoder {
 public:
  // What a / at the beginning of a line means.
  enum class Slash : std::uint8_t { kIsSaid, kBeginsCommand };

  // The server's most for limits.line: it refuses a longer line, so that it does not matter if a
  // character is cut in two there.
  static constexpr std::size_t kLineMost = 64 * 1024;

  explicit InputEncoder(Slash slash) : slash_(slash) {}

  // Appends what is to be sent for the lines that end in the next bytes of the text. Nothing behind
  // a command to leave.
  void feed(std::string_view bytes, std::string& out);

  // The end of the text: ends the line that has not ended yet.
  void finish(std::string& out);

  // A command to leave was among the lines.
  bool asked_to_quit() const { return asked_to_quit_; }

 private:
  void append(const core::LinePiece& piece, std::string& out);

  core::LineSplitter lines_{kLineMost};
  Slash slash_;
  bool inside_line_ = false;  // something of the line was appended
  bool quits_ = false;        // the line asks to quit
  bool asked_to_quit_ = false;
};

}  // namespace client
