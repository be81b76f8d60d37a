// Replay: where who enters a room begins to read, kept from one who enters to the next.
//
// They are shown the last messages, without the notes among them. To find those is a walk from the
// first of them on, which is mostly over notes where people come and go all the time; and that is
// where the place is asked for most. So a note is walked over once, not by each who enters.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/log.hpp"

namespace server {

// Thread: any, under the lock of the room. Keeps what it replays in memory: to be dropped when the
// room does not retain that any more.
class Replay {
 public:
  // Of the last `most` messages of those from `begin` on, which skips nothing.
  Replay(const core::Cursor& begin, std::size_t most)
      : begin_(begin), walked_(begin), most_(most) {}

  // Whether it is still good for the last `most`. Not where so many have come since cursor() that
  // it would walk over some which nobody is shown: who begins anew passes them by chunks.
  bool serves(const core::Log& log, std::size_t most) const {
    return most == most_ && log.head().messages - seen_ < most_;
  }
  // Where it begins.
  std::uint64_t byte() const { return begin_.byte(); }

  // Before those of them that are in the log by now; `messages` tells how many. It goes over none
  // of the notes, and over all that is appended later. May throw std::bad_alloc; the next call goes
  // on.
  core::Cursor cursor(const core::Log& log, std::size_t& messages);

 private:
  core::Cursor begin_;   // skips the notes up to `walked_`
  core::Cursor walked_;  // skips nothing
  std::size_t most_;
  std::size_t messages_ = 0;  // from the one to the other
  std::uint64_t seen_ = 0;    // messages of the log, at the last cursor()
};

}  // namespace server
