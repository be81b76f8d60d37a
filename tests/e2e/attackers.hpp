// Attackers: connections by the thousand that mean harm. They wait for nothing and mind nothing.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tests/e2e/client.hpp"

namespace e2e {

// One connection that never blocks and never throws: what the server does not take is lost, and an
// end is just noticed. Move-only.
class Attacker {
 public:
  // Begins to connect.
  explicit Attacker(const Way& way);
  // One whose window is as small as the kernel lets it be, for those who never read.
  static Attacker with_tiny_window(const Way& way);

  // What the connection takes of it now. Gives the number of bytes.
  std::size_t send(std::string_view bytes);
  // Drops what has arrived.
  void read();
  // The other end has ended it, as far as send() and read() have seen.
  bool gone() const { return gone_; }
  // Closes with a reset.
  void reset();

 private:
  explicit Attacker(Descriptor socket) : socket_(std::move(socket)) {}
  void connect(const Way& way);

  Descriptor socket_;
  bool gone_ = false;
};

// So many at a time to one port, from many addresses. Who has gone is replaced by refill().
class Swarm {
 public:
  using Make = Attacker (*)(const Way& way);

  Swarm(std::uint16_t port, std::size_t size, Make make = ordinary);

  // At most `most` new ones, so that a server that refuses them all is not all there is to do.
  void refill(std::size_t most);
  std::vector<Attacker>& members() { return members_; }

  static Attacker ordinary(const Way& way) { return Attacker(way); }

 private:
  Attacker recruit();

  std::uint16_t port_;
  Make make_;
  std::uint8_t host_ = 0;
  std::vector<Attacker> members_;
};

// The addresses that attacks come from, in turn: 127.0.0.10 to 127.0.0.249.
std::uint8_t next_host(std::uint8_t host);

}  // namespace e2e
