// How rooms look on the wire of the system under test. The seam for other systems: one class
// each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace load {

// One thing that a server says, found at the beginning of what was received.
struct Frame {
  enum class Kind : std::uint8_t {
    kUnfinished,  // it is not whole yet
    kMessage,     // it brings what somebody said in a room
    kOther,       // for notice()
    kGarbage,     // nothing that this server could say
  };
  Kind kind = Kind::kUnfinished;
  std::size_t bytes = 0;       // of it; 0 while it is unfinished
  std::string_view room = {};  // of a message
  std::string_view text = {};  // of a message: what was published; else the frame without its end
};

// What a frame that brings no message says to who receives it.
struct Notice {
  enum class Kind : std::uint8_t {
    kOther,      // nothing that matters here
    kWelcome,    // it may join now
    kConfirmed,  // it is a member of the room now
    kLeft,       // it is none any more
    kAnswered,   // the oldest join or leave that was not confirmed is done
    kMissed,     // it did not get `missed` messages
    kRefused,    // what it sent was not accepted
    kAsked,      // it has to answer with `answer`
  };
  Kind kind = Kind::kOther;
  std::string_view room = {};  // of kConfirmed and kLeft
  std::uint64_t missed = 0;
  std::string answer = {};
};

// The speech of clients. It remembers nothing: one is enough for all of them.
class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const = 0;

  // Whether a member that speaks gets its own message back, as the others do.
  virtual bool hears_itself() const { return false; }
  // The largest text that passes unchanged.
  virtual std::size_t text_most() const { return SIZE_MAX; }

  // What a new connection sends first, the number of connections before it being `serial`. One that
  // has to be welcomed joins only then, others at once.
  virtual std::string hello(std::size_t serial) const = 0;
  virtual bool waits_for_welcome() const { return false; }
  virtual std::string join(std::string_view room) const = 0;
  virtual std::string leave(std::string_view room) const = 0;

  // What has to be sent before publishing in a room other than the last that was joined or
  // published in.
  virtual std::string turn_to(std::string_view) const { return {}; }
  // What stands around a text of `size` bytes that is published.
  virtual std::string before_text(std::string_view room, std::size_t size) const = 0;
  virtual std::string after_text() const { return "\r\n"; }

  // The frame at the beginning of the bytes, of which there is at least one. A beginning of an
  // unfinished frame is unfinished too, so that more bytes can be awaited.
  virtual Frame next(std::string_view bytes) const = 0;
  // What the text of a frame of kind kOther means.
  virtual Notice notice(std::string_view text) const = 0;
};

// For a name that the command line knows: chat, redis, nats or irc; null for others.
std::unique_ptr<Dialect> make_dialect(std::string_view name);

}  // namespace load
