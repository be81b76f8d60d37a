// One connected socket: a receive that stays armed, an outflow, and a close that waits for both.
#include "core/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include <sys/socket.h>

#include "core/receiving.hpp"
#include "core/timeout.hpp"
#include "core/tls_session.hpp"

namespace core {

// What a stream is while its handle may move, and after its handle is gone until the kernel has let
// go of it. Deletes itself then.
// Laid out so that nothing is lost between its parts: there is one for each connection.
class StreamState final : public Outflow, private Receiving, public Stream::Arrival {
 public:
  StreamState(Loop& loop, int socket, const Address& peer) : Outflow(loop, socket), peer_(peer) {}

  void close() {
    HUBBUB_ASSERT(!reading_);
    closing_ = true;
    take_arrived();
    if (!drained()) ring().reset_on_close(socket());
    stop();
    if (receiving()) ring().cancel(receive_token());
    close_when_idle();
  }

  // Speaks TLS from here on; what has arrived already is its first words.
  void begin_tls(std::shared_ptr<const TlsContext> context, const std::string& host) {
    HUBBUB_ASSERT(!tls_);
    tls_ = std::make_unique<TlsSession>(std::move(context), host);
    set_sealed();
    std::string wire;
    tls_->begin(wire);
    append_sealed(wire);
    const std::string early = take_unread(unread().size());
    if (!early.empty()) unseal(early);
  }
  void end_tls() {
    if (!tls_) return;
    std::string wire;
    tls_->end(wire);
    append_sealed(wire);
    silence();
  }
  // Where TLS has failed and the peer may still send: waits for its end, and not for sense.
  void expect_end() {
    if (tls_ && !peer_ended_) ended_ = false;
  }
  const TlsSession* tls() const { return tls_.get(); }
  const Address& peer() const { return peer_; }
  void set_peer(const Address& peer) { peer_ = peer; }
  int end_error() const { return end_error_; }
  bool ended() const { return ended_; }
  std::string_view unread() const {
    return unread_ ? std::string_view(unread_->bytes).substr(unread_->consumed)
                   : std::string_view();
  }
  // Takes them over where it can: there may be a password in them, which is to stand nowhere else.
  void keep(std::string bytes) {
    if (unread_ || bytes.empty()) return keep_after(unread().size(), bytes);
    unread_ = std::make_unique<Unread>(Unread{.bytes = std::move(bytes)});
  }
  // Puts bytes after the first `count` unread ones, before what arrived since.
  void keep_after(std::size_t count, std::string_view bytes) {
    if (bytes.empty()) return;
    if (!unread_) unread_ = std::make_unique<Unread>();
    unread_->bytes.insert(unread_->consumed + count, bytes);
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
  void shut_down(int how) { ring().shutdown(socket(), how); }

  // The wait: from ready() to await_resume() there is one reader.
  bool ready(std::size_t seen) {
    HUBBUB_ASSERT(!reading_ && buffer_ == kNoBuffer);
    reading_ = true;
    return take_cancel() || ended() || unread().size() > seen;
  }
  bool await_ready() override { return ready(0); }
  void await_resume() override {
    end_reading();
    check_cancelled();
  }
  void end_reading() { reading_ = false; }
  // Whether it was still going on.
  bool stop_waiting() {
    const bool was = waiting();
    if (was) wake();
    return was;
  }
  // What ended it, if that is not among the unread bytes.
  Received take_arrived() {
    if (buffer_ == kNoBuffer) return {};
    return {ring(), std::exchange(buffer_, kNoBuffer), size_};
  }

 private:
  ~StreamState() = default;

  using Outflow::loop;
  Ring& ring() { return loop().ring(); }

  void start() override {
    try {
      arm();
    } catch (...) {
      end_reading();
      throw;
    }
  }
  void cancel_wait() override { wake_cancelled(); }

  void arm() {
    if (receiving() || ended_) return;
    ring().receive(begin_receiving(loop().operations()), socket());
  }

  void received(const Completion& completion) override {
    if (!completion.more) pausing_ = false;
    if (completion.result > 0) {
      arrived(completion.buffer, static_cast<std::uint32_t>(completion.result));
    } else {
      if (completion.buffer != kNoBuffer) ring().give_back(completion.buffer);
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
    } else if (waiting()) {
      arm();  // it ran out of buffers, or was paused and is wanted again
    }
  }

  // Plain bytes stay in their buffer where somebody waits for them.
  void arrived(int buffer, std::uint32_t size) {
    if (!closing_ && !tls_ && waiting()) {
      buffer_ = buffer;
      size_ = size;
      wake();
      return;
    }
    const Received received(ring(), buffer, size);
    if (closing_) return;
    if (tls_) return unseal(received.bytes());
    keep_after(unread().size(), received.bytes());
    pause_if_full();
  }

  // Each step of the handshake wakes start_tls(), also one without plain bytes.
  void unseal(std::string_view bytes) {
    const TlsSession::State before = tls_->state();
    if (before == TlsSession::State::kFailed) return;
    std::string plain;
    std::string wire;
    tls_->receive(bytes, plain, wire);
    append_sealed(wire);
    const bool tells = !plain.empty() || before == TlsSession::State::kHandshake;
    keep(std::move(plain));
    if (tells && !stop_waiting()) pause_if_full();
    if (before == TlsSession::State::kHandshake) mark_lagging();  // owed since before
    // A peer can ask for answers for ever (KeyUpdate, RFC 8446 4.6.3), and read none.
    if (sealed_bytes() > kAnswersMost) {
      tls_->give_up("the peer reads none of the answers that it asks for");
    }
    if (tls_->state() == TlsSession::State::kEnded) end(0);
    if (tls_->state() == TlsSession::State::kFailed) fail_tls();
  }

  void fail_tls() {  // the alert still goes out, and nothing else
    silence();
    end(EPROTO);
  }

  void pause_if_full() {
    if (unread().size() <= Stream::kUnreadMost || !receiving() || pausing_) return;
    pausing_ = true;
    ring().cancel(receive_token());
  }

  // A reset is told once. Where a send took it, the receive only sees an end, and may be heard
  // first; it was no orderly one all the same.
  void end(int error) {
    if (end_error_ == 0) end_error_ = static_cast<std::int16_t>(error);
    if (ended_) return;
    ended_ = true;
    stop_waiting();
  }

  void outflow_broken(int error) override { end(error); }
  void outflow_idle() override { close_when_idle(); }
  bool outflow_seal(std::span<const iovec> pieces, std::string& wire) override {
    if (tls_->seal(pieces, wire)) return true;
    if (tls_->state() == TlsSession::State::kFailed) fail_tls();
    return false;
  }

  void close_when_idle() {
    if (receiving() || blocked()) return;
    ring().close(socket());
    delete this;
  }

  static constexpr std::size_t kAnswersMost = 4 * Outflow::kSealedMost;
  struct Unread {
    std::string bytes;
    std::size_t consumed = 0;  // the first of them
  };

  bool ended_ : 1 = false;       // nothing more is to be read
  bool peer_ended_ : 1 = false;  // the socket said so
  bool closing_ : 1 = false;
  bool pausing_ : 1 = false;
  bool reading_ : 1 = false;
  std::int16_t end_error_ = 0;
  std::uint32_t size_ = 0;  // of the bytes in the buffer
  Address peer_;
  int buffer_ = kNoBuffer;           // arrived, and its reader was woken for it
  std::unique_ptr<TlsSession> tls_;  // null: what is sent and received is plain
  std::unique_ptr<Unread> unread_;   // arrived while nobody read, or looked at and left; else null
};

static_assert(sizeof(StreamState) <= 168, "one per connection");

bool Stream::Receive::await_ready() {
  return state_.ready(seen_);
}

Stream::Arrival& Stream::Receive::arrival() {
  return state_;
}

Received Stream::Receive::await_resume() {
  state_.await_resume();
  Received arrived = state_.take_arrived();
  if (!arrived.empty() || seen_ > 0) return arrived;
  return Received(state_.take_unread(state_.unread().size()));
}

// It may be due in the pass that brought the bytes, or the cancel: those came first.
void Stream::ReceiveWithin::fire() {
  expired_ = state_.stop_waiting();
}

void Stream::ReceiveWithin::end_reading() {
  state_.end_reading();
}

std::optional<Received> Stream::ReceiveWithin::await_resume() {
  current_loop().timers().disarm(*this);
  if (expired_) {
    end_reading();
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

Stream::Arrival& Stream::arrival() {
  return *state_;
}

Received Stream::take_arrived() {
  Received arrived = state_->take_arrived();
  if (!arrived.empty()) return arrived;
  return Received(state_->take_unread(state_->unread().size()));
}

Outflow& Stream::outflow() {
  return *state_;
}

void Stream::put_back(std::string_view bytes) {
  state_->keep_after(0, bytes);
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
  state.keep_after(seen, received.bytes());
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
  const bool all_sent = co_await send_owed(state, patience);
  if (!all_sent) co_return;
  if (state.tls() != nullptr) {
    state.end_tls();
    const bool end_sent = co_await send_owed(state, patience);
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
    co_await Stream::Receive(state, SIZE_MAX);  // plain bytes that came with a step are unread
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
