// Input alternates between runs of text, found eight bytes at a time and moved in one piece, and
// single bytes that mean something, which are looked at one by one. A line that is one run and
// its end, the common case, goes straight from the input to the caller.
#include "server/line_input.hpp"

#include <utility>

#include "core/assert.hpp"
#include "core/text.hpp"

namespace server {
namespace {

constexpr char kNul = '\0';
constexpr char kBackspace = '\b';
constexpr char kDelete = '\x7F';
constexpr char kTelnetEscape = static_cast<char>(Telnet::kInterpretAsCommand);

static_assert(sizeof(LineInput) <= 24, "one per connection");

constexpr bool is_line_end(char byte) {
  return byte == '\n' || byte == '\r';
}

constexpr bool is_special(char byte) {
  return is_line_end(byte) || byte == kNul || byte == kBackspace || byte == kDelete ||
         byte == kTelnetEscape;
}

// Length of the text at the front of `bytes`: what can be added to a line unseen. Controls without
// a meaning here are text; they are rare enough to pay for a new scan each.
std::size_t text_prefix(std::string_view bytes) {
  std::size_t at = core::ordinary_prefix(bytes);
  while (at < bytes.size() && !is_special(bytes[at])) {
    ++at;
    at += core::ordinary_prefix(bytes.substr(at));
  }
  return at;
}

}  // namespace

std::optional<InputEvent> LineInput::next(std::string_view& bytes) {
  editor_.release_finished();
  while (!bytes.empty()) {
    const std::string_view text =
        telnet_.in_text() ? bytes.substr(0, text_prefix(bytes)) : std::string_view();
    bytes.remove_prefix(text.size());

    std::optional<InputEvent> event;
    if (text.empty()) {
      const char byte = bytes.front();
      bytes.remove_prefix(1);
      const bool is_text = telnet_.in_text() && byte != kTelnetEscape;
      event = is_text ? text_byte(byte) : command_byte(byte);
    } else if (!bytes.empty() && is_line_end(bytes.front()) && editor_.is_whole_line(text)) {
      after_carriage_return_ = bytes.front() == '\r';
      bytes.remove_prefix(1);
      return InputEvent{InputEvent::Kind::kLine, text};
    } else {
      event = text_run(text);
    }
    if (event) return event;
  }
  return std::nullopt;
}

std::optional<InputEvent> LineInput::text_run(std::string_view text) {
  after_carriage_return_ = false;
  if (editor_.append(text)) return std::nullopt;
  return InputEvent{InputEvent::Kind::kTooLong};
}

std::optional<InputEvent> LineInput::text_byte(char byte) {
  const bool after_carriage_return = std::exchange(after_carriage_return_, byte == '\r');
  switch (byte) {
    case '\n':
      return after_carriage_return ? std::nullopt : line_end();
    case '\r':
      return line_end();
    case kNul:
      return std::nullopt;
    case kBackspace:
    case kDelete:
      editor_.erase_character();
      return std::nullopt;
    default:
      return text_run({&byte, 1});
  }
}

std::optional<InputEvent> LineInput::command_byte(char byte) {
  const TelnetOutcome outcome = telnet_.step(static_cast<std::uint8_t>(byte));
  switch (outcome.kind) {
    case TelnetOutcome::Kind::kText:
      return text_byte(byte);
    case TelnetOutcome::Kind::kReply:
      return InputEvent{InputEvent::Kind::kReply, outcome.reply};
    case TelnetOutcome::Kind::kEraseCharacter:
      editor_.erase_character();
      return std::nullopt;
    case TelnetOutcome::Kind::kEraseLine:
      editor_.erase_line();
      return std::nullopt;
    case TelnetOutcome::Kind::kSwallowed:
      return std::nullopt;
  }
  HUBBUB_ASSERT(false);
}

std::optional<InputEvent> LineInput::line_end() {
  const std::optional<std::string_view> line = editor_.finish();
  if (!line) return std::nullopt;
  return InputEvent{InputEvent::Kind::kLine, *line};
}

}  // namespace server
