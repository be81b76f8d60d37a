// Reception: where connections wait that have to do something before they are let in or served: one
// through a gateway says whose it is (PROXY header), one at a TLS listener shakes hands.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"
#include "core/task_handle.hpp"
#include "core/tls_context.hpp"
#include "server/admission.hpp"
#include "server/config.hpp"

namespace server {

// Who has come, and to which listener.
struct Guest {
  Protocol protocol;
  std::shared_ptr<const core::TlsContext> tls;  // null: plain
  core::Stream stream;
};

// Thread: the loop's. Whoever it was given to must close() it before it goes (asserted).
// Limits: limits.handshake for each step; limits.unannounced connections that wait for their
// header, and on each loop as many that shake hands. Errors: what a connection throws is reported
// to the loop's exception handler and ends it alone.
class Reception {
 public:
  class Host {
   public:
    // The header was read: the peer is the real one by now, and what came after the header is there
    // to be received.
    virtual void admit(Guest guest) = 0;
    // The hands were shaken.
    virtual void serve(Guest guest, Admission::Seat seat) = 0;

   protected:
    ~Host() = default;
  };

  Reception(core::Loop& loop, Admission& admission, Host& host);
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;
  ~Reception();

  void wait_for_header(Guest guest, const Config::Limits& limits);
  void shake_hands(Guest guest, Admission::Seat seat, const Config::Limits& limits);
  // Sends those away who wait.
  core::Task<void> close();

 private:
  using Guests = std::list<core::TaskHandle<void>>;
  class Leaving;

  core::Task<void> announce(Guests::iterator self, Guest guest, Admission::Seat seat,
                            core::Time until);
  core::Task<bool> is_announced(core::Stream& stream, core::Time until);
  core::Task<void> secure(Guests::iterator self, Guest guest, Admission::Seat seat,
                          core::Duration patience);
  core::Task<bool> is_secured(Guest& guest, core::Duration patience);
  void refuse(Cause cause, const core::Stream& stream, std::string_view why);

  core::Loop& loop_;
  Admission& admission_;
  Host& host_;
  Guests guests_;
  std::size_t shaking_ = 0;
  core::Event none_left_;  // set whenever the last of them has left
};

}  // namespace server
