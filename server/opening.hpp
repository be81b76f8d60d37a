// The opening of a connection: people whose program took the chat port for another service.
//
// Two mistakes are common, a TLS client and a web browser. Each is answered in its own protocol, so
// that its user reads a clear error, and the connection ends. For the browser that is a matter of
// safety too: a web page can make its visitor's browser send lines of the page's choosing to a port
// of the visitor's own machine, and none of them may be taken for something the visitor said.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command.hpp"
#include "server/line_input.hpp"

namespace server {

// Watches a connection up to the end of its first line, beside its LineInput. Recognized are:
// - TLS: the first two bytes are a handshake record's (RFC 8446, section 5.1), 16 03;
// - HTTP: the first line is a request line (RFC 9112, section 3), or begins with the method of one
//   and is too long to see the end of.
// The same words later on are speech. A value of a few bytes; any split gives the same verdict.
class Opening {
 public:
  // True once there is nothing left to watch for.
  [[nodiscard]] bool is_over() const { return is_over_; }

  // To be called, until it is over, with the bytes that LineInput took and what it made of them.
  std::optional<command::WrongProtocol> observe(std::string_view taken,
                                                const std::optional<InputEvent>& input);

 private:
  std::array<char, 8> first_bytes_{};  // the longest method and the space after it
  std::uint8_t size_ = 0;
  bool is_over_ = false;
};

}  // namespace server
