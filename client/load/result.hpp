// Everything a run found out. The report, the JSON and the assertions all read this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/load/causes.hpp"
#include "client/load/histogram.hpp"
#include "client/load/proof_summary.hpp"
#include "client/load/samples.hpp"
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

// What one thread of the tester used in the measured window.
struct ThreadFigures {
  std::size_t clients = 0;  // its share
  CpuTime cpu;
  std::int64_t waited_ns = 0;  // for a processor that others had
};

// What a search for the highest rate has tried.
struct Knee {
  struct Probe {
    double rate = 0;  // messages per second
    double p99_ns = 0;
    bool holds = false;
    bool tester_was_bottleneck = false;
  };
  double rate = 0;  // the highest that holds; 0: none does
  std::vector<Probe> probes;
};

struct Result {
  // Readers that took nothing while the others were measured, and read again afterwards. What they
  // lack and were not told of is lost.
  struct Stalled {
    std::uint64_t readers = 0;
    std::uint64_t closed = 0;     // of them, by the server
    Deliveries deliveries;        // not part of the proof
    std::uint64_t announced = 0;  // messages that the server told them it had left out

    Stalled& operator+=(const Stalled& other);

    std::uint64_t unannounced() const {
      return deliveries.lost > announced ? deliveries.lost - announced : 0;
    }
  };

  // Adds what another share of the clients found out: all but what is of the run as a whole (its
  // times, samples, the knee, the server, clients, how it ended).
  Result& operator+=(const Result& other);

  std::string dialect;
  std::size_t rooms = 0;        // 0 for echo
  std::size_t memberships = 0;  // of clients in rooms

  core::Duration joining{};  // from the first attempt to connect until everybody was confirmed

  // The measured window.
  double seconds = 0;
  Throughput window;
  Histogram latency;
  Histogram spread;
  std::vector<Sample> samples;
  Histogram returning;  // ns from asking for a connection to being in every room again
  CpuTime tester_cpu;   // the whole process

  // The whole run, warm-up included.
  Counters total;
  ProofSummary proof;
  std::uint64_t closed = 0;  // connections that ended before the run did
  Causes closings;
  Causes connect_failures;  // of those who came again
  std::uint64_t away = 0;   // clients who were not back when the run ended
  std::optional<Stalled> stalled;
  std::optional<Knee> knee;
  std::string first_refusal;  // what the server said when it first refused something

  Histogram lateness;         // open loop: sends after their time, ns
  std::uint64_t blocked = 0;  // open loop: messages due that the server did not take
  std::uint64_t overdue = 0;  // open loop: messages due that the tester had no time for
  std::uint64_t stalls = 0;   // closed loop: how often nothing came for so long that it began anew

  std::optional<ServerFigures> server;
  std::vector<ThreadFigures> threads;  // the tester's
  std::size_t clients = 0;
  bool interrupted = false;
  bool collapsed = false;  // nobody was left to send to or to receive from
};

}  // namespace load
