// What a run counts while it goes on.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "client/load/histogram.hpp"
#include "core/time.hpp"

namespace load {

// Times are nanoseconds of the monotonic clock, as they stand in messages.
inline std::int64_t in_ns(core::Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// What went through. Of two snapshots the difference is what did between them.
struct Throughput {
  std::uint64_t sent = 0;       // messages
  std::uint64_t completed = 0;  // messages that everyone has who was to get them
  std::uint64_t received = 0;   // deliveries, each once
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;

  Throughput operator-(const Throughput& earlier) const {
    return {sent - earlier.sent, completed - earlier.completed, received - earlier.received,
            bytes_in - earlier.bytes_in, bytes_out - earlier.bytes_out};
  }
  Throughput& operator+=(const Throughput& other) {
    sent += other.sent;
    completed += other.completed;
    received += other.received;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    return *this;
  }
};

struct Counters : Throughput {
  std::uint64_t connected = 0;   // connections that were established
  std::uint64_t confirmed = 0;   // of those, how many may send and receive
  std::uint64_t expected = 0;    // deliveries
  std::uint64_t given_up = 0;    // deliveries that cannot come any more: their receiver is gone
  std::uint64_t corrupted = 0;   // messages that came back changed
  std::uint64_t unexpected = 0;  // messages that were not for their receiver, or of somebody else
  std::uint64_t missed_announced = 0;  // messages that the server said it had left out
  std::uint64_t returned = 0;          // times a client came again and was in all its rooms
  std::uint64_t refused = 0;           // times the server refused what a client sent

  Counters& operator+=(const Counters& other) {
    Throughput::operator+=(other);
    connected += other.connected;
    confirmed += other.confirmed;
    expected += other.expected;
    given_up += other.given_up;
    corrupted += other.corrupted;
    unexpected += other.unexpected;
    missed_announced += other.missed_announced;
    returned += other.returned;
    refused += other.refused;
    return *this;
  }

  std::uint64_t outstanding() const {
    return expected > received + given_up ? expected - received - given_up : 0;
  }
};

// When is measured: one window for all threads, which move neither end but look at both.
struct MeasuredWindow {
  static constexpr std::int64_t kNotYet = std::numeric_limits<std::int64_t>::max();

  std::atomic<std::int64_t> from_ns = kNotYet;
  std::atomic<std::int64_t> to_ns = kNotYet;

  bool has(std::int64_t time_ns) const {
    return time_ns >= from_ns.load(std::memory_order_relaxed) &&
           time_ns < to_ns.load(std::memory_order_relaxed);
  }
};

// Of one share of the clients. Latencies are those of the messages that were to be sent in the
// measured window, whenever they arrive: a window closed by arrival would leave out the slow ones.
// Thread: the share's.
struct Traffic {
  static constexpr std::int64_t kNotYet = MeasuredWindow::kNotYet;

  explicit Traffic(const MeasuredWindow& measured) : window(measured) {}

  const MeasuredWindow& window;
  Counters counters;
  Histogram latency;    // per delivery, ns from the intended send time
  Histogram spread;     // per message, ns from its first recipient to its last
  Histogram returning;  // per client that came again, ns from asking for a connection to being in

  bool measures(std::int64_t intended_ns) const { return window.has(intended_ns); }
  void delivered(std::int64_t intended_ns, std::int64_t now_ns) {
    ++counters.received;
    if (!measures(intended_ns)) return;
    latency.record(now_ns > intended_ns ? static_cast<std::uint64_t>(now_ns - intended_ns) : 0);
  }
};

}  // namespace load
