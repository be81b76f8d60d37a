// Stream: one connected socket, as asyncio's StreamReader and StreamWriter together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/address.hpp"
#include "core/loop.hpp"
#include "core/outflow.hpp"
#include "core/task.hpp"

namespace core {

// Bytes that arrived. They stand in a buffer of the ring, which every connection shares, or in one
// of their own; let go of them before waiting for anything long. Move-only.
class Received {
 public:
  Received() = default;
  Received(Ring& ring, int buffer, std::uint32_t size)
      : ring_(&ring), buffer_(buffer), size_(size) {}
  explicit Received(std::string bytes)
      : own_(bytes.empty() ? nullptr : std::make_unique<std::string>(std::move(bytes))) {}
  Received(Received&& other) noexcept;
  Received& operator=(Received&& other) noexcept;
  ~Received() { release(); }

  std::string_view bytes() const {
    if (ring_ != nullptr) return ring_->buffer(buffer_, size_);
    return own_ ? std::string_view(*own_) : std::string_view();
  }
  // Empty: the end of the stream.
  bool empty() const { return bytes().empty(); }
  void release();

 private:
  Ring* ring_ = nullptr;
  int buffer_ = kNoBuffer;
  std::uint32_t size_ = 0;
  std::unique_ptr<std::string> own_;
};

class StreamState;
class TlsContext;
class TlsSession;

// Thread: its loop's. Ownership: move-only; destroying it closes the socket once every operation on
// it has ended (the loop sees to that). What is owed then is dropped, and the peer sees a reset;
// with nothing owed it sees the end of the stream, which over TLS only finish() announces.
// Errors: the end of the stream, orderly or by a reset, is a value (end_error() tells them apart).
// Writing after a reset is ignored; after the peer's orderly end it still reaches the peer.
// Limits: what arrives while nobody reads is kept up to kUnreadMost (asyncio: twice its limit), and
// what was on its way by then; receiving pauses, and the peer is held up.
class Stream {
 public:
  static constexpr std::size_t kUnreadMost = 64 * 1024;
  static constexpr std::size_t kLineMost = 64 * 1024;
  static constexpr std::size_t kHighWater = 64 * 1024;  // write() waits above this
  static constexpr std::size_t kLowWater = 16 * 1024;   // until below this
  static constexpr Duration kPeerEndMost = std::chrono::milliseconds(500);

  // Takes over a connected socket, and closes it where it throws (std::bad_alloc).
  Stream(Loop& loop, int socket, const Address& peer);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  // Connects, without delay of small writes; from `local`, if it is an address (with port 0 the
  // kernel picks one that is free for this peer). Throws std::system_error naming the address.
  static Task<Stream> connect(Address address, Address local = {});

  // The wait of the one reader. It is a part of the stream rather than of who waits, so that a
  // coroutine that waits keeps next to nothing for it.
  class Arrival : public Waiter {
   public:
    const char* operation() const override { return "receive"; }
    virtual bool await_ready() = 0;
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      start();
    }
    virtual void await_resume() = 0;

   protected:
    Arrival() = default;
    ~Arrival() = default;

   private:
    virtual void start() = 0;
  };

  // Awaited, waits until something has arrived or the stream has ended. What it was is to be taken
  // before anything else is read (asserted): empty at the end.
  Arrival& arrival();
  Received take_arrived();

  class Receive {
   public:
    Receive(StreamState& state, std::size_t seen) : state_(state), seen_(seen) {}
    bool await_ready();
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      AwaitInPlace<Arrival>{arrival()}.await_suspend(coroutine);
    }
    Received await_resume();

   protected:
    StreamState& state_;

   private:
    Arrival& arrival();

    std::size_t seen_;  // bytes already there that are not what is waited for
  };

  // The next bytes, as they come; empty at the end. One reader at a time (asserted). A cancelled
  // wait loses nothing: what arrives later is there for the next.
  Receive receive();

  // The same for at most `patience`: nothing once that is over. That nobody speaks is expected, and
  // so a value and no TimeoutError.
  class ReceiveWithin final : public Receive, private Timer {
   public:
    ReceiveWithin(StreamState& state, Duration patience)
        : Receive(state, 0), deadline_(after(current_loop().time(), patience)) {}
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      try {
        current_loop().timers().arm(*this, deadline_);
        Receive::await_suspend(coroutine);
      } catch (...) {
        current_loop().timers().disarm(*this);
        end_reading();
        throw;
      }
    }
    std::optional<Received> await_resume();

   private:
    void fire() override;
    void end_reading();

    Time deadline_;
    bool expired_ = false;
  };
  ReceiveWithin receive_within(Duration patience);

  // The next line without its LF or CR LF; nothing at the end of the stream (an unfinished last
  // line is returned first). Throws LimitOverrun for a line over `most` bytes. Cancelled or
  // overrun, it loses nothing either.
  Task<std::optional<std::string>> read_line(std::size_t most = kLineMost);

  // The next bytes up to and with a separator (not empty: asserted). Throws LimitOverrun when more
  // than `most` bytes stand before it, and IncompleteRead when the stream ends before it. Cancelled
  // or overrun, it loses nothing.
  Task<std::string> read_until(std::string separator, std::size_t most = kLineMost);

  // Exactly `count` bytes. Throws IncompleteRead when the stream ends before.
  Task<std::string> read_exactly(std::size_t count);

  // Gives back what was received and is for another reader: the next one gets it first.
  void put_back(std::string_view bytes);

  // Sends bytes, however many; awaited, waits while too much is owed. The bytes are copied before
  // it waits.
  Outflow::Drain write(std::string_view bytes);
  Outflow& outflow();

  // Before the stream is destroyed, so that a last message is not lost: sends what is owed, giving
  // up when the peer takes nothing of it for `patience` (how long it takes in all is for an outer
  // timeout()); ends our direction; and waits, up to
  // kPeerEndMost, for the peer's end, because closing over unread input resets the connection.
  Task<void> finish(Duration patience);

  // Speaks TLS from here on, as the side that the context is for; `host` is whom a client expects.
  // Nothing may be owed (asserted); bytes that have arrived count as the peer's first words.
  // Returns once it is open, and from then on everything else is as before. Throws TlsError where
  // the peer was not believed, or did not believe us, or went; an alert that tells it is sent by
  // finish(). Cancelled or failed, the stream can only be finished and destroyed. The end of a peer
  // that did not announce it (close_notify, RFC 8446 6.1) counts as an error: end_error() is
  // ECONNABORTED. (asyncio: start_tls().)
  Task<void> start_tls(std::shared_ptr<const TlsContext> context, std::string host = {});
  // Null where it does not speak TLS, also where start_tls() could not even begin.
  const TlsSession* tls() const;

  const Address& peer() const;
  // For a stream that somebody in between hands on: from now on the peer is who it comes from, not
  // who has the socket's other end.
  void set_peer(const Address& peer);
  // 0, or the errno that ended the stream, in whichever direction it was told.
  int end_error() const;

 private:
  StreamState* state_;
};

// The stream ended inside a read_exactly() or read_until(), after what is in `partial`.
class IncompleteRead : public std::runtime_error {
 public:
  explicit IncompleteRead(std::string partial_bytes)
      : std::runtime_error("the stream ended inside a read"), partial(std::move(partial_bytes)) {}
  std::string partial;
};

// There is no separator within the limit. The bytes are still there to be read.
class LimitOverrun : public std::length_error {
 public:
  LimitOverrun() : std::length_error("a line is longer than its limit") {}
};

}  // namespace core
