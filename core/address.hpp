// An internet address with a port, as a small value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

namespace core {

// IPv4 or IPv6, kept in the form the kernel takes, in 28 bytes rather than sockaddr_storage's 128:
// every connection holds one. Default-constructed it is no address: family AF_UNSPEC, port 0,
// printed as "none". Names are never looked up, so nothing here blocks.
class Address {
 public:
  Address();

  // "127.0.0.1:7777", "[::1]:7777", "[fe80::1%eth0]:7777", or localhost for 127.0.0.1: a numeric
  // address and a port of 0 to 65535, both required. Nothing for anything else.
  static std::optional<Address> parse(std::string_view text);

  // What the kernel gave, as from accept or getpeername. No address where the family is neither
  // AF_INET nor AF_INET6 or `size` is too short for it.
  static Address from(const sockaddr* address, socklen_t size);

  // The near end of a socket (getsockname(2)). No address where there is none.
  static Address of_local(int socket);

  const sockaddr* data() const { return &storage_.generic; }
  // What bind and connect want; 0 for no address.
  socklen_t size() const;

  sa_family_t family() const { return storage_.generic.sa_family; }
  std::uint16_t port() const;
  // Not for no address.
  Address with_port(std::uint16_t port) const;

  // 127.0.0.0/8, ::1, and the former written as IPv6 (::ffff:127.0.0.1).
  bool is_loopback() const;

  // In the form that parse() reads.
  std::string to_string() const;

  bool operator==(const Address& other) const;

 private:
  // All begin with the family, which may therefore be read through any of them.
  union Storage {
    sockaddr generic;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };

  Storage storage_;
};

static_assert(sizeof(Address) == sizeof(sockaddr_in6));

}  // namespace core
