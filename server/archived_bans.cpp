// Between the two forms of a ban. A failure is logged here, and is an answer to who asked.
#include "server/archived_bans.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

namespace server {
namespace {

Store::Ban to_stored(const ServerBan& ban) {
  return {.room = std::nullopt,
          .subject = ban.network.to_string(),
          .reason = ban.reason,
          .by = ban.by,
          .created = std::time(nullptr),
          .until = ban.until == 0 ? std::nullopt : std::optional<std::int64_t>(ban.until)};
}

std::string failed(const StoreError& error) {
  spdlog::error("the store failed: {}", error.what());
  return error.what();
}

}  // namespace

std::vector<ServerBan> ArchivedBans::load() {
  std::vector<ServerBan> bans;
  for (Store::Ban& ban : archive_.store().load_bans()) {
    const auto network = core::Network::parse(ban.subject);
    if (ban.room || !network) continue;
    bans.push_back({.network = *network,
                    .by = std::move(ban.by),
                    .reason = std::move(ban.reason),
                    .until = static_cast<std::time_t>(ban.until.value_or(0))});
  }
  return bans;
}

core::Task<std::string> ArchivedBans::keep(ServerBan ban) {
  auto add = [stored = to_stored(ban)](Store& store) { store.add_ban(stored); };
  try {
    co_await archive_.at_store(std::move(add));
    co_return "";
  } catch (const StoreError& error) {
    co_return failed(error);
  }
}

core::Task<std::string> ArchivedBans::forget(core::Network network) {
  auto remove = [subject = network.to_string()](Store& store) {
    return store.remove_ban(std::nullopt, subject);
  };
  try {
    co_await archive_.at_store(std::move(remove));
    co_return "";
  } catch (const StoreError& error) {
    co_return failed(error);
  }
}

}  // namespace server
