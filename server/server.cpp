// Accepting, admitting, and shutting down.
#include "server/server.hpp"

#include <csignal>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/task_tree.hpp"
#include "core/timeout.hpp"
#include "server/chat_dialect.hpp"
#include "server/echo_session.hpp"
#include "server/session.hpp"

namespace server {

namespace {

// Somebody who is told why it is not served.
class Refusal final : public Connection {
 public:
  Refusal(Connections& connections, core::Stream peer, const std::string& words, std::size_t& count)
      : Connection(connections, std::move(peer)), count_(count) {
    ++count_;
    stream().outflow().append(words);
  }
  ~Refusal() override { --count_; }

 private:
  core::Task<void> serve() override { co_return; }

  std::size_t& count_;  // of those alive
};

}  // namespace

Server::Server(core::Loop& loop, const Config& config)
    : loop_(loop), config_(config), hub_(loop, config, {&chat_encoder_}) {
  services_.reserve(config.listen.size());
  for (const Listener& listener : config.listen) {
    services_.push_back({listener.protocol, core::Listener(loop, listener.address)});
  }
}

std::vector<Server::Bound> Server::bound() const {
  std::vector<Bound> all;
  for (const Service& service : services_) {
    all.push_back({service.protocol, service.listener.address()});
  }
  return all;
}

namespace {

core::Task<void> stop(core::TaskHandle<void> task) {
  task.cancel();
  try {
    co_await task;
  } catch (const core::Cancelled&) {
    // As asked.
  }
}

core::Task<void> wait_for(core::Event& event) {
  co_await event.wait();
}

}  // namespace

// The next one that is a request to end.
core::Task<int> Server::next_signal(core::Signals& signals) {
  for (;;) {
    const int signal = co_await signals.next();
    if (signal != SIGUSR1) co_return signal;
    spdlog::info("{} tasks are alive:", loop_.task_count());
    for (const std::string& line : core::draw_tasks(core::live_tasks(loop_))) {
      spdlog::info("  {}", line);
    }
  }
}

// Ends everybody at once when a second signal comes.
core::Task<void> Server::hurry(core::Signals& signals) {
  co_await next_signal(signals);
  spdlog::info("shutting down at once: {} connections are cut", connections_.size());
  connections_.close_all({}, {});
}

core::Task<void> Server::run(core::Signals& signals) {
  std::vector<core::TaskHandle<void>> acceptors;
  for (Service& service : services_) {
    acceptors.push_back(loop_.spawn(accept(service), "accept"));
  }
  const int signal = co_await next_signal(signals);
  spdlog::info("shutting down: {} with {} connections", ::strsignal(signal), connections_.size());
  for (auto& acceptor : acceptors) co_await stop(std::move(acceptor));
  services_.clear();
  co_await shut_down(signals);
}

core::Task<void> Server::shut_down(core::Signals& signals) {
  if (connections_.size() == 0) co_return;
  core::Event& none_left = connections_.none_left();
  none_left.clear();
  core::TaskHandle<void> second = loop_.spawn(hurry(signals), "hurry");
  connections_.close_all("the server is shutting down", config_.shutdown.grace);
  try {
    co_await core::timeout(config_.shutdown.grace, wait_for(none_left));
  } catch (const core::TimeoutError&) {
    if (const std::size_t owed = connections_.owed(); owed > 0) {
      spdlog::warn("{} connections did not take what they were owed in time", owed);
    }
    connections_.close_all({}, {});
  }
  co_await none_left.wait();
  co_await stop(std::move(second));
}

// Whatever one connection's beginning throws, the next one is accepted.
core::Task<void> Server::accept(Service& service) {
  for (;;) {
    try {
      core::Stream stream = co_await service.listener.accept();
      admit(service.protocol, std::move(stream));
    } catch (const std::exception&) {
      const core::TaskContext& task = core::current_task();
      loop_.report(task.error_context("a connection was dropped", std::current_exception()));
    }
  }
}

void Server::admit(Protocol protocol, core::Stream stream) {
  const std::size_t served = connections_.size() - refusing_;
  const std::size_t most = config_.limits.connections;
  const bool full = served >= most;
  // It is over when a tenth is free, so that who comes and goes at the limit fills no log.
  if (full ? !full_ : full_ && served < most - most / 10) {
    full_ = full;
    spdlog::warn("{} at limits.connections={}", full ? "refusing connections" : "accepting again",
                 most);
  }
  std::unique_ptr<Connection> connection;
  if (full) {
    if (refusing_ >= kRefusingMost) return;
    connection =
        std::make_unique<Refusal>(connections_, std::move(stream), refusal(protocol), refusing_);
  } else if (protocol == Protocol::kChat) {
    connection = std::make_unique<Session>(hub_, connections_, chat_encoder_,
                                           std::make_unique<ChatDialect>(config_.limits.line),
                                           std::move(stream));
  } else {
    connection =
        std::make_unique<EchoSession>(connections_, std::move(stream), config_.limits.echo_buffer);
  }
  Connection::start(loop_, std::move(connection), std::string(to_string(protocol)));
}

// What the protocol has to say to who is not let in; empty where it has no words.
std::string Server::refusal(Protocol protocol) {
  std::string bytes;
  if (protocol == Protocol::kChat) {
    chat_encoder_.encode(event::ServerFull{}, hub_.local_time(), bytes);
  }
  return bytes;
}

}  // namespace server
