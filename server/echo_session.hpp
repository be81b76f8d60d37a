// The echo service of RFC 862: every byte comes back, as bytes and not as lines.
#pragma once

#include <cstddef>

#include "server/connection.hpp"

namespace server {

// Thread: the loop's. Limits: `buffer_bytes` of echo that the peer has not taken (config
// limits.echo_buffer), and what Stream keeps unread; beyond that nothing more is read, and the
// sender feels it. At the peer's end what is owed is still sent.
class EchoSession final : public Connection {
 public:
  EchoSession(Connections& connections, core::Stream stream, std::size_t buffer_bytes);

 private:
  bool take(core::Received received) override;
  core::Task<void> catch_up() override;

  std::size_t buffer_bytes_;
};

}  // namespace server
