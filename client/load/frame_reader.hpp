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

  // Calls take(frame, wire) for every frame that ends here; `wire` is all of it, as it was
  // received. Both are valid during the call. Frames are found by `frames`, which is a Dialect or
  // has a next() like one.
  template <class Frames, class Take>
  void feed(Frames& frames, std::string_view bytes, Take&& take) {
    if (skipping_) bytes.remove_prefix(skip(bytes));
    if (!rest_.empty()) bytes.remove_prefix(finish(frames, bytes, take));
    while (!bytes.empty()) {
      const auto frame = frames.next(bytes);
      if (frame.kind == Frame::Kind::kUnfinished) {
        rest_ = bytes;
        return give_up_if_too_long(take);
      }
      take(frame, bytes.substr(0, frame.bytes));
      bytes.remove_prefix(frame.bytes);
    }
  }

 private:
  static constexpr std::size_t kStep = 128;

  // Completes what is kept, usually one frame; where it turns out to make no sense, it may end
  // sooner than it was thought, and others stand behind it. Returns how many of the bytes that
  // took.
  template <class Frames, class Take>
  std::size_t finish(Frames& frames, std::string_view bytes, Take&& take) {
    std::size_t taken = 0;
    while (!rest_.empty() && taken < bytes.size()) {
      const std::size_t kept = rest_.size();
      // Little more than is needed, but for a long frame few steps: it is looked at in each.
      const std::string_view more = bytes.substr(taken, std::max(kept, kStep));
      rest_ += more;
      std::size_t done = 0;
      while (done < kept) {
        const std::string_view left = std::string_view(rest_).substr(done);
        const auto frame = frames.next(left);
        if (frame.kind == Frame::Kind::kUnfinished) break;
        take(frame, left.substr(0, frame.bytes));
        done += frame.bytes;
      }
      if (done >= kept) {
        rest_.clear();
        return taken + done - kept;
      }
      rest_.erase(0, done);
      taken += more.size();
      give_up_if_too_long(take);
      if (skipping_) return taken + skip(bytes.substr(taken));
    }
    return taken;
  }

  template <class Take>
  void give_up_if_too_long(Take&& take) {
    if (rest_.size() <= most_) return;
    take(Frame{.kind = Frame::Kind::kGarbage, .bytes = rest_.size(), .text = rest_}, rest_);
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
