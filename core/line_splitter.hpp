// LineSplitter: bytes as they arrive, cut into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace core {

// A line, or a part of one that is longer than the limit. Only what begins its line may be read as
// one: whoever wrote the line chose where the other pieces begin.
struct LinePiece {
  std::string_view text;  // without the LF or CR LF that ends the line
  bool begins;            // false: it goes on where the piece before it stopped
  bool ends;              // false: the next piece goes on where it stops

  bool is_whole() const { return begins && ends; }
};

// For one stream of bytes. Lines are handed on where they lie in what was received; only one that
// is split between two receptions is copied.
// Memory: at most `most` bytes of an unfinished line. A longer line is handed on in pieces of that
// size (the last one is what is left), so that a peer that never ends a line costs nothing.
class LineSplitter {
 public:
  static constexpr std::size_t kLineMost = 16 * 1024;

  // `most`: bytes of a line before its LF, at least 1.
  explicit LineSplitter(std::size_t most = kLineMost) : most_(most) {}

  // Calls take(const LinePiece&) for every line that ends here and for every piece that is full.
  // The piece is valid during the call.
  template <class Take>
  void feed(std::string_view bytes, Take&& take) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      const std::size_t room = most_ - rest_.size();
      if (part.size() > room) {
        hand_on(part.substr(0, room), false, take);
        bytes.remove_prefix(room);
      } else if (end == std::string_view::npos) {
        rest_ += part;
        return;
      } else {
        hand_on(part, true, take);
        bytes.remove_prefix(end + 1);
      }
    }
  }

  // The end of the stream: hands on the line that has not ended, as if it had. What is fed after
  // that is another stream.
  template <class Take>
  void finish(Take&& take) {
    if (!rest_.empty()) hand_on({}, true, take);
  }

  // The bytes that are kept of the line that has not ended yet.
  std::string_view rest() const { return rest_; }

 private:
  template <class Take>
  void hand_on(std::string_view part, bool ends, Take& take) {
    if (!rest_.empty()) part = rest_ += part;
    if (ends && part.ends_with('\r')) part.remove_suffix(1);
    take(LinePiece{part, begins_, ends});
    begins_ = ends;
    rest_.clear();
  }

  std::string rest_;
  std::size_t most_;
  bool begins_ = true;  // what is handed on next begins a line
};

}  // namespace core
