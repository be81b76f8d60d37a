// A plain line, the common case, goes from the input to the command without a copy.
#include "server/chat_dialect.hpp"

#include "core/assert.hpp"
#include "core/text.hpp"
#include "server/chat_commands.hpp"

namespace server {
namespace {

static_assert(sizeof(ChatDialect) <= 136, "one per connection");

std::size_t heap_bytes_of(const std::string& text) {
  const std::size_t inside_object = std::string().capacity();
  return text.capacity() > inside_object ? text.capacity() : 0;
}

// Assigning an empty string or calling clear() would keep the heap block.
void release(std::string& text) {
  if (!text.empty() || heap_bytes_of(text) > 0) std::string().swap(text);
}

}  // namespace

std::optional<Command> ChatDialect::next(std::string_view& bytes) {
  release_command();
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

std::size_t ChatDialect::heap_bytes() const {
  return lines_.heap_bytes() + heap_bytes_of(text_) + heap_bytes_of(room_);
}

std::optional<Command> ChatDialect::command_of(const InputEvent& input) {
  switch (input.kind) {
    case InputEvent::Kind::kLine:
      return command_in(input.text);
    case InputEvent::Kind::kTooLong:
      return command::Refuse{event::LineTooLong{max_line_bytes_}};
    case InputEvent::Kind::kReply:
      return command::Reply{input.text};
  }
  HUBBUB_ASSERT(false);
}

std::optional<Command> ChatDialect::command_in(std::string_view line) {
  if (core::is_plain(line)) return parse_chat_line(line, room_);
  release(text_);
  core::sanitize(line, text_);
  return parse_chat_line(text_, room_);
}

void ChatDialect::release_command() {
  release(text_);
  release(room_);
}

}  // namespace server
