// The odds of a run: how likely each turn that a kernel may take is. They are drawn too, so that
// some runs are all short sends and others all late cancels.
#pragma once

#include <cstddef>

#include "core/time.hpp"
#include "tests/sim/choose.hpp"

namespace sim {

// Probabilities of 0 by default: a kernel that does everything at once and whole.
struct Odds {
  static Odds drawn(Choose& choose);

  double postponed = 0;      // what could complete now does in a later enter
  double early_return = 0;   // enter returns without anything
  double flushed = 0;        // a send goes out at once, as when the queue is full
  double short_send = 0;     // less than there is space for, perhaps nothing
  double short_receive = 0;  // fewer bytes than there are
  double last_of_many = 0;   // a multishot operation ends with a result
  double no_buffer = 0;      // -ENOBUFS
  double buffer_at_end = 0;  // the end of a stream brings a buffer
  double spurious_poll = 0;  // a socket is said to be writable and is not
  double cancel_late = 0;    // a cancel takes effect in a later enter
  double beaten_cancel = 0;  // a result that is there comes before -ECANCELED
  double dropped = 0;        // a reset takes bytes on the way with it
  double accept_fails = 0;   // EMFILE and its like
  double receive_fails = 0;  // these two end the connection, for no fault of anybody
  double send_fails = 0;
  double poll_fails = 0;  // -ENOMEM

  std::size_t buffers = 64;          // in the pool
  std::size_t buffer_bytes = 2048;   // each
  std::size_t descriptors = 100000;  // that may be open
  core::Duration drift{};            // what an enter takes, at most
  core::Duration reaction{};         // in which a program takes notice of what arrived, at most
};

}  // namespace sim
