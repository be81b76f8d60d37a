// Listener: a listening socket whose connections a coroutine accepts.
#pragma once

#include <string>

#include "core/address.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"

namespace core {

class ListenerState;

// Thread: its loop's. Ownership: move-only; destroying it closes the socket once its accept has
// ended. Connections accepted and not taken are closed then.
// Errors: without descriptors or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM), or for a reason that
// nobody expects, accepting pauses for kBackoff and tries again, and the loop's exception handler
// is told once when such an episode begins and once when it is over; a connection that ended before
// it was accepted is passed over.
// Sockets that it accepts send without delay, keep the connection alive, and hold at most
// kUnsentMost bytes that the network has not taken, so that a slow reader's lag stays in its logs.
class Listener {
 public:
  static constexpr Duration kBackoff = std::chrono::seconds(1);
  static constexpr int kBacklog = 4096;
  static constexpr int kUnsentMost = 128 * 1024;

  // Binds and listens. Throws std::system_error naming the address. An address somebody else
  // listens on is refused.
  Listener(Loop& loop, const Address& address);
  Listener(Listener&&) noexcept;
  ~Listener();

  // With the port that was picked, where 0 was asked for.
  const Address& address() const;

  class Accept final : public Waiter {
   public:
    explicit Accept(ListenerState& state) : state_(state) {}
    const char* operation() const override { return "accept"; }
    bool await_ready();
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      start();
    }
    Stream await_resume();

   private:
    friend class ListenerState;
    void cancel_wait() override;
    void start();

    ListenerState& state_;
  };

  // The next connection. One acceptor at a time (asserted).
  Accept accept();

 private:
  ListenerState* state_;
};

}  // namespace core
