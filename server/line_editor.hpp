// The line somebody is in the middle of typing: what arrived of it, minus what was erased again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace server {

// Holds one unfinished line of at most `max_bytes` bytes. Knows neither the network nor line
// ends: server/line_input.hpp drives it.
//
// Memory. Tens of thousands of these exist and nearly all are empty nearly always, so anything on
// the heap lives only while it holds something: it grows with the line, never beyond the limit,
// and goes with the line.
//
// Limit. A line that at any moment holds more than `max_bytes` is dropped there and then, which
// `append` reports once, and whatever follows is dropped up to its end: half a line is never
// taken for a line. Erasing characters does not revive it, erasing the line does.
class LineEditor {
 public:
  // 1 <= max_bytes < 4 GiB.
  explicit LineEditor(std::size_t max_bytes);

  // True when `text`, followed by a line end, would be the whole line: nothing precedes it and it
  // is within the limit. The caller may then use it in place instead of append and finish.
  [[nodiscard]] bool is_whole_line(std::string_view text) const {
    return state_ == State::kTyping && !partial_ && text.size() <= max_bytes_;
  }

  // False exactly once per line that grows too long: when it does.
  [[nodiscard]] bool append(std::string_view text);

  // Takes back the last UTF-8 character, if there is one.
  void erase_character();

  // Takes back everything: a new line begins.
  void erase_line();

  // Ends the line. Nothing if it was too long. The text is valid, and its memory held, until the
  // next call that is not const.
  [[nodiscard]] std::optional<std::string_view> finish();

  // Lets go of the text that finish gave, if it still is there.
  void release_finished();

  [[nodiscard]] std::uint32_t max_bytes() const { return max_bytes_; }

  // Bytes of the line that are held on the heap at the moment, besides the string that has them.
  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  enum class State : std::uint8_t {
    kTyping,    // partial_ is the line so far
    kTooLong,   // dropping up to the end of the line
    kFinished,  // partial_ is a line that was handed out
  };

  std::string_view typed() const { return partial_ ? std::string_view(*partial_) : ""; }
  void grow_for(std::size_t bytes);

  std::unique_ptr<std::string> partial_;  // null: nothing
  std::uint32_t max_bytes_;
  State state_ = State::kTyping;
};

}  // namespace server
