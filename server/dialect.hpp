// A dialect: how one protocol says commands and shows events. One class per protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "server/command.hpp"
#include "server/event.hpp"

namespace server {

// Which log of a room a dialect's members read; every dialect has its own encoding of each event.
enum class DialectId : std::uint8_t { kChat };
inline constexpr std::size_t kDialects = 1;

// The part without state: events to bytes. Called for each event of a room once, not once for each
// reader. Thread: any.
class Encoder {
 public:
  virtual ~Encoder() = default;

  // Appends whole lines to `out`. `now` is the server's local time.
  virtual void encode(const Event& event, const std::tm& now, std::string& out) const = 0;
};

// The part with state, one per connection: bytes to commands.
class Dialect {
 public:
  virtual ~Dialect() = default;

  // Takes bytes from the front of `bytes` up to the next command; nothing once all are taken. The
  // bytes may be split anywhere. What the command refers to is valid until the next call.
  virtual std::optional<Command> next(std::string_view& bytes) = 0;

  // The person was asked for a password (event::PasswordWanted): the next line comes as
  // command::GivePassword, whatever it says.
  virtual void expect_password() = 0;
};

}  // namespace server
