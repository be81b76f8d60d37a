// What a run drives: one kind of traffic through the system under test. The seam for further
// scenarios: one class each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/load/pacer.hpp"
#include "client/load/result.hpp"
#include "core/task.hpp"

namespace load {

// The load test cannot be run as asked; what() is the sentence for the user.
class CannotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Somebody asked for an early end. Looked at wherever something takes time.
struct Interruption {
  bool requested = false;
};

// Thread: the loop's. Outlives the loop's run: its connections are tasks of the loop.
// It sends only between start() and stop().
class Scenario : public SendTarget {
 public:
  virtual ~Scenario() = default;

  // Connects everyone and waits until all are where they send from and receive. Throws CannotRun.
  virtual core::Task<void> prepare(const Interruption& interruption) = 0;

  // Messages that were to be sent before `now_ns` are somebody else's.
  virtual void start(std::int64_t now_ns) = 0;
  // No message is sent any more; those under way are still received.
  virtual void stop() = 0;

  // Closed loop: takes what is under way for lost, and sends as many messages as may be.
  virtual void fill_windows() = 0;

  // Whether there still is somebody to send and somebody to receive.
  virtual bool alive() const = 0;

  // Whether some are late on purpose, so that the drain has to wait for them.
  virtual bool catching_up() const { return false; }

  // What became of every message, once nothing more is to come: the proof and what went wrong.
  virtual void conclude(Result& result) const = 0;
};

}  // namespace load
