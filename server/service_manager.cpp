// Plain datagrams and environment variables: not enough for a library that would have to be there.
#include "server/service_manager.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace server {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<long long> number(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Meant for this process; a variable that names none is meant for all.
bool is_for_us(const char* variable) {
  const std::string_view pid = environment(variable);
  return pid.empty() || number(pid) == ::getpid();
}

}  // namespace

ServiceManager::ServiceManager() {
  const std::string_view path = environment("NOTIFY_SOCKET");
  constexpr std::size_t kPathMost = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() < 2 || path.size() > kPathMost || (path[0] != '/' && path[0] != '@')) return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  address_ = path;
  if (address_[0] == '@') address_[0] = '\0';  // the abstract namespace of unix(7)
  const auto period = number(environment("WATCHDOG_USEC"));
  if (period && *period > 0 && is_for_us("WATCHDOG_PID")) {
    watchdog_ = std::chrono::microseconds(*period);
  }
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

// systemd wants to know when, by the clock that it uses too.
void ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::tell(std::string_view state) const {
  if (address_.empty()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_, state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&to), size);
}

std::vector<Inherited> take_inherited_sockets() {
  constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
  constexpr long long kMost = 1000;
  const std::string count_text(environment("LISTEN_FDS"));
  std::string names(environment("LISTEN_FDNAMES"));
  const bool ours = !count_text.empty() && is_for_us("LISTEN_PID");
  for (const char* const name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (!ours) return {};
  const auto count = number(count_text);
  if (!count || *count < 0 || *count > kMost) {
    throw std::runtime_error(fmt::format("LISTEN_FDS={} is no number of sockets", count_text));
  }
  std::vector<Inherited> sockets;
  for (int i = 0; i < *count; ++i) {
    const std::size_t colon = names.find(':');
    const std::string name = names.substr(0, colon);
    names.erase(0, colon == std::string::npos ? colon : colon + 1);
    sockets.push_back({name, core::ListeningSocket::adopt(kFirst + i)});
  }
  return sockets;
}

}  // namespace server
