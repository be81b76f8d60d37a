// ServiceManager: what systemd, or whoever else started the server, hears of it and hands to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/listener.hpp"
#include "core/time.hpp"

namespace server {

// The protocol of sd_notify(3): a datagram to the socket that $NOTIFY_SOCKET names; without it
// nothing is told to anybody. A manager that does not listen is no reason to stop serving: what
// cannot be told is dropped. Thread: one.
class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  void ready() const { tell("READY=1"); }
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  void alive() const { tell("WATCHDOG=1"); }

  // How often at least alive() is expected; zero: not at all.
  core::Duration watchdog() const { return watchdog_; }

 private:
  void tell(std::string_view state) const;

  std::string address_;  // as sockaddr_un has it; empty: nobody is told
  int socket_ = -1;
  core::Duration watchdog_{};
};

// A listening socket that was opened for us before we started.
struct Inherited {
  std::string name;  // FileDescriptorName=, by which a listener's protocol is meant
  core::ListeningSocket socket;
};

// Those of sd_listen_fds(3), which are taken from the environment by this: LISTEN_FDS and the
// others are unset, so that no child takes them for its own. Empty where there are none.
// Throws std::runtime_error where the environment makes no sense or a descriptor is no listening
// TCP socket.
std::vector<Inherited> take_inherited_sockets();

}  // namespace server
