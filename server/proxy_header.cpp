// Byte by byte: a header is short, comes once, and what is read so cannot depend on how it was cut.
// What is wrong is found at the first byte that is, so that a client that is no gateway is not kept
// waiting for a header's end.
#include "server/proxy_header.hpp"

#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <arpa/inet.h>

namespace server {
namespace {

// --- Version 1: "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n". ---

constexpr std::string_view kPrefix = "PROXY ";

std::string_view next_field(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

bool to_binary(int family, std::string_view host, void* binary) {
  if (host.find('\0') != std::string_view::npos) return false;
  return ::inet_pton(family, std::string(host).c_str(), binary) == 1;
}

// Decimal, without leading zeroes.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

std::optional<core::Address> parse_address(bool is_v6, std::string_view host,
                                           std::string_view port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  const auto number = parse_port(port);
  void* const binary = is_v6 ? static_cast<void*>(&v6.sin6_addr) : static_cast<void*>(&v4.sin_addr);
  if (!number || !to_binary(is_v6 ? AF_INET6 : AF_INET, host, binary)) return std::nullopt;
  const auto address = is_v6 ? core::Address::from(reinterpret_cast<sockaddr*>(&v6), sizeof v6)
                             : core::Address::from(reinterpret_cast<sockaddr*>(&v4), sizeof v4);
  return address.with_port(*number);
}

// --- Version 2: the signature, version and command, family and transport, and the length of what
// follows: addresses, ports, TLVs. ---

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kCommandAt = 12;
constexpr std::size_t kFamilyAt = 13;
constexpr std::size_t kLengthAt = 14;
constexpr std::size_t kAddressesAt = 16;

constexpr std::uint8_t kLocal = 0x20;
constexpr std::uint8_t kProxy = 0x21;

constexpr std::uint8_t kUnspecified = 0x00;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;
constexpr std::uint8_t kUnixStream = 0x31;

// Bytes of both addresses and, but for UNIX, both ports; nothing for what is none of the above.
std::optional<std::size_t> addresses_size(std::uint8_t family) {
  switch (family) {
    case kUnspecified:
      return 0;
    case kTcp4:
      return 12;
    case kTcp6:
      return 36;
    case kUnixStream:
      return 216;
    default:
      return std::nullopt;
  }
}

bool is_datagram(std::uint8_t family) {
  return family == 0x12 || family == 0x22 || family == 0x32;
}

}  // namespace

ProxyHeader::State ProxyHeader::feed(std::string_view& bytes) {
  while (!bytes.empty() && state_ == State::kIncomplete) {
    take(bytes.front());
    bytes.remove_prefix(1);
  }
  return state_;
}

void ProxyHeader::take(char byte) {
  if (size_ < head_.size()) head_[size_] = byte;
  ++size_;
  if (head_[0] == kSignature[0]) return take_binary(static_cast<std::uint8_t>(byte));
  take_text(byte);
}

void ProxyHeader::fail(std::string_view fault) {
  fault_ = fault;
  state_ = State::kMalformed;
}

void ProxyHeader::take_text(char byte) {
  if (size_ <= kPrefix.size()) {
    if (byte != kPrefix[size_ - 1]) fail("it does not begin with a PROXY header");
    return;
  }
  const bool after_return = head_[size_ - 2] == '\r';
  if (after_return != (byte == '\n')) return fail("CR and LF do not stand together");
  if (after_return) return read_text();
  if (size_ == kTextMost) fail("version 1 has at most 107 bytes");
}

void ProxyHeader::read_text() {
  std::string_view rest(head_.data() + kPrefix.size(), size_ - kPrefix.size() - 2);
  state_ = State::kComplete;
  const std::string_view family = next_field(rest);
  if (family == "UNKNOWN") return;  // whatever follows
  if (family != "TCP4" && family != "TCP6") return fail("neither TCP4, TCP6 nor UNKNOWN");
  const std::string_view from = next_field(rest);
  const std::string_view to = next_field(rest);
  const std::string_view from_port = next_field(rest);
  const auto source = parse_address(family == "TCP6", from, from_port);
  const auto destination = parse_address(family == "TCP6", to, rest);
  if (!source || !destination) return fail("its addresses or ports are none");
  source_ = *source;
}

void ProxyHeader::take_binary(std::uint8_t byte) {
  if (size_ <= kSignature.size()) {
    if (byte != static_cast<std::uint8_t>(kSignature[size_ - 1])) {
      fail("it does not begin with a PROXY header");
    }
  } else if (size_ == kCommandAt + 1) {
    if (byte != kLocal && byte != kProxy) fail("neither LOCAL nor PROXY of version 2");
  } else if (size_ == kFamilyAt + 1) {
    if (!is_relayed()) return;
    if (is_datagram(byte)) fail("it comes for datagrams");
    if (!is_datagram(byte) && !addresses_size(byte)) fail("its family is none");
  } else if (size_ == kAddressesAt) {
    begin_addresses();
  } else if (size_ == end_) {
    read_addresses();
  }
}

bool ProxyHeader::is_relayed() const {
  return byte_at(kCommandAt) == kProxy;
}

void ProxyHeader::begin_addresses() {
  const std::size_t length = std::size_t{byte_at(kLengthAt)} << 8 | byte_at(kLengthAt + 1);
  end_ = kAddressesAt + length;
  if (end_ > kBinaryMost) return fail("it is longer than 2 KiB");
  if (is_relayed() && length < addresses_size(byte_at(kFamilyAt)).value()) {
    return fail("it is too short for its addresses");
  }
  if (length == 0) state_ = State::kComplete;
}

void ProxyHeader::read_addresses() {
  state_ = State::kComplete;
  if (!is_relayed()) return;
  const char* const from = head_.data() + kAddressesAt;
  if (byte_at(kFamilyAt) == kTcp4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, from, 4);
    std::memcpy(&v4.sin_port, from + 8, 2);
    source_ = core::Address::from(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  } else if (byte_at(kFamilyAt) == kTcp6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, from, 16);
    std::memcpy(&v6.sin6_port, from + 32, 2);
    source_ = core::Address::from(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
}

}  // namespace server
