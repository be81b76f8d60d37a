// An audience: the members of one room that live on one loop.
//
// A room has one for each loop that somebody joined it from. What is published wakes every
// audience once, and each walks its own members on its own loop; so nothing of a member is ever
// touched by another thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "core/time.hpp"

namespace server {

class Fanout;
class Membership;
class Room;

// Owned by its room, lives as long. Thread: its loop's; other loops look at the members under the
// directory's lock, and the list changes only under that and the room's.
class Audience {
 public:
  Audience(Room& room, Fanout& fanout) : room_(room), fanout_(fanout) {}
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  Room& room() const { return room_; }
  Fanout& fanout() const { return fanout_; }
  const std::vector<Membership*>& members() const { return members_; }

  void add(Membership& membership);
  void remove(Membership& membership);

 private:
  friend class Fanout;

  Room& room_;
  Fanout& fanout_;
  std::vector<Membership*> members_;
  // The walk over the members that follows a publishing: round and round, a stretch at a time.
  std::size_t next_ = 0;
  std::size_t left_ = 0;
  // When the first and the last line came since the latest stretch; kNever: none did.
  core::Time first_ = core::kNever;
  core::Time last_;
  bool waking_ = false;               // in the fanout's list
  std::atomic<bool> called_ = false;  // by another loop, and not awake yet
};

}  // namespace server
