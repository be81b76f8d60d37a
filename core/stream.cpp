// One connected socket: a receive that stays armed, an outflow, and a close that waits for both.
#include "core/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include <sys/socket.h>

#include "core/timeout.hpp"
#include "core/tls_session.hpp"

namespace core {

// What a stream is while its handle may move, and after its handle is gone until the kernel has let
// go of it. Deletes itself then.
class StreamState final : private Operation, private Outflow::Owner {
 public:
  StreamState(Loop& loop, int socket, const Address& peer)
      : loop_(loop), outflow_(loop.sender(), socket, *this), peer_(peer), socket_(socket) {}

  void close() {
    HUBBUB_ASSERT(!reading_);
    closing_ = true;
    if (!outflow_.drained()) loop_.ring().reset_on_close(socket_);
    outflow_.stop();
    if (in_flight()) loop_.ring().cancel(token());
    close_when_idle();
  }

  // Speaks TLS from here on; what has arrived already is its first words.
  void begin_tls(std::shared_ptr<const TlsContext> context, const std::string& host) {
    HUBBUB_ASSERT(!tls_);
    auto session = std::make_unique<TlsSession>(std::move(context), host);
    outflow_.set_sealed();
    tls_ = std::move(session);
    std::string wire;
    tls_->begin(wire);
    outflow_.append_sealed(wire);
    const std::string early = take_unread(unread().size());
    if (!early.empty()) unseal(early);
  }
  void end_tls() {
    if (!tls_) return;
    std::string wire;
    tls_->end(wire);
    outflow_.append_sealed(wire);
    outflow_.silence();
  }
  // Where TLS has failed and the peer may still send: waits for its end, and not for sense.
  void expect_end() {
    if (tls_ && !peer_ended_) ended_ = false;
  }
  const TlsSession* tls() const { return tls_.get(); }

  Outflow& outflow() { return outflow_; }
  const Address& peer() const { return peer_; }
  void set_peer(const Address& peer) { peer_ = peer; }
  int end_error() const { return end_error_; }
  bool ended() const { return ended_; }

  std::string_view unread() const {
    return unread_ ? std::string_view(unread_->bytes).substr(unread_->consumed)
                   : std::string_view();
  }
  void keep(const Received& received) { keep_after(unread().size(), received); }
  // Puts bytes after the first `count` unread ones, before what arrived since.
  void keep_after(std::size_t count, const Received& received) {
    if (received.empty()) return;
    if (!unread_) unread_ = std::make_unique<Unread>();
    unread_->bytes.insert(unread_->consumed + count, received.bytes());
  }
  std::string take_unread(std::size_t count) {
    std::string taken;
    if (!unread_) return taken;
    if (unread_->consumed == 0 && count >= unread_->bytes.size()) {
      taken.swap(unread_->bytes);
      unread_.reset();
    } else {
      taken = unread().substr(0, count);
      consume(taken.size());
    }
    return taken;
  }
  void consume(std::size_t count) {
    if (!unread_) return;
    auto& [bytes, consumed] = *unread_;
    consumed += count;
    if (consumed >= bytes.size()) {
      unread_.reset();
    } else if (consumed >= bytes.size() / 2) {  // rarely, and yet what is kept stays small
      bytes.erase(0, std::exchange(consumed, 0));
    }
  }
  void shut_down(int how) { loop_.ring().shutdown(socket_, how); }

  void set_reader(Stream::Receive& reader) {
    arm();
    reader_ = &reader;
  }
  void clear_reader() { reader_ = nullptr; }
  // Between await_ready() and await_resume() of the one reader.
  void begin_reading() { HUBBUB_ASSERT(!std::exchange(reading_, true)); }
  void end_reading() { reading_ = false; }

 private:
  ~StreamState() = default;

  void arm() {
    if (in_flight() || ended_) return;
    loop_.ring().receive(loop_.operations().add(*this), socket_);
  }

