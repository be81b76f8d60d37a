// Who keeps the bans of rooms beyond this process, as the directory and moderation know it.
#pragma once

#include <string>

#include "core/task.hpp"

namespace server {

class RoomBanKeeper {
 public:
  // Writes down which bans the room has when its turn has come: none where it has ended. So
  // whatever is done in which order, what is written last is what is so. Empty: it was done; else
  // why not. Thread: a loop's.
  virtual core::Task<std::string> write_down(std::string room) = 0;

  // The same, soon, for what nobody waits for: the room has begun, or ended, with bans. Thread: a
  // loop's, with the directory's lock.
  virtual void write_down_soon(const std::string& room) noexcept = 0;

 protected:
  ~RoomBanKeeper() = default;
};

}  // namespace server
