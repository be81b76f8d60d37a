// The input side of the chat dialect: bytes from telnet, nc or hubbub to commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/dialect.hpp"
#include "server/line_input.hpp"
#include "server/opening.hpp"

namespace server {

// One per connection, on the connection's thread; it never fails. Lines are found by LineInput,
// made safe to show by `sanitize` and read by `parse_chat_line`; a line too long is refused with
// event::LineTooLong; telnet requests are answered with command::Reply.
//
// A client of another protocol (server/opening.hpp) gets command::WrongProtocol once; whatever it
// sends besides is swallowed.
//
// A command may refer to `bytes` itself, so it is valid no longer than they are, and no longer than
// until the next call of any dialect on this thread: what it refers to besides is kept once for all
// of them. Text is at most kSanitizedBytesPerByte times as long as a line may be.
//
// Memory. Nothing is held on the heap but an unfinished line.
class ChatDialect final : public Dialect {
 public:
  // 1 <= max_line_bytes < 4 GiB; the line end does not count.
  explicit ChatDialect(std::size_t max_line_bytes) : lines_(max_line_bytes) {}

  std::optional<Command> next(std::string_view& bytes) override;
  void expect_password() override;

  // Heap bytes held at the moment.
  [[nodiscard]] std::size_t heap_bytes() const { return lines_.heap_bytes(); }

 private:
  std::optional<Command> command_of(const InputEvent& input);
  std::optional<Command> command_in(std::string_view line);

  [[no_unique_address]] LineInput lines_;
  Opening opening_;
  bool is_foreign_ : 1 = false;
  bool expects_password_ : 1 = false;
};

}  // namespace server
