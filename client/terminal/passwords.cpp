// The commands are those of the server that take a password.
#include "client/terminal/passwords.hpp"

#include <algorithm>
#include <array>

#include "client/terminal/server_line.hpp"

namespace client {
namespace {

constexpr std::array<std::string_view, 5> kTakePassword = {"/login", "/oper", "/password",
                                                           "/register", "/unregister"};

constexpr std::string_view kWillEcho = "\xFF\xFB\x01";
constexpr std::string_view kWontEcho = "\xFF\xFC\x01";

bool take_end(std::string_view& line, std::string_view end) {
  if (!line.ends_with(end)) return false;
  line.remove_suffix(end.size());
  return true;
}

}  // namespace

bool holds_password(std::string_view typed) {
  while (!typed.empty()) {
    const std::string_view line = typed.substr(0, typed.find('\n'));
    typed.remove_prefix(std::min(line.size() + 1, typed.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
    const bool takes_one =
        std::any_of(kTakePassword.begin(), kTakePassword.end(),
                    [word](std::string_view command) { return same_name(command, word); });
    if (takes_one) return true;
  }
  return false;
}

std::optional<EchoRequest> take_echo_request(std::string_view& line) {
  if (take_end(line, kWillEcho)) return EchoRequest::kHide;
  if (take_end(line, kWontEcho)) return EchoRequest::kShow;
  return std::nullopt;
}

}  // namespace client
