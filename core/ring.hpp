// The narrow interface to the kernel: whatever may have to wait goes through a Ring, and so does
// all that is done to a connected socket, so that the loop, the streams and the server above it can
// run on io_uring, on a stand-in, or on a simulated kernel that owns time and chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <string_view>
#include <vector>

#include <sys/uio.h>

#include "core/address.hpp"
#include "core/time.hpp"

namespace core {

// Names an operation in flight: generation in the upper, slot in the lower 32 bits. Never a
// pointer: a recycled address would let a late cancel hit the next operation. 0: nobody waits. The
// highest bit is never set: tokens that have it are a ring's own.
using Token = std::uint64_t;

inline constexpr int kNoBuffer = -1;

// What the kernel answered. `result` is a count or a descriptor, or a negative errno.
struct Completion {
  Token token = 0;
  std::int32_t result = 0;
  std::int32_t buffer = kNoBuffer;  // a ring buffer that now belongs to the receiver of this
  bool more = false;                // the operation goes on: this was not its last completion
};

// A queue of operations into the kernel and of completions out of it.
//
// Thread: all but wake() only from the thread that runs the loop.
// Memory: what an operation refers to must live until its last completion; what send() refers to,
// until enter() returns.
// Queues: the submission queue is never the caller's concern; a full one is flushed.
// Errors: an operation's failure is its completion's result. A ring that cannot work any more
// throws std::system_error from enter().
class Ring {
 public:
  virtual ~Ring() = default;

  // Takes a connection that waits in a listening socket, which does not block: its descriptor, and
  // whose it is; or a negative errno of accept(2); -EAGAIN: none waits, and poll() says when one
  // does. At once, so
  // that its caller bounds how many are let in at a time: a multishot accept takes all who wait,
  // thousands in one enter.
  virtual int accept(int listener, Address& peer) = 0;

  // Connects a socket once: 0 or an error of connect(2). `address` must live until then.
  virtual void connect(Token token, int socket, const Address& address) = 0;

  // Receives until cancelled, end (0) or error: each completion brings `result` bytes in a ring
  // buffer. -ENOBUFS without `more`: no buffer was free; arm again, and the ring waits for one.
  virtual void receive(Token token, int socket) = 0;

  // Sends what the socket takes at once, and is over when enter() returns. No completion: all of it
  // went out. A completion: the count that went out (fewer than offered), -EAGAIN or an error.
  // The pieces and their bytes must stay unchanged until enter() returns.
  virtual void send(Token token, int socket, std::span<const iovec> pieces) = 0;

  // Waits once until one of the poll(2) events holds; the result is the mask of those that do.
  virtual void poll(Token token, int descriptor, unsigned events) = 0;

  // Asks for the end of an operation. Its own last completion still comes: -ECANCELED, or the
  // result that beat the cancel.
  virtual void cancel(Token token) = 0;

  // Hands everything queued to the kernel and waits for a completion until `deadline` (a past one:
  // does not wait). May return early with nothing.
  virtual void enter(Time deadline) = 0;

  // Puts the completions that are there into the list, whose former content is dropped. Runs
  // nothing.
  virtual void reap(std::vector<Completion>& completions) = 0;

  // A ring buffer is the receiver's from its completion, whatever the result, until it is given
  // back, once.
  virtual std::string_view buffer(int id, std::size_t size) const = 0;
  virtual void give_back(int id) = 0;

  virtual void shutdown(int socket, int how) = 0;
  // Makes the close that follows a reset (SO_LINGER of 0, socket(7)): the peer learns that
  // something is missing.
  virtual void reset_on_close(int socket) = 0;
  // After the last completion of every operation on the descriptor.
  virtual void close(int descriptor) = 0;

  virtual Time now() = 0;
  // The time of day, for people.
  virtual std::time_t wall_clock() { return std::time(nullptr); }

  // Makes enter() return soon. Any thread; calls before enter() are not lost.
  virtual void wake() noexcept = 0;

  virtual std::string_view name() const = 0;
};

}  // namespace core
