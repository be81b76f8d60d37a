// The answers are told apart by how they begin, as in session_view.cpp.
#include "client/terminal/introduction.hpp"

#include <ranges>

namespace client {

std::vector<std::string> Introduction::lines() const {
  std::vector<std::string> lines{"/echo on"};
  if (!wish_.nick.empty()) lines.push_back(ask_for_nick());
  for (const std::string& room : wish_.rooms | std::views::reverse)
    lines.push_back("/join " + room);
  return lines;
}

bool Introduction::takes(const ServerLine& line) {
  const bool is_error = line.kind == LineKind::kError;
  const bool echo_is_on = line.kind == LineKind::kNotice && line.text.starts_with("echo is on");
  const bool echo_is_off = line.kind == LineKind::kNotice && line.text.starts_with("echo is off");
  const bool has_no_echo = is_error && line.text.starts_with("there is no command /echo");
  if (echo_is_on) hears_itself_ = true;
  if (echo_is_off) hears_itself_ = false;
  if (echo_is_on || has_no_echo) return !std::exchange(echo_answered_, true);

  if (line.kind == LineKind::kNotice && line.text.starts_with("you are now known as ")) {
    lacks_nick_ = false;
  }
  const std::string taken = "the name " + wish_.nick + " is taken";
  if (!is_error || !wish_.again || !begins_with_name(line.text, taken)) return false;
  lacks_nick_ = true;
  return true;
}

}  // namespace client
