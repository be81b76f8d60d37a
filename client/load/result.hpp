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
#include "client/load/server_counters.hpp"
#include "client/load/traffic.hpp"
#include "client/load/usage.hpp"
#include "core/time.hpp"

namespace load {

// The server's side, where its process was given. What there was no process for is nothing.
struct ServerFigures {
  pid_t process = 0;
  bool ended = false;              // before the run did
  std::optional<CpuTime> cpu;      // in the measured window
  std::optional<CpuTime> joining;  // from before anybody connected until nothing stirred any more
  Memory before;                   // before anybody connected
  std::optional<Memory> idle;      // everybody connected, nothing sent yet
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
  // Readers that took nothing while the others were measured, and read again afterwards. What one
  // of them lacks and was not told of itself is lost, whatever the others were told.
  struct Stalled {
    std::uint64_t readers = 0;
    std::uint64_t closed = 0;       // of them, by the server
    Deliveries deliveries;          // not part of the proof
    std::uint64_t announced = 0;    // messages that the server told them it had left out
    std::uint64_t unannounced = 0;  // what each lacks beyond what it was told of, of all together

    Stalled& operator+=(const Stalled& other);
  };

  // All connections are dropped at once. Those who were not there, because they were still on their
  // way back from the one before or the server had ended them, are spared.
  struct Storm {
    std::int64_t at_ns = 0;  // from the beginning of the measured window
    std::int64_t due_ns = 0;
    std::uint64_t dropped = 0;
    std::uint64_t spared = 0;
    std::uint64_t returned = 0;  // of those dropped, before the next storm or the end of the run
    std::int64_t back_ns = 0;    // from when it was due until the last of them was in all its rooms

    bool is_over() const { return returned == dropped; }
  };

  // Adds what another share of the clients found out: all but what is of the run as a whole (its
  // times, samples, the knee, the server, clients, how it ended).
  Result& operator+=(const Result& other);

  bool interrupted() const { return !interrupted_while.empty(); }

  std::string dialect;
  std::size_t rooms = 0;        // 0 for echo
  std::size_t memberships = 0;  // of clients in rooms

  // From the first attempt to connect until everybody was confirmed; nothing: not all were.
  std::optional<core::Duration> joining;

  // The measured window. 0 seconds: it was interrupted before.
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
  Causes connect_failures;    // of those who came again
  std::uint64_t away = 0;     // clients who were not back when the run ended
  std::vector<Storm> storms;  // those that came
  std::optional<Stalled> stalled;
  std::optional<Knee> knee;
  std::string first_refusal;  // what the server said when it first refused something

  Histogram lateness;         // open loop: sends after their time, ns
  std::uint64_t blocked = 0;  // open loop: messages due that the server did not take
  std::uint64_t absent = 0;   // open loop: messages due whose speaker or hearers were not there
  std::uint64_t overdue = 0;  // open loop: messages due that the tester had no time for
  std::uint64_t stalls = 0;   // closed loop: how often nothing came for so long that it began anew

  std::optional<ServerFigures> server;
  // By the server itself in the measured window; nothing: it was not asked.
  std::optional<Counted> counted;
  std::vector<ThreadFigures> threads;  // the tester's
  std::size_t clients = 0;
  std::string interrupted_while = {};  // doing what; empty: nobody interrupted it
  bool collapsed = false;              // nobody was left to send to or to receive from
};

}  // namespace load
