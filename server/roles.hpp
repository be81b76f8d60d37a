// Roles and modes: what a member is in a room, and what a room can be set to.
#pragma once

#include <cstdint>

namespace server {

// What a member is in a room; each may do what the one before it may.
enum class Role : std::uint8_t { kNone, kVoice, kOperator };

// What a room can be set to.
enum class Mode : std::uint8_t { kModerated, kClosed, kTopicLock, kSlow, kKey };

}  // namespace server
