// A peer that knows nothing of what it talks to: it sends its bytes in pieces of any size, reads
// when it likes, and ends in one of the ways in which connections end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/sim/program.hpp"

namespace sim {

class RandomPeer final : public Program {
 public:
  enum class Ending : std::uint8_t {
    kOrderly,   // half-closes when all is sent, reads to the end, closes
    kListens,   // sends all and leaves the end to the other side, for a while
    kCloses,    // closes at some point
    kVanishes,  // is gone without a goodbye at some point
  };

  // Everything but the bytes is drawn.
  RandomPeer(Crowd& crowd, const core::Address& to, std::string bytes);

  core::Time step(core::Time now) override;
  bool finished() const override { return finished_; }

  // What the other side may have got, and what it must have if the end was clean.
  const std::string& bytes() const { return bytes_; }
  std::size_t sent() const { return sent_; }
  const std::string& received() const { return received_; }
  // It sent everything, and then both sides ended in order.
  bool clean() const { return finished_ && clean_ && !was_hit(); }
  // Nobody did it harm, and yet it was never served to the end.
  bool gave_up() const { return gave_up_; }
  Ending ending() const { return ending_; }

 private:
  static constexpr core::Duration kPatience = std::chrono::minutes(10);

  static constexpr core::Duration kListensFor = std::chrono::milliseconds(500);

  void leave(bool clean);

  core::Address to_;
  std::string bytes_;
  std::size_t sent_ = 0;
  std::string received_;
  Ending ending_;
  std::size_t ends_at_;  // bytes in both directions, for those that end at some point
  std::size_t piece_most_;
  std::uint64_t pause_most_;  // microseconds
  core::Time begun_;
  bool finished_ = false;
  bool clean_ = false;
  bool gave_up_ = false;
};

// Bytes that tell where they were cut or swapped, with line ends among them.
std::string numbered_lines(Choose& choose, std::size_t size);

}  // namespace sim
