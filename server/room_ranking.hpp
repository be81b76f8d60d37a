// The ranking of rooms by their members, kept in order as people come and go, so that who asks for
// the largest does not wait until all have been looked at.
#pragma once

#include <cstddef>
#include <set>
#include <utility>

#include "core/assert.hpp"
#include "server/room.hpp"

namespace server {

// Thread: under the directory's lock. Refers to rooms. A change of one costs O(log rooms).
class RoomRanking {
  struct Entry {
    std::size_t members;
    const Room* room;
  };
  // The most members first; those with as many by name.
  struct IsBefore {
    bool operator()(const Entry& a, const Entry& b) const {
      if (a.members != b.members) return a.members > b.members;
      return a.room->name() < b.room->name();
    }
  };

 public:
  // It has no members yet.
  void add(const Room& room) { entries_.insert({0, &room}); }
  void remove(const Room& room) {
    [[maybe_unused]] const std::size_t removed = entries_.erase({room.members(), &room});
    HUBBUB_ASSERT(removed == 1);
  }
  // To be called when it has other than so many members.
  void changed(const Room& room, std::size_t from) noexcept {
    auto entry = entries_.extract({from, &room});
    HUBBUB_ASSERT(!entry.empty());
    entry.value().members = room.members();
    if (from == 0) ++inhabited_;
    if (room.members() == 0) --inhabited_;
    entries_.insert(std::move(entry));
  }

  // Those that have members.
  std::size_t inhabited() const { return inhabited_; }
  // In order, for as long as `take(room)` says so.
  template <class Function>
  void for_each_inhabited(Function take) const {
    for (const Entry& entry : entries_) {
      if (entry.members == 0 || !take(*entry.room)) return;
    }
  }

 private:
  std::set<Entry, IsBefore> entries_;
  std::size_t inhabited_ = 0;
};

}  // namespace server
