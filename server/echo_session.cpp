// The smallest service there is; also the measure of what the runtime below it costs.
#include "server/echo_session.hpp"

#include <utility>

namespace server {

EchoSession::EchoSession(Connections& connections, core::Stream peer, std::size_t buffer_bytes)
    : Connection(connections, std::move(peer)), buffer_bytes_(buffer_bytes) {}

bool EchoSession::take(core::Received received) {
  stream().outflow().append(received.bytes());
  return stream().outflow().mailbox_bytes() > buffer_bytes_;
}

core::Task<void> EchoSession::catch_up() {
  co_await stream().outflow().drain(buffer_bytes_ / 2);
}

}  // namespace server
