// What one share of a run in rooms knows of those who speak, of the rooms, and of its own clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/load/frame_reader.hpp"
#include "client/load/transcript.hpp"
#include "core/outflow.hpp"

namespace load {

struct RoomParts {
  enum class State : std::uint8_t { kOut, kEntering, kIn, kLeaving };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // A speaker in one room: it has a sequence of its own, and its number stands in the stamp.
  struct Voice {
    std::uint32_t sent = 0;  // as far as it is known here
    std::uint32_t outstanding = 0;
    std::uint32_t known = 0;     // of those so many were published: a member of this share had them
    std::uint32_t replayed = 0;  // so many its own client may be shown when it comes again
    std::uint32_t client = kNone;  // of this share; kNone: it is another one's
    std::uint32_t number = 0;      // of its client among all
    std::uint32_t room = 0;
    std::uint32_t own = 0;  // which sender of this share it is
  };
  struct Room {
    std::string name;
    std::string request;      // to publish the next message; but for the stamp always the same,
                              // as long as all texts have one size
    std::size_t text_at = 0;  // where its text begins
    std::size_t first_voice = 0;
    std::uint32_t voices = 0;
    std::uint32_t recipients = 0;        // members of this share that messages are followed to
    std::vector<std::uint32_t> members;  // memberships
  };
  struct Membership {            // read for every delivery: half a cache line
    std::size_t first_pair = 0;  // with the room's first voice
    std::uint32_t client = 0;
    std::uint32_t room = 0;
    std::uint32_t voice = kNone;  // its own
    std::uint32_t since = 0;      // messages are followed to it from this moment on
    State state = State::kOut;
  };
  struct Client {
    core::Outflow* out = nullptr;
    FrameReader frames;
    Transcript::Cursor heard = Transcript::kNowhere;  // the last that it was sent
    std::uint32_t first_membership = 0;
    std::uint32_t memberships = 0;
    std::uint32_t unsettled = 0;      // memberships not yet confirmed, or not yet left; and what
                                      // other shares have yet to account for
    std::uint32_t turned_to = kNone;  // the room that it joined or spoke in last
    std::uint32_t storm = kNone;      // the one that dropped it last
    std::int64_t asked_ns = 0;        // when it began to come again
    std::uint64_t missed = 0;         // messages that the server said it left out
    std::uint64_t lost = 0;           // one that stalls, in stays that are over
    bool returns = false;
    bool stalls = false;
  };
};

}  // namespace load
