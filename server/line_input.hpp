// From the bytes of a chat connection to lines: telnet commands taken out, erased characters
// erased, line ends of every kind understood. The bytes of a line are otherwise as they came;
// core/text.hpp makes them safe to show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/line_editor.hpp"
#include "server/telnet.hpp"

namespace server {

struct InputEvent {
  enum class Kind : std::uint8_t {
    kLine,     // `text` is a complete line, without its end; may be empty
    kTooLong,  // the current line passed the limit; it is dropped up to its end
    kReply,    // `text` must be sent to the client as it is
  };
  Kind kind;
  std::string_view text = {};
};

// The input side of one chat connection. Bytes may arrive split anywhere: the events are the same.
// One connection, one LineInput, one thread; it never fails.
//
// Line ends are LF, CR LF, CR NUL and CR followed by anything else, which then begins the next
// line. BS and DEL erase the last UTF-8 character, as does telnet's EC; EL erases the line. NUL is
// dropped (RFC 854: no operation). Everything else, controls included, is part of the line.
//
// Limit: see LineEditor. Besides the unfinished line nothing is stored, and every event costs at
// least one byte of input.
//
// A line that lies in one piece in the input, with nothing to edit, is not copied: its text points
// into the input. Any text is valid until the next call, and no longer than the input.
class LineInput {
 public:
  // 1 <= max_line_bytes < 4 GiB; the line end does not count.
  explicit LineInput(std::size_t max_line_bytes) : editor_(max_line_bytes) {}

  // Takes bytes from the front of `bytes` up to the next event. Nothing once all are taken.
  [[nodiscard]] std::optional<InputEvent> next(std::string_view& bytes);

  // Calls `handle(const InputEvent&)` for event after event until it returns false or the bytes
  // are used up. Returns how many bytes were taken: a later call continues with the others.
  template <typename Handler>
  std::size_t feed(std::string_view bytes, Handler&& handle) {
    std::string_view rest = bytes;
    while (const std::optional<InputEvent> event = next(rest)) {
      if (!handle(*event)) break;
    }
    return bytes.size() - rest.size();
  }

  void echo_offered() { telnet_.echo_offered(); }

  [[nodiscard]] std::uint32_t max_line_bytes() const { return editor_.max_bytes(); }

  // Heap bytes held for an unfinished line.
  [[nodiscard]] std::size_t heap_bytes() const { return editor_.heap_bytes(); }

 private:
  std::optional<InputEvent> text_run(std::string_view text);
  std::optional<InputEvent> text_byte(char byte);
  std::optional<InputEvent> command_byte(char byte);
  std::optional<InputEvent> line_end();

  [[no_unique_address]] LineEditor editor_;
  [[no_unique_address]] Telnet telnet_;
  bool after_carriage_return_ = false;  // a line feed now belongs to the line end before it
};

}  // namespace server
