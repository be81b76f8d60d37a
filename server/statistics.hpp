// Statistics: what one loop has done so far, as counts for an operator and for monitoring.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/buckets.hpp"
#include "core/sender.hpp"

namespace server {

// In bytes.
using LagSizes = core::Buckets<std::array<std::int64_t, 4>{1024, 16384, 131072, 1048576}>;

// A plain value. Counts go up from the start of the server.
struct Statistics {
  std::size_t people = 0;        // who are here now
  std::uint64_t messages = 0;    // that people of this loop said
  std::uint64_t deliveries = 0;  // of those, to members on any loop
  std::uint64_t missed = 0;      // messages that slow readers of this loop were skipped over
  LagSizes lags;                 // of blocked readers, whenever their room got something
  core::Sender::Counters sends;
  core::PassTimes passes;            // what a pass took beside entering the kernel
  std::uint64_t slow_callbacks = 0;  // see diagnostics.slow_callback
  std::uint64_t exceptions = 0;      // that nobody awaited, and were reported
  std::size_t tasks = 0;             // that live now

  void add(const Statistics& other) {
    people += other.people;
    messages += other.messages;
    deliveries += other.deliveries;
    missed += other.missed;
    lags.add(other.lags);
    sends.sends += other.sends.sends;
    sends.bytes += other.sends.bytes;
    sends.blocked += other.sends.blocked;
    sends.unblocked += other.sends.unblocked;
    passes.add(other.passes);
    slow_callbacks += other.slow_callbacks;
    exceptions += other.exceptions;
    tasks += other.tasks;
  }
};

}  // namespace server
