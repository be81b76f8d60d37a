// What a run drives: one kind of traffic through the system under test. The seam for further
// scenarios: one class each.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "client/load/causes.hpp"
#include "client/load/pacer.hpp"
#include "client/load/result.hpp"
#include "core/task.hpp"

namespace load {

// The load test cannot be run as asked; what() is the sentence for the user.
class CannotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Somebody asked for an early end. Looked at wherever something takes time. Any thread.
struct Interruption {
  std::atomic<bool> requested = false;
};

// How far the clients of one share got, or of all, before the run can begin.
struct Arrivals {
  std::size_t clients = 0;
  std::size_t tried = 0;   // to connect
  std::size_t failed = 0;  // of those
  Causes causes = {};      // why
  std::size_t confirmed = 0;
  bool late = false;         // no further one was confirmed for kConfirmLimit
  std::uint64_t closed = 0;  // connections that the server ended
  Causes closings = {};
  std::string first_refusal = {};     // what the server said when it first refused something
  std::string_view interrupted = {};  // while doing what

  static constexpr core::Duration kConfirmLimit = std::chrono::seconds(10);

  Arrivals& operator+=(const Arrivals& other);
  // Throws CannotRun, which says how far it came, unless everybody is there or somebody
  // interrupted.
  void check(const std::string& address) const;
};

// Who is there now, of one share or of all.
struct Presence {
  std::size_t present = 0;    // clients with a connection
  std::size_t speaking = 0;   // senders of those
  std::size_t returning = 0;  // clients on their way back
  bool catching_up = false;   // some are late on purpose, so that the drain has to wait for them

  Presence& operator+=(const Presence& other);
  // Whether there still is somebody to send and somebody to receive, for which it takes `least`.
  bool is_alive(std::size_t least) const {
    return returning > 0 || (speaking > 0 && present >= least);
  }
};

// The clients of one share. Thread: the loop's. Outlives the loop's run: its connections are tasks
// of the loop. It sends only between start() and stop().
class Scenario : public SendTarget {
 public:
  virtual ~Scenario() = default;

  // Connects everyone and waits until all are where they send from and receive, or cannot be.
  virtual core::Task<Arrivals> prepare(const Interruption& interruption) = 0;

  // Messages that were to be sent before `now_ns` are somebody else's. All shares have started
  // before the first message is sent.
  virtual void start(std::int64_t now_ns) = 0;
  // No message is sent any more; those under way are still received.
  virtual void stop() = 0;

  // Closed loop: takes what is under way for lost. All shares have before the first sends again.
  virtual void write_off() = 0;
  // Closed loop: sends as many messages as may be.
  virtual void fill_windows() = 0;

  // Looks at what the other shares have sent, too, so that the counters are whole.
  virtual Presence presence() = 0;

  // What became of every message, once nothing more is to come: the proof and what went wrong.
  virtual void conclude(Result& result) = 0;
};

}  // namespace load
