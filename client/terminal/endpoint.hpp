// Where a server is, as a person writes it: HOST, HOST:PORT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace client {

// A host by name or by address (an IPv6 address without its brackets), and a port.
struct Endpoint {
  static constexpr std::uint16_t kDefaultPort = 7777;

  std::string host = "127.0.0.1";
  std::uint16_t port = kDefaultPort;

  // "example.org:7777", "[::1]:7777": what parse_endpoint() reads.
  std::string to_string() const;

  // The host as a certificate names it: without the dot that ends an absolute name (RFC 6066,
  // section 3), and without the zone of an IPv6 address, which only this machine knows.
  std::string certified_name() const;
};

// "example.org", "10.0.0.1:7000", "::1", "[::1]", "[fe80::1%eth0]:7000". A port is 1 to 65535.
// Nothing where the host is empty or has a space or a control character, or the port is none.
std::optional<Endpoint> parse_endpoint(std::string_view text);

}  // namespace client
