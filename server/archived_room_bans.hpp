// The bans of rooms in the archive, so that they survive a restart.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "server/archive.hpp"
#include "server/directory.hpp"
#include "server/log_limiter.hpp"
#include "server/room_ban_keeper.hpp"

namespace server {

// Thread: any, but for what RoomBanKeeper says. The archive must be open; it must outlive the
// loops, and the directory must outlive it. A room's bans end with the room; only the end of the
// server is no such end. They wait for their room (KeptBans) for kAwaited from the first start
// without it. A connection is nobody's mark in the next server, so a ban is kept for the nick, the
// account and the network. A room that ended in the last moments before a crash may have its bans
// once more. Cost: each time all bans of the room are written, but whatever is asked while that is
// awaited is done in one go.
class ArchivedRoomBans final : public RoomBanKeeper {
 public:
  static constexpr std::int64_t kAwaited = 24 * 60 * 60;  // seconds

  ArchivedRoomBans(Archive& archive, Directory& directory)
      : archive_(archive), directory_(directory) {}

  // For the start. Throws StoreError.
  void restore(std::time_t now);

  core::Task<std::string> write_down(std::string room) override;
  void write_down_soon(const std::string& room) noexcept override;

 private:
  // Who asked last, and up to whom it has been done. Outlives what it is for where the store still
  // has work in hand.
  struct Turns {
    struct Turn {
      std::uint64_t asked = 0;
      std::uint64_t done = 0;
      std::size_t waiting = 0;
    };
    std::mutex mutex;  // of what follows
    std::unordered_map<std::string, Turn> rooms;
  };
  class Ticket;

  void await_rooms(std::int64_t now);
  void report(const std::string& why);

  Archive& archive_;
  Directory& directory_;
  std::shared_ptr<Turns> turns_ = std::make_shared<Turns>();
  std::mutex log_mutex_;
  LogLimiter failures_;  // of the log: whoever begins a room may bring them about
};

}  // namespace server
