// Text to address and back. inet_pton is strict where getaddrinfo would take "127.1" or octal
// numbers, so what is accepted here is what is printed here.
#include "core/address.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>

#include "core/assert.hpp"

namespace core {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

bool to_binary(int family, std::string_view host, void* binary) {
  return inet_pton(family, std::string(host).c_str(), binary) == 1;
}

// An interface's name or its number; nothing for one that does not exist.
std::optional<std::uint32_t> parse_scope(std::string_view text) {
  if (const auto index = if_nametoindex(std::string(text).c_str()); index != 0) return index;
  return parse_number<std::uint32_t>(text);
}

std::string format_scope(std::uint32_t scope) {
  if (scope == 0) return {};
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(scope, name.data()) == nullptr) return fmt::format("%{}", scope);
  return fmt::format("%{}", name.data());
}

bool parse_v4(std::string_view host, sockaddr_in& address) {
  address.sin_family = AF_INET;
  return to_binary(AF_INET, host, &address.sin_addr);
}

bool parse_v6(std::string_view host, sockaddr_in6& address) {
  address.sin6_family = AF_INET6;
  const std::size_t percent = host.find('%');
  if (percent != std::string_view::npos) {
    const auto scope = parse_scope(host.substr(percent + 1));
    if (!scope) return false;
    address.sin6_scope_id = *scope;
    host = host.substr(0, percent);
  }
  return to_binary(AF_INET6, host, &address.sin6_addr);
}

}  // namespace

// sockaddr_in6 is the largest, and all zeroes is AF_UNSPEC.
Address::Address() {
  std::memset(&storage_, 0, sizeof(storage_));
}

std::optional<Address> Address::parse(std::string_view text) {
  // The C functions stop at a NUL: one inside must not hide what follows it.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;

  std::string_view host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  Address address;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool valid = bracketed ? parse_v6(host.substr(1, host.size() - 2), address.storage_.v6)
                               : parse_v4(host, address.storage_.v4);
  if (!valid) return std::nullopt;
  return address.with_port(*port);
}

Address Address::from(const sockaddr* address, socklen_t size) {
  Address result;
  if (size < sizeof(sa_family_t)) return result;
  const bool v4 = address->sa_family == AF_INET && size >= sizeof(sockaddr_in);
  const bool v6 = address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6);
  if (v4) std::memcpy(&result.storage_, address, sizeof(sockaddr_in));
  if (v6) std::memcpy(&result.storage_, address, sizeof(sockaddr_in6));
  return result;
}

socklen_t Address::size() const {
  if (family() == AF_INET) return sizeof(sockaddr_in);
  if (family() == AF_INET6) return sizeof(sockaddr_in6);
  return 0;
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

Address Address::with_port(std::uint16_t port) const {
  HUBBUB_ASSERT(family() == AF_INET || family() == AF_INET6);
  Address result = *this;
  if (family() == AF_INET) {
    result.storage_.v4.sin_port = htons(port);
  } else {
    result.storage_.v6.sin6_port = htons(port);
  }
  return result;
}

bool Address::is_loopback() const {
  constexpr std::uint8_t kLoopbackNet = 127;
  if (family() == AF_INET) return ntohl(storage_.v4.sin_addr.s_addr) >> 24 == kLoopbackNet;
  if (family() != AF_INET6) return false;
  const in6_addr& address = storage_.v6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return address.s6_addr[12] == kLoopbackNet;
  return IN6_IS_ADDR_LOOPBACK(&address);
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &storage_.v4.sin_addr, host.data(), host.size());
    return fmt::format("{}:{}", host.data(), port());
  }
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, host.data(), host.size());
    return fmt::format("[{}{}]:{}", host.data(), format_scope(storage_.v6.sin6_scope_id), port());
  }
  return "none";
}

bool Address::operator==(const Address& other) const {
  if (family() != other.family() || port() != other.port()) return false;
  if (family() == AF_INET) return storage_.v4.sin_addr.s_addr == other.storage_.v4.sin_addr.s_addr;
  if (family() != AF_INET6) return true;
  return IN6_ARE_ADDR_EQUAL(&storage_.v6.sin6_addr, &other.storage_.v6.sin6_addr) &&
         storage_.v6.sin6_scope_id == other.storage_.v6.sin6_scope_id;
}

Address Address::of_local(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(socket, address, &size) != 0) return {};
  return from(address, size);
}

}  // namespace core
