// The messages of a broadcast that some recipient still lacks: how many do, and when the first had
// it. Tells the sender of a closed loop when a message is done, and how far apart first and last
// were.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/assert.hpp"

namespace load {

// A ring of slots per sender, by sequence. Memory is bounded: a message that comes to a slot which
// is still in use takes it, and the older one is no longer followed (its recipients are still
// counted by the proof).
class InFlight {
 public:
  static constexpr std::size_t kSlotsMost = std::size_t{16} << 20;

  // `capacity` messages of each sender are followed; a power of two.
  InFlight(std::size_t senders, std::size_t capacity)
      : slots_(senders * capacity), capacity_(capacity) {
    HUBBUB_ASSERT(std::has_single_bit(capacity) && slots_.size() <= kSlotsMost);
  }

  // `recipients` is at least 1; those who became recipients at `moment` or before.
  void begin(std::size_t sender, std::uint32_t sequence, std::uint32_t recipients,
             std::uint32_t moment = 0) {
    slot(sender, sequence) = {
        .first_ns = kNobody, .sequence = sequence, .missing = recipients, .moment = moment};
  }

  struct Progress {
    bool counted = true;          // false: it is none of the recipients
    bool done = false;            // every recipient has it or missed it, as of now
    bool whole = false;           // and none missed it:
    std::uint64_t spread_ns = 0;  // from the first recipient to the last
  };

  // One recipient has it, who became one at `since`.
  Progress received(std::size_t sender, std::uint32_t sequence, std::int64_t now_ns,
                    std::uint32_t since = 0) {
    Slot& message = slot(sender, sequence);
    if (message.moment < since) return {.counted = false};
    if (message.sequence != sequence || message.missing == 0) return {};
    if (message.first_ns == kNobody) message.first_ns = now_ns;
    if (--message.missing > 0) return {};
    if (message.first_ns == kMissed) return {.done = true};
    return {.done = true,
            .whole = true,
            .spread_ns = static_cast<std::uint64_t>(now_ns - message.first_ns)};
  }

  // One recipient will not get it, or only out of its turn.
  Progress missed(std::size_t sender, std::uint32_t sequence, std::uint32_t since = 0) {
    Slot& message = slot(sender, sequence);
    if (message.sequence != sequence || message.missing == 0 || message.moment < since) return {};
    message.first_ns = kMissed;
    return {.done = --message.missing == 0};
  }

  // One recipient goes before it has it, and is none any more.
  Progress excused(std::size_t sender, std::uint32_t sequence, std::uint32_t since) {
    Slot& message = slot(sender, sequence);
    if (message.sequence != sequence || message.missing == 0 || message.moment < since) return {};
    return {.done = --message.missing == 0, .whole = message.first_ns >= 0};
  }

  // Follows none of them any more.
  void forget() { slots_.assign(slots_.size(), {}); }

 private:
  static constexpr std::int64_t kNobody = -1;
  static constexpr std::int64_t kMissed = -2;

  struct Slot {
    std::int64_t first_ns = kNobody;
    std::uint32_t sequence = 0;
    std::uint32_t missing = 0;  // 0: nothing is followed here
    std::uint32_t moment = 0;   // it was sent to those who were there then
  };

  Slot& slot(std::size_t sender, std::uint32_t sequence) {
    return slots_[sender * capacity_ + (sequence & (capacity_ - 1))];
  }

  std::vector<Slot> slots_;
  std::size_t capacity_;
};

}  // namespace load
