// The server: its listeners, the connections they bring, and an orderly end.
#pragma once

#include <string>
#include <vector>

#include "core/listener.hpp"
#include "core/loop.hpp"
#include "core/signals.hpp"
#include "server/chat_encoder.hpp"
#include "server/config.hpp"
#include "server/connection.hpp"
#include "server/hub.hpp"

namespace server {

// Thread: the loop's. The configuration must outlive it.
// Limits: limits.connections. Who comes beyond it is told so and closed; of those at most
// kRefusingMost are told at a time, the others are closed without a word; they take no place from
// who is served. The log says once that it is full, and once that a tenth is free
// again.
class Server {
 public:
  static constexpr std::size_t kRefusingMost = 256;

  // Binds every listener. Throws std::system_error naming the address that cannot be had.
  Server(core::Loop& loop, const Config& config);

  // The addresses it listens on, in the order of the configuration, with the ports picked.
  struct Bound {
    Protocol protocol;
    core::Address address;
  };
  std::vector<Bound> bound() const;

  // SIGUSR1 logs the tree of live tasks, whenever it comes.
  // Serves until the first other signal, then stops accepting, tells everybody, and returns when
  // all have what they are owed, after shutdown.grace, or soon after a second signal.
  core::Task<void> run(core::Signals& signals);

 private:
  struct Service {
    Protocol protocol;
    core::Listener listener;
  };

  core::Task<int> next_signal(core::Signals& signals);
  core::Task<void> hurry(core::Signals& signals);
  core::Task<void> accept(Service& service);
  core::Task<void> shut_down(core::Signals& signals);
  void admit(Protocol protocol, core::Stream stream);
  std::string refusal(Protocol protocol);

  core::Loop& loop_;
  const Config& config_;
  ChatEncoder chat_encoder_;
  Hub hub_;
  Connections connections_;
  std::vector<Service> services_;
  std::size_t refusing_ = 0;  // connections that are only told why they are not served
  bool full_ = false;
};

}  // namespace server
