// The dialects by name.
#include "client/load/chat_dialect.hpp"
#include "client/load/dialect.hpp"
#include "client/load/irc_dialect.hpp"
#include "client/load/nats_dialect.hpp"
#include "client/load/redis_dialect.hpp"

namespace load {

std::unique_ptr<Dialect> make_dialect(std::string_view name) {
  if (name == "chat") return std::make_unique<ChatDialect>();
  if (name == "redis") return std::make_unique<RedisDialect>();
  if (name == "nats") return std::make_unique<NatsDialect>();
  if (name == "irc") return std::make_unique<IrcDialect>();
  return nullptr;
}

}  // namespace load