  void complete(const Completion& completion) override {
    if (!completion.more) pausing_ = false;
    if (completion.result > 0) {
      arrived(
          Received(loop_.ring(), completion.buffer, static_cast<std::uint32_t>(completion.result)));
    } else {
      if (completion.buffer != kNoBuffer) loop_.ring().give_back(completion.buffer);
      if (completion.result != -ENOBUFS && completion.result != -ECANCELED) peer_ended_ = true;
      if (completion.result == 0) {
        // Where TLS did not say so, somebody in between may have.
        end(tls_ && tls_->state() != TlsSession::State::kEnded ? ECONNABORTED : 0);
      } else if (completion.result != -ENOBUFS && completion.result != -ECANCELED) {
        end(-completion.result);
      }
    }
    if (closing_) {
      close_when_idle();
    } else if (reader_ != nullptr) {
      arm();  // it ran out of buffers, or was paused and is wanted again
    }
  }

  void arrived(Received received) {
    if (closing_) return;
    if (tls_) {
      unseal(received.bytes());
    } else {
      deliver(std::move(received));
    }
  }

  // Each step of the handshake wakes start_tls(), also one without plain bytes.
  void unseal(std::string_view bytes) {
    const TlsSession::State before = tls_->state();
    if (before == TlsSession::State::kFailed) return;
    std::string plain;
    std::string wire;
    tls_->receive(bytes, plain, wire);
    outflow_.append_sealed(wire);
    if (!plain.empty()) {
      deliver(Received(std::move(plain)));
    } else if (before == TlsSession::State::kHandshake && reader_ != nullptr) {
      std::exchange(reader_, nullptr)->wake();
    }
    if (before == TlsSession::State::kHandshake) outflow_.mark_lagging();  // owed since before
    // A peer can ask for answers for ever (KeyUpdate, RFC 8446 4.6.3), and read none.
    if (outflow_.sealed_bytes() > kAnswersMost) {
      tls_->give_up("the peer reads none of the answers that it asks for");
    }
    if (tls_->state() == TlsSession::State::kEnded) end(0);
    if (tls_->state() == TlsSession::State::kFailed) fail_tls();
  }

  // The alert still goes out, and nothing else.
  void fail_tls() {
    outflow_.silence();
    end(EPROTO);
  }

  void deliver(Received received) {
    if (reader_ != nullptr) {
      Stream::Receive& reader = *std::exchange(reader_, nullptr);
      reader.received_ = std::move(received);
      reader.wake();
      return;
    }
    keep(received);
    if (unread().size() > Stream::kUnreadMost && in_flight() && !pausing_) {
      pausing_ = true;
      loop_.ring().cancel(token());
    }
  }

  // A reset is told once. Where a send took it, the receive only sees an end, and may be heard
  // first; it was no orderly one all the same.
  void end(int error) {
    if (end_error_ == 0) end_error_ = error;
    if (ended_) return;
    ended_ = true;
    if (reader_ != nullptr) std::exchange(reader_, nullptr)->wake();
  }

  void outflow_broken(int error) override { end(error); }
  void outflow_idle() override { close_when_idle(); }
  bool outflow_seal(std::span<const iovec> pieces, std::string& wire) override {
    if (tls_->seal(pieces, wire)) return true;
    if (tls_->state() == TlsSession::State::kFailed) fail_tls();
    return false;
  }

  void close_when_idle() {
    if (in_flight() || outflow_.blocked()) return;
    loop_.ring().close(socket_);
    delete this;
  }

  Loop& loop_;
  static constexpr std::size_t kAnswersMost = 4 * Outflow::kSealedMost;

