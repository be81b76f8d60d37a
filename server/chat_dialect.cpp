// A plain line, the common case, goes from the input to the command without a copy.
#include "server/chat_dialect.hpp"

#include <string>
#include <utility>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "server/chat_commands.hpp"
#include "server/names.hpp"

namespace server {
namespace {

static_assert(sizeof(ChatDialect) <= 40, "one per connection");

// What the last command refers to, if not to the input.
thread_local std::string kept_text;  // a line that had to be changed to be safe
thread_local std::string kept_room;  // a room completed with its '#'

}  // namespace

std::optional<Command> ChatDialect::next(std::string_view& bytes) {
  while (!is_foreign_) {
    const std::string_view untaken = bytes;
    const std::optional<InputEvent> input = lines_.next(bytes);
    if (!opening_.is_over()) {
      const std::string_view taken = untaken.substr(0, untaken.size() - bytes.size());
      if (const auto wrong = opening_.observe(taken, input)) {
        is_foreign_ = true;
        bytes = {};
        return *wrong;
      }
    }
    if (!input) return std::nullopt;
    if (std::optional<Command> command = command_of(*input)) return command;
  }
  bytes = {};
  return std::nullopt;
}

// Only telnet answers to the request that the encoder made of event::PasswordWanted.
void ChatDialect::expect_password() {
  expects_password_ = true;
  lines_.echo_offered();
}

std::optional<Command> ChatDialect::command_of(const InputEvent& input) {
  switch (input.kind) {
    case InputEvent::Kind::kLine:
      if (expects_password_) {
        expects_password_ = false;
        const bool given = folded(input.text) != "/cancel";
        return command::GivePassword{given ? input.text : std::string_view()};
      }
      return command_in(input.text);
    case InputEvent::Kind::kTooLong:
      return command::Refuse{event::LineTooLong{lines_.max_line_bytes()}};
    case InputEvent::Kind::kReply:
      return command::Reply{input.text};
  }
  HUBBUB_ASSERT(false);
}

std::optional<Command> ChatDialect::command_in(std::string_view line) {
  if (core::is_plain(line)) return parse_chat_line(line, kept_room);
  kept_text.clear();
  core::sanitize(line, kept_text);
  return parse_chat_line(kept_text, kept_room);
}

}  // namespace server
