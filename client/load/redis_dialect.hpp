// Redis' publish and subscribe, in version 3 of its protocol (RESP): only there may a connection
// that is subscribed publish too, so that members are members as in a chat.
// Source: https://redis.io/docs/reference/protocol-spec/, https://redis.io/docs/manual/pubsub/.
#pragma once

#include <string>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

// Redis knows no sender: who publishes gets its own message as every subscriber does, and a number
// in answer (how many got it).
class RedisDialect final : public Dialect {
 public:
  std::string_view name() const override { return "redis"; }
  bool hears_itself() const override { return true; }
  std::string hello(std::size_t) const override;
  std::string join(std::string_view room) const override;
  std::string leave(std::string_view room) const override;
  std::string before_text(std::string_view room, std::size_t size) const override;
  Frame next(std::string_view bytes) const override;
  Notice notice(std::string_view text) const override;
};

}  // namespace load
