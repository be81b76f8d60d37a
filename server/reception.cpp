// One task for each who waits: it is short, and a gateway that keeps silent holds up nobody.
#include "server/reception.hpp"

#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "server/proxy_header.hpp"

namespace server {

Reception::Reception(core::Loop& loop, Admission& admission, Admit admit)
    : loop_(loop), admission_(admission), admit_(std::move(admit)) {}

Reception::~Reception() {
  HUBBUB_ASSERT(guests_.empty());
}

// Without a word to whom is refused: a gateway would not understand it.
void Reception::receive(Protocol protocol, core::Stream stream, core::Duration patience) {
  auto answer = admission_.admit_unannounced(stream.peer(), loop_.now());
  auto* const seat = std::get_if<Admission::Seat>(&answer);
  if (seat == nullptr) return;
  const auto self = guests_.emplace(guests_.end());
  *self = loop_.spawn(wait_for_header(self, protocol, std::move(stream), std::move(*seat),
                                      core::after(loop_.now(), patience)),
                      "gateway");
}

core::Task<void> Reception::close() {
  for (const core::TaskHandle<void>& guest : guests_) guest.context().cancel();
  none_left_.clear();
  if (!guests_.empty()) co_await none_left_.wait();
}

core::Task<void> Reception::wait_for_header(Guests::iterator self, Protocol protocol,
                                            core::Stream stream, Admission::Seat seat,
                                            core::Time until) {
  struct Leaving {
    ~Leaving() {
      of.guests_.erase(self);
      if (of.guests_.empty()) of.none_left_.set();
    }
    Reception& of;
    Guests::iterator self;
  };
  const Leaving leaving{*this, self};
  const bool announced = co_await is_announced(stream, until);
  seat = {};  // the gateway's; whoever it speaks for takes its own
  if (announced) admit_(protocol, std::move(stream));
}

core::Task<bool> Reception::is_announced(core::Stream& stream, core::Time until) {
  ProxyHeader header;
  for (;;) {
    const auto received = co_await stream.receive_within(until - loop_.time());
    if (!received) {
      admission_.refusals().note(Cause::kHandshake, stream.peer().to_string(),
                                 "no PROXY header of a gateway in time", loop_.now());
      co_return false;
    }
    if (received->empty()) co_return false;  // it has left, as one does that looks for open ports
    std::string_view rest = received->bytes();
    const ProxyHeader::State state = header.feed(rest);
    if (state == ProxyHeader::State::kIncomplete) continue;
    if (state == ProxyHeader::State::kMalformed) {
      admission_.refusals().note(Cause::kProxyHeader, stream.peer().to_string(), header.fault(),
                                 loop_.now());
      co_return false;
    }
    stream.put_back(rest);
    if (header.source().size() > 0) stream.set_peer(header.source());
    co_return true;
  }
}

}  // namespace server
