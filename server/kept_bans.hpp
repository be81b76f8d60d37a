// Kept bans: those of rooms that outlived the server before, until the room begins again.
#pragma once

#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "server/names.hpp"
#include "server/sanctions.hpp"

namespace server {

// Thread: under the directory's lock. Rooms are known by name, whatever the case of its letters.
// Nobody is in them and they are no rooms yet. `now` is the time of day, in seconds since 1970.
class KeptBans {
 public:
  // Kept until then. There are at most Sanctions::kMost of one room; those beyond are left out.
  void add(std::string_view room, std::time_t until, const Sanction& ban, Quota::Share share,
           std::time_t now) {
    Kept& kept = rooms_[folded(room)];
    kept.until = until;
    if (!kept.bans.is_full(now)) kept.bans.add(ban, std::move(share));
  }

  // Null: there are none of that room.
  const Sanctions* find(std::string_view room, std::time_t now) const {
    const auto found = rooms_.find(folded(room));
    return found == rooms_.end() || found->second.until <= now ? nullptr : &found->second.bans;
  }

  // For the room that begins; from now on they are its own.
  Sanctions take(std::string_view room, std::time_t now) {
    auto kept = rooms_.extract(folded(room));
    return kept.empty() || kept.mapped().until <= now ? Sanctions() : std::move(kept.mapped().bans);
  }

  void forget_old(std::time_t now) {
    std::erase_if(rooms_, [now](const auto& room) { return room.second.until <= now; });
  }

 private:
  struct Kept {
    Sanctions bans;
    std::time_t until = 0;
  };

  std::map<std::string, Kept> rooms_;  // by folded name
};

}  // namespace server
