// Reception: where connections that came through a gateway wait until its PROXY header has said
// whose they are.
#pragma once

#include <functional>
#include <list>

#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"
#include "core/task_handle.hpp"
#include "server/admission.hpp"
#include "server/config.hpp"

namespace server {

// Thread: the loop's. Whoever it was given to must close() it before it goes (asserted).
// Limits: limits.handshake for a header, limits.unannounced connections that wait for theirs.
// Errors: what a connection throws is reported to the loop's exception handler and ends it alone.
class Reception {
 public:
  // What becomes of a connection whose header was read: its peer is the real one by then, and what
  // came after the header is there to be received.
  using Admit = std::function<void(Protocol, core::Stream)>;

  Reception(core::Loop& loop, Admission& admission, Admit admit);
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;
  ~Reception();

  void receive(Protocol protocol, core::Stream stream, core::Duration patience);
  // Sends those away who wait.
  core::Task<void> close();

 private:
  using Guests = std::list<core::TaskHandle<void>>;

  core::Task<void> wait_for_header(Guests::iterator self, Protocol protocol, core::Stream stream,
                                   Admission::Seat seat, core::Time until);
  core::Task<bool> is_announced(core::Stream& stream, core::Time until);

  core::Loop& loop_;
  Admission& admission_;
  Admit admit_;
  Guests guests_;
  core::Event none_left_;  // set whenever the last of them has left
};

}  // namespace server
