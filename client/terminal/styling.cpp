// Attributes only, no colours: they suit any background.
#include "client/terminal/styling.hpp"

#include <cstdlib>

namespace client {
namespace {

constexpr std::string_view kDim = "\x1B[2m";
constexpr std::string_view kBold = "\x1B[1m";
constexpr std::string_view kPlain = "\x1B[0m";

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

}  // namespace

bool wants_style() {
  const std::string_view terminal = environment("TERM");
  return environment("NO_COLOR").empty() && !terminal.empty() && terminal != "dumb";
}

void append_styled_notice(std::string_view notice, std::string& out) {
  out.append(kDim).append(notice).append(kPlain);
}

void append_styled(std::string_view line, const ServerLine& parts, std::string_view own_nick,
                   std::string& out) {
  if (parts.kind == LineKind::kNotice || parts.kind == LineKind::kRoomNotice) {
    return append_styled_notice(line, out);
  }
  const bool by_somebody = (parts.kind == LineKind::kSaid || parts.kind == LineKind::kActed) &&
                           !same_name(parts.nick, own_nick);
  const std::size_t mention =
      by_somebody ? find_mention(parts.text, own_nick) : std::string_view::npos;
  if (mention == std::string_view::npos) {
    out += line;
    return;
  }
  const std::size_t begin = line.size() - parts.text.size() + mention;  // the text ends the line
  out += line.substr(0, begin);
  out.append(kBold).append(line.substr(begin, own_nick.size())).append(kPlain);
  out += line.substr(begin + own_nick.size());
}

}  // namespace client
