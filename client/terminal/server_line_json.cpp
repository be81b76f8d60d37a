// The schema is described in client/README.md: names stay, new ones may come.
#include "client/terminal/server_line_json.hpp"

#include "core/text.hpp"

namespace client {
namespace {

std::string_view name_of(LineKind kind) {
  switch (kind) {
    case LineKind::kSaid:
      return "said";
    case LineKind::kActed:
      return "acted";
    case LineKind::kRoomNotice:
      return "room_notice";
    case LineKind::kTold:
      return "told";
    case LineKind::kNotice:
      return "notice";
    case LineKind::kError:
      return "error";
    case LineKind::kOther:
      return "other";
  }
  return "other";
}

void append_member(std::string_view name, std::string_view value, std::string& out) {
  out += out.ends_with('{') ? "" : ", ";
  core::append_json_string(name, out);
  out += ": ";
  core::append_json_string(value, out);
}

}  // namespace

void append_json(const ServerLine& line, Replay::Origin origin, std::string& out) {
  out += '{';
  append_member("kind", name_of(line.kind), out);
  if (!line.time.empty()) append_member("time", line.time, out);
  if (!line.room.empty()) append_member("room", line.room, out);
  if (!line.nick.empty()) append_member("nick", line.nick, out);
  append_member("text", line.text, out);
  if (origin != Replay::Origin::kNew) out += ", \"history\": true";
  out += "}\n";
}

void append_json_continuation(std::string_view text, std::string& out) {
  out += '{';
  append_member("kind", "continued", out);
  append_member("text", text, out);
  out += "}\n";
}

}  // namespace client