  Outflow outflow_;
  Stream::Receive* reader_ = nullptr;
  struct Unread {
    std::string bytes;
    std::size_t consumed = 0;  // the first of them
  };
  std::unique_ptr<TlsSession> tls_;  // null: what is sent and received is plain
  std::unique_ptr<Unread> unread_;   // arrived while nobody read, or looked at and left; else null
  Address peer_;
  int socket_;
  int end_error_ = 0;
  bool ended_ = false;       // nothing more is to be read
  bool peer_ended_ = false;  // the socket said so
  bool closing_ = false;
  bool pausing_ = false;
  bool reading_ = false;
};

bool Stream::Receive::await_ready() {
  state_.begin_reading();
  return take_cancel() || state_.ended() || state_.unread().size() > seen_;
}

void Stream::Receive::start() {
  try {
    state_.set_reader(*this);
  } catch (...) {
    give_up();
    throw;
  }
}

void Stream::Receive::stop() {
  state_.clear_reader();
  wake();
}

void Stream::Receive::give_up() {
  state_.end_reading();
}

Received Stream::Receive::await_resume() {
  state_.end_reading();
  check_cancelled();
  if (!received_.empty()) return std::move(received_);
  return seen_ == 0 ? Received(state_.take_unread(state_.unread().size())) : Received();
}

void Stream::Receive::cancel_wait() {
  state_.clear_reader();
  wake_cancelled();
}

// It may be due in the pass that brought the bytes, or the cancel: those came first.
void Stream::ReceiveWithin::fire() {
  if (!waiting()) return;
  expired_ = true;
  stop();
}

std::optional<Received> Stream::ReceiveWithin::await_resume() {
  current_loop().timers().disarm(*this);
  if (expired_) {
    give_up();
    return std::nullopt;
  }
  return Receive::await_resume();
}

Stream::Stream(Loop& loop, int socket, const Address& peer) try
    : state_(new StreamState(loop, socket, peer)) {
} catch (const std::bad_alloc&) {
  loop.ring().close(socket);
}

Stream::Stream(Stream&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this == &other) return *this;
  const Stream before(std::move(*this));
  state_ = std::exchange(other.state_, nullptr);
  return *this;
}

Stream::~Stream() {
  if (state_ != nullptr) state_->close();
}

Stream::Receive Stream::receive() {
  return {*state_, 0};
}

Stream::ReceiveWithin Stream::receive_within(Duration patience) {
  return {*state_, patience};
}

Outflow& Stream::outflow() {
  return state_->outflow();
}

void Stream::put_back(std::string_view bytes) {
  state_->keep_after(0, Received(std::string(bytes)));
}

const Address& Stream::peer() const {
  return state_->peer();
}

void Stream::set_peer(const Address& peer) {
  state_->set_peer(peer);
}

const TlsSession* Stream::tls() const {
  return state_->tls();
}

int Stream::end_error() const {
  return state_->end_error();
}

Outflow::Drain Stream::write(std::string_view bytes) {
  Outflow& out = outflow();
  while (bytes.size() > Log::kRecordMost) {
    out.append(bytes.substr(0, Log::kRecordMost));
    bytes.remove_prefix(Log::kRecordMost);
  }
  out.append(bytes);
  return out.drain(out.mailbox_bytes() > kHighWater ? kLowWater : kHighWater);
}

