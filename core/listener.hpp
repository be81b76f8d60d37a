// Listener: a listening socket whose connections a coroutine accepts.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "core/address.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"

namespace core {

class ListenerState;

// A socket that is bound and listens: connections wait in it until a Listener accepts them.
// Thread: any, one at a time. Ownership: move-only; closes the socket.
// The sockets it accepts from send without delay, keep the connection alive, and hold at most
// kUnsentMost bytes that the network has not taken, so that a slow reader's lag stays in its logs.
class ListeningSocket {
 public:
  static constexpr int kBacklog = 4096;
  static constexpr int kUnsentMost = 128 * 1024;
  static constexpr Duration kUnresponsive = std::chrono::minutes(5);

  // One socket for each of so many loops; the kernel spreads the connections over them
  // (SO_REUSEPORT in socket(7)). Port 0 picks one for all. Throws std::system_error naming the
  // address. One that somebody else listens on is refused, also where that is such a group.
  // A peer that answers nothing for `unresponsive`, or takes nothing of what it is owed, is given
  // up (TCP_USER_TIMEOUT and TCP_KEEPIDLE in tcp(7)); it is asked when it was silent for a third.
  static std::vector<ListeningSocket> open(const Address& address, std::size_t loops,
                                           Duration unresponsive = kUnresponsive);

  // Takes over a socket that listens already, such as one that was inherited. It keeps its address
  // and its backlog and gets every option of open() but SO_REUSEPORT. Throws std::system_error, or
  // std::runtime_error where the descriptor is something else than a listening TCP socket.
  static ListeningSocket adopt(int descriptor, Duration unresponsive = kUnresponsive);
  // One more handle of the same socket, for another loop: whoever accepts first has the connection.
  ListeningSocket share() const;

  ListeningSocket(ListeningSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ListeningSocket& operator=(ListeningSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~ListeningSocket();

  // With the port that was picked.
  Address address() const { return Address::of_local(descriptor_); }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  explicit ListeningSocket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

// Thread: its loop's. Ownership: move-only; destroying it closes the socket once the kernel has let
// go of it.
// Bounds: a connection is taken from the kernel when somebody accepts it and not before, and at
// most kAtOnce of them before the others of the loop have their turn; more wait in the backlog.
// Errors: without descriptors or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM), or for a reason that
// nobody expects, accepting pauses for kBackoff and tries again, and the loop's exception handler
// is told once when such an episode begins and once when it is over; a connection that ended before
// it was accepted is passed over.
class Listener {
 public:
  static constexpr int kAtOnce = 64;
  static constexpr Duration kBackoff = std::chrono::seconds(1);

  Listener(Loop& loop, ListeningSocket socket);
  // Binds and listens by itself, see ListeningSocket::open().
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
