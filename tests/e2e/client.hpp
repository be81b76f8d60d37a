// A TCP client of the bluntest kind: blocking, one thread, every wait with a deadline.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "tests/e2e/process.hpp"

namespace e2e {

using Place = std::source_location;

// A port of the loopback address, which of this machine's it is connected to from: 127.0.0.`host`,
// and what is sent before anything else, as by a gateway.
struct Way {
  Way(std::uint16_t to, std::uint8_t from = 1, std::string opening_bytes = {})  // NOLINT: a port is
      : port(to), host(from), opening(std::move(opening_bytes)) {}              // one
  std::uint16_t port;
  std::uint8_t host;
  std::string opening;
};

// What a test waits for in vain ends it with a Failure that shows what had come instead.
// What has arrived and was not asked for yet is kept. Move-only.
class Client {
 public:
  // Connects. A small receive buffer makes a slow reader soon felt (0: the system's).
  explicit Client(Way way, int receive_buffer_bytes = 0, Place place = Place::current());

  // Everything, however long the other end takes as long as it takes some.
  void send(std::string_view bytes, Place place = Place::current()) const;
  // As much of endlessly repeated `pattern` as the connection holds, at most `most` bytes: nothing
  // was taken any more for a while. Gives the number of bytes sent.
  std::size_t send_until_blocked(std::string_view pattern, std::size_t most) const;

  // Up to the end of the first `text`.
  std::string read_until(std::string_view text, Place place = Place::current());
  // The next line without its CR LF.
  std::string read_line(Place place = Place::current());
  std::string read_exactly(std::size_t bytes, Place place = Place::current());
  // Everything up to the end; a reset is a failure.
  std::string read_to_end(Place place = Place::current());
  // What is there by now, without waiting.
  std::string read_arrived();

  // Waits until the other end has ended or reset the connection; what comes before is dropped.
  void wait_for_end(Place place = Place::current());

  void end_sending() const;
  void close() { socket_.reset(); }
  // Closes with a reset: whatever was under way is lost.
  void reset();

 private:
  enum class Arrival { kBytes, kEnd, kReset, kNothing };
  Arrival receive(Duration patience);
  void need_more(std::string_view wanted, const Place& place);
  std::string take(std::size_t bytes);

  Descriptor socket_;
  std::string received_;
};

// Whether somebody listens on this port of the loopback address.
bool accepts_connections(std::uint16_t port);

}  // namespace e2e
