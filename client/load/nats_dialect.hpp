// NATS, the client protocol of its server.
// Source: https://docs.nats.io/reference/reference-protocols/nats-protocol.
#pragma once

#include <string>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

// Asks the server not to send back to a connection what it publishes itself, and not to confirm
// every message. A subscription, or its end, is confirmed by the answer to a PING behind it.
class NatsDialect final : public Dialect {
 public:
  std::string_view name() const override { return "nats"; }
  std::string hello(std::size_t) const override;
  std::string join(std::string_view room) const override;
  std::string leave(std::string_view room) const override;
  std::string before_text(std::string_view room, std::size_t size) const override;
  Frame next(std::string_view bytes) const override;
  Notice notice(std::string_view line) const override;
};

}  // namespace load
