// The smallest service there is; also the measure of what the runtime below it costs.
#include "server/echo_session.hpp"

#include <utility>

namespace server {

EchoSession::EchoSession(Connections& connections, core::Stream peer, std::size_t buffer_bytes)
    : Connection(connections, std::move(peer)), buffer_bytes_(buffer_bytes) {}

core::Task<void> EchoSession::serve() {
  core::Outflow& outflow = stream().outflow();
  for (;;) {
    core::Received received = co_await stream().receive();
    if (received.empty()) co_return;
    outflow.append(received.bytes());
    received.release();
    if (outflow.mailbox_bytes() > buffer_bytes_) co_await outflow.drain(buffer_bytes_ / 2);
  }
}

}  // namespace server
