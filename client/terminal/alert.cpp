// Two sequences, both ended by BEL.
#include "client/terminal/alert.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.hpp"

namespace client {
namespace {

constexpr char kBell = '\a';
constexpr std::size_t kShownMost = 200;  // bytes of a text; a notification is a glance

// Not cut within a character.
std::string glance(std::string_view text) {
  std::string shown;
  core::sanitize(text.substr(0, kShownMost), shown);
  std::replace(shown.begin(), shown.end(), ';', ',');
  return shown;
}

}  // namespace

void append_alert(AlertChoice choice, const ServerLine& line, std::string& out) {
  if (choice.bell) out += kBell;
  const std::string who = line.room.empty()
                              ? glance(line.nick)
                              : fmt::format("{} in {}", glance(line.nick), glance(line.room));
  switch (choice.notification) {
    case Notification::kNone:
      return;
    case Notification::kOsc9:
      out += fmt::format("\x1B]9;{}: {}{}", who, glance(line.text), kBell);
      return;
    case Notification::kOsc777:
      out += fmt::format("\x1B]777;notify;{};{}{}", who, glance(line.text), kBell);
      return;
  }
}

}  // namespace client
