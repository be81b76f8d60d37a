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

}  // namespace

std::vector<ServerBan> ArchivedBans::load() {
  const std::int64_t now = std::time(nullptr);
  bool any_over = false;
  std::vector<ServerBan> bans;
  for (Store::Ban& ban : archive_.store().load_bans()) {
    const auto network = core::Network::parse(ban.subject);
    const bool is_over = ban.until && *ban.until <= now;
    any_over = any_over || is_over;
    if (ban.room || !network || is_over) continue;
    bans.push_back({.network = *network,
                    .by = std::move(ban.by),
                    .reason = std::move(ban.reason),
                    .until = static_cast<std::time_t>(ban.until.value_or(0))});
  }
  if (any_over) strike_out_old(now);
  return bans;
}

// What hinders it hinders nothing else: another time will do.
void ArchivedBans::strike_out_old(std::int64_t now) {
  try {
    archive_.store().remove_bans_over(now);
  } catch (const StoreError& error) {
    spdlog::warn("bans that are over stay in the store: {}", error.what());
  }
}

core::Task<BanList::Keeper::Kept> ArchivedBans::write_down(core::Network network) {
  auto write = [&bans = bans_, network](Store& store) {
    const std::optional<ServerBan> ban = bans.of(network);
    if (!ban) return store.remove_ban(std::nullopt, network.to_string());
    store.remove_bans_over(std::time(nullptr));
    store.add_ban(to_stored(*ban));
    return false;
  };
  try {
    const bool was_there = co_await archive_.at_store(std::move(write));
    co_return Kept{.was_there = was_there};
  } catch (const StoreError& error) {
    spdlog::error("the store failed: {}", error.what());
    co_return Kept{.failure = error.what()};
  }
}

}  // namespace server
