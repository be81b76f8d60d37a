// Bytes as they arrive, cut into what a server says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "client/load/dialect.hpp"
#include "core/assert.hpp"

namespace load {

// For one connection. Frames are handed on where they lie in what was received; only one that is
// split between two receptions is copied.
// Memory: at most twice `most` bytes. A frame that grows beyond is handed on as garbage, once, and
// reading goes on behind the next line end; so it does behind what cannot be understood.
class FrameReader {
 public:
  explicit FrameReader(std::size_t most) : most_(most) {}

  // Calls take(const Frame&) for every frame that ends here. The frame is valid during the call.
  template <class Take>
  void feed(const Dialect& dialect, std::string_view bytes, Take&& take) {
    if (skipping_) bytes.remove_prefix(skip(bytes));
    if (!rest_.empty()) bytes.remove_prefix(finish(dialect, bytes, take));
    while (!bytes.empty()) {
      const Frame frame = dialect.next(bytes);
      if (frame.kind == Frame::Kind::kUnfinished) {
        rest_ = bytes;
        return give_up_if_too_long(take);
      }
      take(frame);
      bytes.remove_prefix(frame.bytes);
    }
  }

 private:
  static constexpr std::size_t kStep = 128;

  // Completes the frame that is kept. Returns how many of the bytes that took.
  template <class Take>
  std::size_t finish(const Dialect& dialect, std::string_view bytes, Take&& take) {
    std::size_t taken = 0;
    while (!rest_.empty() && taken < bytes.size()) {
      const std::size_t before = rest_.size();
      // Little more than is needed, but for a long frame few steps: it is looked at in each.
      const std::string_view more = bytes.substr(taken, std::max(before, kStep));
      rest_ += more;
      const Frame frame = dialect.next(rest_);
      if (frame.kind == Frame::Kind::kUnfinished) {
        taken += more.size();
        give_up_if_too_long(take);
        if (skipping_) return taken + skip(bytes.substr(taken));
        continue;
      }
      HUBBUB_ASSERT(frame.bytes > before);
      taken += frame.bytes - before;
      take(frame);
      rest_.clear();
    }
    return taken;
  }

  template <class Take>
  void give_up_if_too_long(Take&& take) {
    if (rest_.size() <= most_) return;
    take(Frame{.kind = Frame::Kind::kGarbage, .bytes = rest_.size(), .text = rest_});
    rest_.clear();
    skipping_ = true;
  }

  std::size_t skip(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    skipping_ = end == std::string_view::npos;
    return skipping_ ? bytes.size() : end + 1;
  }

  std::string rest_;
  std::size_t most_;
  bool skipping_ = false;
};

}  // namespace load
