// What was said lately, as it was sent. In a fan-out everybody is sent the same: what was read when
// it came to one is only compared when it comes to the others, at a quarter of the cost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "client/load/payload.hpp"

namespace load {

// Frames with messages of this run that were found whole, and the stamps that were read in them.
// What it says of some bytes is what they say: they were compared, all of them. Behind each line
// stands which one was read next by who read it last, so that every room has a thread of its own.
// Memory: the last kFrames, of up to kFrameMost bytes; longer ones are not written down.
class Transcript {
 public:
  static constexpr std::size_t kFrames = 512;
  static constexpr std::size_t kFrameMost = 1024;

  // The line that somebody was sent last. A wrong one costs time, and nothing else.
  using Cursor = std::uint32_t;
  static constexpr Cursor kNowhere = kFrames;  // before anything was sent

  struct Line {
    Stamp stamp;
    std::uint32_t size = 0;  // of the frame; 0: nothing is written here yet
    Cursor next = 0;
    std::array<char, kFrameMost> bytes;

    std::string_view frame() const { return {bytes.data(), size}; }
  };

  Transcript() : lines_(kFrames + 1) {}

  // The message at the beginning of `bytes`, if it is the one behind the cursor, which moves there;
  // null: it has to be read. Valid until the next write().
  const Line* follow(Cursor& cursor, std::string_view bytes) const {
    const Cursor next = lines_[cursor].next;
    const Line& line = lines_[next];
    if (line.size == 0 || !bytes.starts_with(line.frame())) return nullptr;
    cursor = next;
    return &line;
  }

  // This frame was read, and has the stamp. It is written down unless it stands here already, and
  // is what comes behind the cursor, which moves there.
  void write(Cursor& cursor, std::string_view frame, const Stamp& stamp) {
    if (frame.size() > kFrameMost) return;
    Cursor& known = known_[hash(stamp) % kFrames];
    if (lines_[known].frame() != frame) {
      known = end_;
      end_ = (end_ + 1) % kFrames;
      Line& line = lines_[known];
      line.stamp = stamp;
      line.size = static_cast<std::uint32_t>(frame.size());
      frame.copy(line.bytes.data(), frame.size());
    }
    lines_[cursor].next = known;
    cursor = known;
  }

 private:
  static std::size_t hash(const Stamp& stamp) {
    return stamp.sender * std::size_t{31} + stamp.sequence;
  }

  std::vector<Line> lines_;              // and, for kNowhere, one that is never written on
  std::array<Cursor, kFrames> known_{};  // by stamp: where it may stand
  Cursor end_ = 0;                       // the next to be written on
};

}  // namespace load
