// Everything a run found out. The report, the JSON and the assertions all read this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "client/load/causes.hpp"
#include "client/load/histogram.hpp"
#include "client/load/proof_summary.hpp"
#include "client/load/traffic.hpp"
#include "client/load/usage.hpp"
#include "core/time.hpp"

namespace load {

// The server's side, where its process was given.
struct ServerFigures {
  CpuTime cpu;      // in the measured window
  CpuTime joining;  // from before anybody connected until nothing stirred any more
  Memory before;    // before anybody connected
  Memory idle;      // everybody connected, nothing sent yet
};

struct Result {
  std::string dialect;

  core::Duration joining{};  // from the first attempt to connect until everybody was confirmed

  // The measured window.
  double seconds = 0;
  Throughput window;
  Histogram latency;
  Histogram spread;
  CpuTime tester_cpu;

  // The whole run, warm-up included.
  Counters total;
  ProofSummary proof;
  std::uint64_t closed = 0;  // connections that ended before the run did
  Causes closings;
  std::string first_refusal;  // what the server said when it first refused something

  Histogram lateness;         // open loop: sends after their time, ns
  std::uint64_t blocked = 0;  // open loop: messages due that the server did not take
  std::uint64_t overdue = 0;  // open loop: messages due that the tester had no time for
  std::uint64_t stalls = 0;   // closed loop: how often nothing came for so long that it began anew

  std::optional<ServerFigures> server;
  std::size_t clients = 0;
  bool interrupted = false;
  bool collapsed = false;  // nobody was left to send to or to receive from
};

}  // namespace load
