// Assembly: the messages of one thread's speakers whose recipients are on several threads. Each of
// those follows its part of a message by itself (InFlight); here the parts come together.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/assert.hpp"

namespace load {

// A ring of slots per sender, by sequence, as in InFlight: of a message whose slot was taken by a
// later one, nothing is known any more.
class Assembly {
 public:
  // How it ended for those recipients that are on one thread.
  struct PartEnd {
    bool whole = false;          // none of them missed it
    std::int64_t first_ns = -1;  // when the first had it; -1: not known
    std::int64_t last_ns = -1;
  };
  struct Progress {
    bool done = false;
    PartEnd end;  // of the whole message, once it is done
    std::int64_t intended_ns = 0;
  };

  // `capacity` messages of each sender are followed; a power of two.
  Assembly(std::size_t senders, std::size_t capacity)
      : slots_(senders * capacity), capacity_(capacity) {
    HUBBUB_ASSERT(std::has_single_bit(capacity));
  }

  // `parts` has a bit for each that is awaited, and has at least one.
  void begin(std::size_t sender, std::uint32_t sequence, std::uint64_t parts,
             std::int64_t intended_ns) {
    slot(sender, sequence) = {
        .parts = parts, .end = {.whole = true}, .intended_ns = intended_ns, .sequence = sequence};
  }

  // What is not awaited changes nothing.
  Progress ended(std::size_t sender, std::uint32_t sequence, std::size_t part, const PartEnd& end) {
    Slot& message = slot(sender, sequence);
    const std::uint64_t bit = std::uint64_t{1} << part;
    if (message.sequence != sequence || (message.parts & bit) == 0) return {};
    message.parts &= ~bit;
    message.end.whole = message.end.whole && end.whole;
    if (end.first_ns < 0 || end.last_ns < 0) message.is_timed = false;
    const bool is_first = message.end.first_ns < 0;
    message.end.first_ns = is_first ? end.first_ns : std::min(message.end.first_ns, end.first_ns);
    message.end.last_ns = std::max(message.end.last_ns, end.last_ns);
    if (message.parts != 0) return {};
    if (!message.is_timed) message.end.first_ns = message.end.last_ns = -1;
    return {.done = true, .end = message.end, .intended_ns = message.intended_ns};
  }

  // Awaits none of them any more.
  void forget() { slots_.assign(slots_.size(), {}); }

 private:
  struct Slot {
    std::uint64_t parts = 0;
    PartEnd end = {};
    std::int64_t intended_ns = 0;
    std::uint32_t sequence = 0;
    bool is_timed = true;
  };

  Slot& slot(std::size_t sender, std::uint32_t sequence) {
    return slots_[sender * capacity_ + (sequence & (capacity_ - 1))];
  }

  std::vector<Slot> slots_;
  std::size_t capacity_;
};

}  // namespace load