namespace {

// Waits until more than what is unread is unread, or for the end.
Task<void> fill(StreamState& state) {
  const std::size_t seen = state.unread().size();
  const Received received = co_await Stream::Receive(state, seen);
  state.keep_after(seen, received);
}

Task<std::optional<std::string>> read_line_from(StreamState& state, std::size_t most) {
  std::size_t searched = 0;
  for (;;) {
    const std::string_view unread = state.unread();
    const std::size_t end = unread.find('\n', searched);
    searched = unread.size();
    const std::string_view line_so_far = unread.substr(0, end);
    const std::size_t return_bytes = line_so_far.ends_with('\r') ? 1 : 0;
    if (line_so_far.size() - return_bytes > most) {
      throw LimitOverrun();
    }
    if (end != std::string_view::npos) {
      std::string line = state.take_unread(end + 1);
      line.pop_back();
      if (line.ends_with('\r')) line.pop_back();
      co_return line;
    }
    if (state.ended()) {
      if (searched == 0) co_return std::nullopt;
      co_return state.take_unread(searched);
    }
    co_await fill(state);
  }
}

Task<std::string> read_until_from(StreamState& state, std::string separator, std::size_t most) {
  HUBBUB_ASSERT(!separator.empty());
  std::size_t searched = 0;  // no separator begins before
  for (;;) {
    const std::string_view unread = state.unread();
    const std::size_t end = unread.find(separator, searched);
    searched = unread.size() - std::min(unread.size(), separator.size() - 1);
    if (std::min(end, searched) > most) throw LimitOverrun();
    if (end != std::string_view::npos) co_return state.take_unread(end + separator.size());
    if (state.ended()) throw IncompleteRead(state.take_unread(unread.size()));
    co_await fill(state);
  }
}

Task<std::string> read_exactly_from(StreamState& state, std::size_t count) {
  while (state.unread().size() < count) {
    if (state.ended()) throw IncompleteRead(state.take_unread(state.unread().size()));
    co_await fill(state);
  }
  co_return state.take_unread(count);
}

Task<void> drained(Outflow& outflow) {
  co_await outflow.drain(0);
}

Task<void> peer_end(StreamState& state) {
  for (;;) {
    const Received received = co_await Stream::Receive(state, 0);
    if (received.empty()) co_return;
  }
}

Task<bool> ends_within(Duration limit, Task<void> body) {
  try {
    co_await timeout(limit, std::move(body));
    co_return true;
  } catch (const TimeoutError&) {
    co_return false;
  }
}

// Whether all that is owed was sent, with never more than `patience` without any progress.
Task<bool> send_owed(Outflow& outflow, Duration patience) {
  for (;;) {
    outflow.take_progress();
    const bool all_sent = co_await ends_within(patience, drained(outflow));
    if (all_sent) co_return true;
    if (!outflow.take_progress()) co_return false;
  }
}

Task<void> finish_stream(StreamState& state, Duration patience) {
  const bool all_sent = co_await send_owed(state.outflow(), patience);
  if (!all_sent) co_return;
  if (state.tls() != nullptr) {
    state.end_tls();
    const bool end_sent = co_await send_owed(state.outflow(), patience);
    if (!end_sent) co_return;
  }
  state.shut_down(SHUT_WR);
  state.expect_end();
  co_await ends_within(std::min(patience, Stream::kPeerEndMost), peer_end(state));
}

}  // namespace

Task<std::optional<std::string>> Stream::read_line(std::size_t most) {
  return read_line_from(*state_, most);
}

Task<std::string> Stream::read_until(std::string separator, std::size_t most) {
  return read_until_from(*state_, std::move(separator), most);
}

Task<std::string> Stream::read_exactly(std::size_t count) {
  return read_exactly_from(*state_, count);
}

Task<void> Stream::finish(Duration patience) {
  return finish_stream(*state_, patience);
}

namespace {

// Receiving wakes this for every step, also where it brought no plain bytes.
Task<void> shake_hands(StreamState& state, std::shared_ptr<const TlsContext> context,
                       std::string host) {
  state.begin_tls(std::move(context), host);
  while (state.tls()->state() == TlsSession::State::kHandshake && !state.ended()) {
    const Received received = co_await Stream::Receive(state, SIZE_MAX);
    state.keep_after(0, received);  // plain bytes that came with the last step
  }
  const TlsSession& session = *state.tls();
  if (session.state() == TlsSession::State::kFailed) throw TlsError(session.failure());
  if (session.state() == TlsSession::State::kHandshake) {
    throw TlsError("the connection ended in the handshake");
  }
}

}  // namespace

Task<void> Stream::start_tls(std::shared_ptr<const TlsContext> context, std::string host) {
  return shake_hands(*state_, std::move(context), std::move(host));
}

}  // namespace core
