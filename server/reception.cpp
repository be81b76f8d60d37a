// One task for each who waits: it is short, and who keeps silent holds up nobody.
#include "server/reception.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/assert.hpp"
#include "core/outcome.hpp"
#include "core/timeout.hpp"
#include "core/tls_session.hpp"
#include "server/connection.hpp"
#include "server/proxy_header.hpp"

namespace server {

namespace {

// For people who came with telnet: sent as it is, because a TLS client has something else to read.
constexpr std::string_view kSpeaksTls =
    "-- error: this port speaks TLS; connect with hubbub --tls or openssl s_client\r\n";

}  // namespace

// Takes a guest off the list, however its task ends.
class Reception::Leaving {
 public:
  Leaving(Reception& of, Guests::iterator self) : of_(of), self_(self) {}
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  ~Leaving() {
    of_.guests_.erase(self_);
    if (of_.guests_.empty()) of_.none_left_.set();
  }

 private:
  Reception& of_;
  Guests::iterator self_;
};

Reception::Reception(core::Loop& loop, Admission& admission, Host& host)
    : loop_(loop), admission_(admission), host_(host) {}

Reception::~Reception() {
  HUBBUB_ASSERT(guests_.empty());
}

core::Task<void> Reception::close() {
  for (const core::TaskHandle<void>& guest : guests_) guest.context().cancel();
  none_left_.clear();
  if (!guests_.empty()) co_await none_left_.wait();
}

void Reception::refuse(Cause cause, const core::Stream& stream, std::string_view why) {
  admission_.refusals().note(cause, stream.peer().to_string(), why, loop_.now());
}

// --- The PROXY header of a gateway. ---

// Without a word to whom is refused: a gateway would not understand it.
void Reception::wait_for_header(Guest guest, const Config::Limits& limits) {
  auto answer = admission_.admit_unannounced(guest.stream.peer(), loop_.now());
  auto* const seat = std::get_if<Admission::Seat>(&answer);
  if (seat == nullptr) return;
  const auto self = guests_.emplace(guests_.end());
  *self = loop_.spawn(announce(self, std::move(guest), std::move(*seat),
                               core::after(loop_.now(), limits.handshake)),
                      "gateway");
}

core::Task<void> Reception::announce(Guests::iterator self, Guest guest, Admission::Seat seat,
                                     core::Time until) {
  const Leaving leaving(*this, self);
  const bool announced = co_await is_announced(guest.stream, until);
  seat = {};  // the gateway's; whoever it speaks for takes its own
  if (announced) host_.admit(std::move(guest));
}

core::Task<bool> Reception::is_announced(core::Stream& stream, core::Time until) {
  ProxyHeader header;
  for (;;) {
    const auto received = co_await stream.receive_within(until - loop_.time());
    if (!received) {
      refuse(Cause::kHandshake, stream, "no PROXY header of a gateway in time");
      co_return false;
    }
    if (received->empty()) co_return false;  // it has left, as one does that looks for open ports
    std::string_view rest = received->bytes();
    const ProxyHeader::State state = header.feed(rest);
    if (state == ProxyHeader::State::kIncomplete) continue;
    if (state == ProxyHeader::State::kMalformed) {
      refuse(Cause::kProxyHeader, stream, header.fault());
      co_return false;
    }
    stream.put_back(rest);
    if (header.source().size() > 0) stream.set_peer(header.source());
    co_return true;
  }
}

// --- TLS. ---

void Reception::shake_hands(Guest guest, Admission::Seat seat, const Config::Limits& limits) {
  if (shaking_ >= limits.unannounced) {
    return refuse(Cause::kUnannounced, guest.stream, "too many TLS handshakes at the same time");
  }
  const auto self = guests_.emplace(guests_.end());
  *self =
      loop_.spawn(secure(self, std::move(guest), std::move(seat), limits.handshake), "handshake");
}

core::Task<void> Reception::secure(Guests::iterator self, Guest guest, Admission::Seat seat,
                                   core::Duration patience) {
  const Leaving leaving(*this, self);
  ++shaking_;
  const auto secured = co_await core::settle(is_secured(guest, patience));
  --shaking_;
  if (!secured.has_value()) std::rethrow_exception(secured.exception());
  if (secured.value()) {
    admission_.count_handshake();
    host_.serve(std::move(guest), std::move(seat));
  } else {
    co_await guest.stream.finish(Connection::kLinger);
  }
}

core::Task<bool> Reception::is_secured(Guest& guest, core::Duration patience) {
  core::Stream& stream = guest.stream;
  std::string why;
  try {
    co_await core::timeout(patience, stream.start_tls(guest.tls));
    co_return true;
  } catch (const core::TimeoutError&) {
    refuse(Cause::kHandshake, stream, "no TLS handshake in time");
  } catch (const core::TlsError& error) {
    refuse(Cause::kTls, stream, error.what());
  }
  if (guest.protocol == Protocol::kChat && stream.tls() && !stream.tls()->heard_tls()) {
    stream.outflow().append_sealed(kSpeaksTls);
  }
  co_return false;
}

}  // namespace server
