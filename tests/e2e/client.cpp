// The deadlines are poll's; the socket itself blocks and is told not to where it matters.
#include "tests/e2e/client.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// With nothing taken for so long, a connection on this machine is full.
constexpr Duration kBlocked = 300ms;

sockaddr_in loopback(std::uint16_t port, std::uint8_t host = 1) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xFFU) | host);
  return address;
}

// The end of what was received, for a message.
std::string shown_end(std::string_view received) {
  constexpr std::size_t kMostShown = 2000;
  return shown(received.substr(received.size() - std::min(received.size(), kMostShown)));
}

int connect_to(const Descriptor& socket, const Way& way) {
  const sockaddr_in from = loopback(0, way.host);
  const sockaddr_in address = loopback(way.port);
  if (way.host != 1 &&
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    return -1;
  }
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

bool is_ready(int socket, short events, Duration patience) {
  pollfd watched{.fd = socket, .events = events, .revents = 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  return ::poll(&watched, 1, static_cast<int>(milliseconds)) == 1;
}

}  // namespace

Client::Client(Way way, int receive_buffer_bytes, Place place)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!socket_.is_open()) throw Failure(place, "no socket");
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
  }
  if (connect_to(socket_, way) != 0) {
    throw Failure(
        place, "cannot connect to port " + std::to_string(way.port) + ": " + std::strerror(errno));
  }
  send(way.opening, place);
}

void Client::send(std::string_view bytes, Place place) const {
  while (!bytes.empty()) {
    if (!is_ready(socket_.get(), POLLOUT, kPatience)) {
      throw Failure(place, "the server does not take what it is sent");
    }
    const ssize_t size =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) {
      throw Failure(place, std::string("cannot send: ") + std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }
}

std::size_t Client::send_until_blocked(std::string_view pattern, std::size_t most) const {
  std::string block;
  while (block.size() < 65536) block += pattern;
  std::size_t sent = 0;
  while (sent < most && is_ready(socket_.get(), POLLOUT, kBlocked)) {
    const std::size_t from = sent % pattern.size();
    const std::size_t size = std::min(block.size() - from, most - sent);
    const ssize_t taken =
        ::send(socket_.get(), block.data() + from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken > 0) sent += static_cast<std::size_t>(taken);
    if (taken < 0 && errno != EAGAIN) break;
  }
  return sent;
}

Client::Arrival Client::receive(Duration patience) {
  if (!is_ready(socket_.get(), POLLIN, patience)) return Arrival::kNothing;
  char block[65536];
  const ssize_t size = ::recv(socket_.get(), block, sizeof block, 0);
  if (size < 0) return Arrival::kReset;
  received_.append(block, static_cast<std::size_t>(size));
  return size == 0 ? Arrival::kEnd : Arrival::kBytes;
}

void Client::need_more(std::string_view wanted, const Place& place) {
  const Arrival arrival = receive(kPatience);
  if (arrival == Arrival::kBytes) return;
  const char* const why = arrival == Arrival::kEnd     ? "the server ended the connection"
                          : arrival == Arrival::kReset ? "the connection was reset"
                                                       : "nothing more comes";
  throw Failure(place, std::string(why) + "; waited for \"" + shown(wanted) +
                           "\"; received and not asked for:\n" + shown_end(received_));
}

std::string Client::take(std::size_t bytes) {
  std::string taken = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return taken;
}

std::string Client::read_until(std::string_view text, Place place) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t found = received_.find(text, searched);
    if (found != std::string::npos) return take(found + text.size());
    searched = received_.size() - std::min(received_.size(), text.size());
    need_more(text, place);
  }
}

std::string Client::read_line(Place place) {
  std::string line = read_until("\r\n", place);
  line.resize(line.size() - 2);
  return line;
}

std::string Client::read_exactly(std::size_t bytes, Place place) {
  while (received_.size() < bytes) need_more(std::to_string(bytes) + " bytes", place);
  return take(bytes);
}

std::string Client::read_to_end(Place place) {
  for (;;) {
    const Arrival arrival = receive(kPatience);
    if (arrival == Arrival::kEnd) return take(received_.size());
    if (arrival != Arrival::kBytes) {
      throw Failure(place, std::string(arrival == Arrival::kReset ? "the connection was reset"
                                                                  : "the connection does not end") +
                               "; received:\n" + shown_end(received_));
    }
  }
}

std::string Client::read_arrived() {
  while (receive(Duration(0)) == Arrival::kBytes) {
  }
  return take(received_.size());
}

void Client::wait_for_end(Place place) {
  for (;;) {
    const Arrival arrival = receive(kPatience);
    received_.clear();
    if (arrival == Arrival::kNothing) throw Failure(place, "the connection does not end");
    if (arrival != Arrival::kBytes) return;
  }
}

void Client::end_sending() const {
  ::shutdown(socket_.get(), SHUT_WR);
}

void Client::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

bool accepts_connections(std::uint16_t port) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect_to(socket, port) == 0;
}

}  // namespace e2e
