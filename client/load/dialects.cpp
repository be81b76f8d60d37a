// The dialects by name.
#include "client/load/chat_dialect.hpp"
#include "client/load/dialect.hpp"
#include "client/load/irc_dialect.hpp"
#include "client/load/nats_dialect.hpp"
#include "client/load/redis_dialect.hpp"

namespace load {

std::unique_ptr<Dialect> make_dialect(std::string_view name, const std::string& room) {
  if (name == "chat") return std::make_unique<ChatDialect>(room);
  if (name == "redis") return std::make_unique<RedisDialect>(room);
  if (name == "nats") return std::make_unique<NatsDialect>(room);
  if (name == "irc") return std::make_unique<IrcDialect>(room);
  return nullptr;
}

}  // namespace load
