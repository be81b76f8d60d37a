// What the server itself counted, read from its metrics listener: how many sends its deliveries
// took, which nobody sees from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/address.hpp"
#include "core/task.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace load {

// Of all its loops, since it began: to whatever clients, for hubbubd knows no other.
struct ServerCounters {
  std::uint64_t deliveries = 0;  // of messages, one for each member that is to get it
  std::uint64_t missed = 0;      // of them, those that were skipped because a member lagged
  std::uint64_t sends = 0;       // pieces of output that the kernel was given, answers among them
  std::uint64_t sent_bytes = 0;
  std::string began;  // when the process did, as it says it

  bool operator==(const ServerCounters&) const = default;
};

// From the Prometheus text of hubbubd (exposition format 0.0.4): each is the sum over its labels.
// Nothing where one of them is not there or is no count.
std::optional<ServerCounters> parse_counters(std::string_view page);

// What came of asking, or why nothing did, in a sentence.
struct Counted {
  std::optional<ServerCounters> counters;
  std::string why_not;
};

// What was counted from one to the other. Nothing where the server began anew meanwhile.
Counted between(const Counted& begin, const Counted& end);

inline constexpr core::Duration kAskMost = std::chrono::seconds(5);
inline constexpr std::size_t kPageMost = core::kMiB;

// GET /metrics. Why not: nobody answers there within kAskMost, what answers does not speak HTTP,
// has no such page, or is no hubbubd, or its answer is cut off or longer than kPageMost. It takes a
// connection of the server's. Thread: the current loop's.
core::Task<Counted> ask_for_counters(core::Address metrics);

}  // namespace load
