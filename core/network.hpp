// A network: the addresses that begin with the same bits (CIDR, RFC 4632 and RFC 4291).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.hpp"

namespace core {

// The address without its port, as IPv6; an IPv4 one stands in ::ffff:0:0/96 (RFC 4291, 2.5.5.2),
// so that both ways of writing it are the same. All zeroes for no address.
using HostBytes = std::array<std::uint8_t, 16>;
HostBytes host_bytes(const Address& address);

// IPv4 or IPv6. Plain data: any thread.
class Network {
 public:
  // "10.0.0.0/8", "2001:db8::/32", and one address alone: "::1". Nothing for anything else, also
  // where bits are set beyond the prefix: whoever wrote them meant something else.
  static std::optional<Network> parse(std::string_view text);

  // What one customer of a network is likely to have: an IPv4 address, or the 64 bits of IPv6 that
  // are given to a site (RFC 6177), in which anybody can pick addresses at will.
  static Network of_customer(const Address& address);

  // The one with so many of the 128 bits in its prefix that the address is in.
  static Network around(const Address& address, unsigned prefix_bits);

  bool contains(const Address& address) const;

  // Whether it holds more addresses than a network with so many bits in its prefix: `v4_bits` of 32
  // where it has IPv4 addresses, in whatever form, else `v6_bits` of 128.
  bool is_wider_than(unsigned v4_bits, unsigned v6_bits) const;

  // In the form that parse() reads.
  std::string to_string() const;

  const HostBytes& bytes() const { return bytes_; }
  unsigned prefix_bits() const { return prefix_bits_; }  // of the 128

  bool operator==(const Network&) const = default;

 private:
  Network(const HostBytes& bytes, unsigned prefix_bits)
      : bytes_(bytes), prefix_bits_(static_cast<std::uint8_t>(prefix_bits)) {}

  HostBytes bytes_;
  std::uint8_t prefix_bits_;  // of the 128
};

bool any_contains(std::span<const Network> networks, const Address& address);

}  // namespace core
