// Posting the workers to their loops, and bringing them home.
#include "server/server.hpp"

#include <csignal>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/task_tree.hpp"

namespace server {

Server::Server(std::vector<core::Loop*> loops, const Config& config)
    : loop_(*loops.front()), commons_(config) {
  for (core::Loop* const loop : loops) parts_.emplace_back(*loop, parts_.size());
  for (const Listener& listener : config.listen) {
    auto sockets =
        core::ListeningSocket::open(listener.address, parts_.size(), config.limits.unresponsive);
    bound_.push_back({listener.protocol, sockets.front().address()});
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      parts_[i].doors.push_back({listener.protocol, std::move(sockets[i])});
    }
  }
}

template <class Function>
void Server::on_each(Function function) {
  if (working_ == 0) return;
  for (Part& part : parts_) part.loop->post([&part, function] { function(part); });
}

void Server::log_tasks(const Part& part) const {
  const std::string which =
      parts_.size() == 1 ? std::string() : fmt::format(" on loop {}", part.index);
  spdlog::info("{} tasks are alive{}:", part.loop->task_count(), which);
  for (const std::string& line : core::draw_tasks(core::live_tasks(*part.loop))) {
    spdlog::info("  {}", line);
  }
}

// The next one that is a request to end.
core::Task<int> Server::next_signal(core::Signals& signals) {
  for (;;) {
    const int signal = co_await signals.next();
    if (signal != SIGUSR1) co_return signal;
    on_each([this](const Part& part) { log_tasks(part); });
  }
}

// Ends everybody at once when a second signal comes.
core::Task<void> Server::hurry(core::Signals& signals) {
  co_await next_signal(signals);
  spdlog::info("shutting down at once: {} connections are cut", commons_.admission.taken());
  on_each([](Part& part) { part.worker->hurry(); });
}

core::Task<void> Server::run(core::Signals& signals) {
  working_ = present_ = parts_.size();
  on_each([this](Part& part) { begin(part); });
  const int signal = co_await next_signal(signals);
  spdlog::info("shutting down: {} with {} connections", ::strsignal(signal),
               commons_.admission.taken());
  core::TaskHandle<void> second = loop_.spawn(hurry(signals), "hurry");
  on_each([](Part& part) { part.worker->end(); });
  co_await all_gone_.wait();
  second.cancel();
  try {
    co_await second;
  } catch (const core::Cancelled&) {
    // As asked.
  }
}

// Ends the process when it fails: a listening socket that nobody accepts from would let a part of
// those who come wait for ever.
void Server::begin(Part& part) noexcept {
  part.worker = std::make_unique<Worker>(*part.loop, commons_, std::move(part.doors));
  part.loop->spawn(work(part), "worker").detach();
}

// A worker stays until all have ended, because those that have not may still have something for it.
core::Task<void> Server::work(Part& part) {
  co_await part.worker->run();
  loop_.post([this] { ended(); });
  co_await part.released.wait();
  part.worker.reset();
  loop_.post([this] { gone(); });
}

// What was posted to a part before this is done before its worker goes, and nothing is after it.
void Server::ended() {
  if (working_ == 1) on_each([](Part& part) { part.released.set(); });
  --working_;
}

void Server::gone() {
  if (--present_ == 0) all_gone_.set();
}

}  // namespace server
