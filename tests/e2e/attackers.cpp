// Errors are not looked at: an attack that fails here and there is still one.
#include "tests/e2e/attackers.hpp"

#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace e2e {
namespace {

constexpr std::uint8_t kFirstHost = 10;
constexpr std::uint8_t kLastHost = 249;

sockaddr_in loopback(std::uint8_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xFFU) | host);
  return address;
}

Descriptor new_socket() {
  return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void set(const Descriptor& socket, int level, int option, int value) {
  ::setsockopt(socket.get(), level, option, &value, sizeof value);
}

}  // namespace

std::uint8_t next_host(std::uint8_t host) {
  return host < kFirstHost || host == kLastHost ? kFirstHost : static_cast<std::uint8_t>(host + 1);
}

Attacker::Attacker(const Way& way) : Attacker(new_socket()) {
  connect(way);
}

Attacker Attacker::with_tiny_window(const Way& way) {
  Attacker attacker(new_socket());
  set(attacker.socket_, SOL_SOCKET, SO_RCVBUF, 1);
  set(attacker.socket_, IPPROTO_TCP, TCP_WINDOW_CLAMP, 1);
  attacker.connect(way);
  return attacker;
}

void Attacker::connect(const Way& way) {
  set(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  const sockaddr_in from = loopback(way.host, 0);
  const sockaddr_in to = loopback(1, way.port);
  ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from);
  const int result = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  gone_ = result != 0 && errno != EINPROGRESS;
  if (!way.opening.empty()) send(way.opening);
}

std::size_t Attacker::send(std::string_view bytes) {
  const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size < 0 && errno != EAGAIN && errno != ENOTCONN) gone_ = true;
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

void Attacker::read() {
  char block[65536];
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), block, sizeof block, 0);
    if (size > 0) continue;
    if (size == 0 || (errno != EAGAIN && errno != ENOTCONN)) gone_ = true;
    return;
  }
}

void Attacker::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
  gone_ = true;
}

Swarm::Swarm(std::uint16_t port, std::size_t size, Make make) : port_(port), make_(make) {
  members_.reserve(size);
  while (members_.size() < size) members_.push_back(recruit());
}

Attacker Swarm::recruit() {
  host_ = next_host(host_);
  return make_(Way(port_, host_));
}

void Swarm::refill(std::size_t most) {
  for (Attacker& member : members_) {
    if (most == 0) return;
    if (!member.gone()) continue;
    member = recruit();
    --most;
  }
}

}  // namespace e2e
