// How a broadcast looks on the wire of the system under test. The seam for other systems: one class
// each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace load {

// What a line that carries no message says to who receives it.
struct Notice {
  enum class Kind : std::uint8_t {
    kOther,      // nothing that matters here
    kConfirmed,  // it is a member of the room now
    kMissed,     // it did not get `missed` messages
    kRefused,    // what it sent was not accepted
  };
  Kind kind = Kind::kOther;
  std::uint64_t missed = 0;
};

// The speech of one client in one room. Lines end with LF or CR LF, and a message's text ends its
// line: so a text is found by counting back from a line's end, and only the other lines come here.
class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const = 0;

  // What a new connection sends to become a member.
  virtual std::string join() const = 0;

  // What stands around a text that is published, and so the line of a message: before + text +
  // after.
  virtual std::string before_text() const = 0;
  virtual std::string after_text() const = 0;

  // What every line that brings a message of this room has at offset `at`. May be empty.
  struct Mark {
    std::size_t at = 0;
    std::string text;
  };
  virtual Mark mark() const = 0;

  virtual Notice read(std::string_view line) const = 0;
};

}  // namespace load
