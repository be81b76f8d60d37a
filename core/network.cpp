// Everything is kept as IPv6; where it is IPv4, 96 bits of the prefix are those that say so.
#include "core/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace core {

namespace {

constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;
constexpr HostBytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_mapped(const HostBytes& bytes) {
  return std::equal(kMapped.begin(), kMapped.begin() + kMappedBits / 8, bytes.begin());
}

HostBytes cut(HostBytes bytes, unsigned prefix_bits) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::min(8U, prefix_bits - std::min(prefix_bits, 8 * i));
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & ~(0xFFU >> kept));
  }
  return bytes;
}

std::optional<HostBytes> parse_host(const std::string& host) {
  HostBytes bytes = kMapped;
  if (::inet_pton(AF_INET, host.c_str(), &bytes[kMappedBits / 8]) == 1) return bytes;
  if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

}  // namespace

HostBytes host_bytes(const Address& address) {
  HostBytes bytes{};
  if (address.family() == AF_INET) {
    bytes = kMapped;
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(address.data());
    std::memcpy(&bytes[kMappedBits / 8], &v4->sin_addr, sizeof v4->sin_addr);
  } else if (address.family() == AF_INET6) {
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(address.data());
    std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
  }
  return bytes;
}

std::optional<Network> Network::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::size_t slash = text.find('/');
  const auto bytes = parse_host(std::string(text.substr(0, slash)));
  if (!bytes) return std::nullopt;
  unsigned prefix_bits = kAllBits;
  if (slash != std::string_view::npos) {
    const std::string_view number = text.substr(slash + 1);
    const char* const end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, prefix_bits);
    if (error != std::errc{} || rest != end || prefix_bits > kAllBits) return std::nullopt;
    const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    if (is_v4) prefix_bits += kMappedBits;
  }
  if (prefix_bits > kAllBits || cut(*bytes, prefix_bits) != *bytes) return std::nullopt;
  return Network(*bytes, prefix_bits);
}

Network Network::of_customer(const Address& address) {
  constexpr unsigned kSiteBits = 64;
  const HostBytes bytes = host_bytes(address);
  const unsigned prefix_bits = is_mapped(bytes) ? kAllBits : kSiteBits;
  return {cut(bytes, prefix_bits), prefix_bits};
}

Network Network::around(const Address& address, unsigned prefix_bits) {
  return {cut(host_bytes(address), prefix_bits), prefix_bits};
}

bool Network::contains(const Address& address) const {
  if (address.size() == 0) return false;
  return cut(host_bytes(address), prefix_bits_) == bytes_;
}

// One that is wider than all of IPv4 has it in it if it begins as that does.
bool Network::is_wider_than(unsigned v4_bits, unsigned v6_bits) const {
  const unsigned common = std::min<unsigned>(prefix_bits_, kMappedBits);
  const bool has_v4 = cut(bytes_, common) == cut(kMapped, common);
  return prefix_bits_ < (has_v4 ? kMappedBits + v4_bits : v6_bits);
}

bool any_contains(std::span<const Network> networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

std::string Network::to_string() const {
  const bool is_v4 = is_mapped(bytes_) && prefix_bits_ >= kMappedBits;
  std::array<char, INET6_ADDRSTRLEN> host{};
  const std::uint8_t* const from = bytes_.data() + (is_v4 ? kMappedBits / 8 : 0);
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, from, host.data(), host.size());
  if (prefix_bits_ == kAllBits) return host.data();
  return fmt::format("{}/{}", host.data(), prefix_bits_ - (is_v4 ? kMappedBits : 0));
}

}  // namespace core
