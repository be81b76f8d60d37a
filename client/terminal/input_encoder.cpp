// A line is made safe before anything is decided about it, as the server does.
#include "client/terminal/input_encoder.hpp"

#include <algorithm>

#include "client/terminal/server_line.hpp"
#include "core/text.hpp"

namespace client {

bool asks_to_quit(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return same_name(word, "/quit") || same_name(word, "/q") || same_name(word, "/exit");
}

void InputEncoder::feed(std::string_view bytes, std::string& out) {
  std::string text(bytes);
  std::replace(text.begin(), text.end(), '\r', '\n');  // CR LF: a blank line more, left out
  lines_.feed(text, [&](const core::LinePiece& piece) { append(piece, out); });
}

void InputEncoder::finish(std::string& out) {
  lines_.finish([&](const core::LinePiece& piece) { append(piece, out); });
}

void InputEncoder::append(const core::LinePiece& piece, std::string& out) {
  if (asked_to_quit_) return;
  const std::size_t begin = out.size();
  core::sanitize(piece.text, out);
  if (!inside_line_ && out.size() > begin) {
    inside_line_ = true;
    if (slash_ == Slash::kBeginsCommand) {
      quits_ = asks_to_quit(std::string_view(out).substr(begin));
    } else if (out[begin] == '/') {
      out.insert(begin, 1, '/');
    }
  }
  if (!piece.ends || !inside_line_) return;
  out += "\r\n";
  inside_line_ = false;
  asked_to_quit_ = quits_;
}

}  // namespace client
