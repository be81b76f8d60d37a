// Posting the workers to their loops, and bringing them home.
#include "server/server.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "core/task_tree.hpp"
#include "core/timeout.hpp"
#include "server/logging.hpp"
#include "server/waiting.hpp"

namespace server {

namespace {

bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

}  // namespace

Server::Server(std::vector<core::Loop*> loops, Config config, TlsContexts tls,
               std::vector<Inherited> inherited)
    : loop_(*loops.front()),
      config_(std::move(config)),
      tls_(std::move(tls)),
      had_terminal_(has_terminal()),
      commons_(config_) {
  for (core::Loop* const loop : loops) parts_.emplace_back(*loop, parts_.size());
  if (!inherited.empty()) {
    take_doors(std::move(inherited));
  } else {
    for (std::size_t i = 0; i < config_.listen.size(); ++i) open_doors(i);
  }
}

void Server::open_doors(std::size_t listener) {
  const auto& [protocol, address, identity] = config_.listen[listener];
  auto sockets = core::ListeningSocket::open(address, parts_.size(), config_.limits.unresponsive);
  bound_.push_back({protocol, sockets.front().address(), !identity.certificate.empty()});
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i].doors.push_back({protocol, std::move(sockets[i]), listener});
  }
}

// One socket for all loops: it was opened by somebody who did not know how many there are.
void Server::take_doors(std::vector<Inherited> inherited) {
  for (Inherited& one : inherited) {
    const auto& words = kWords<Protocol>;
    const auto word = std::find(words.begin(), words.end(), one.name);
    if (word == words.end()) {
      throw std::runtime_error(
          fmt::format("an inherited socket is named '{}'; expected FileDescriptorName={}", one.name,
                      fmt::join(words, " or ")));
    }
    const auto protocol = static_cast<Protocol>(word - words.begin());
    const auto listener =
        std::find_if(config_.listen.begin(), config_.listen.end(),
                     [&](const Listener& known) { return known.protocol == protocol; });
    const auto index = static_cast<std::size_t>(listener - config_.listen.begin());
    const bool secure = index < tls_.size() && tls_[index] != nullptr;
    bound_.push_back({protocol, one.socket.address(), secure});
    for (std::size_t i = 1; i < parts_.size(); ++i) {
      parts_[i].doors.push_back({protocol, one.socket.share(), index});
    }
    parts_.front().doors.push_back({protocol, std::move(one.socket), index});
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
    if (signal == SIGUSR1) {
      on_each([this](const Part& part) { log_tasks(part); });
    } else if (signal == SIGHUP && (!had_terminal_ || has_terminal())) {
      start_reload();
    } else {
      co_return signal;
    }
  }
}

// --- Another configuration. ---

// Beside everything else: what is read may be slow to come. One at a time; a request that comes
// meanwhile is refused in the log.
void Server::start_reload() {
  if (!load_) return spdlog::warn("there is no configuration file to read again");
  if (reloading_ && !reloading_.done()) return spdlog::warn("the configuration is being read");
  reloading_ = loop_.spawn(reload(), "reload");
}

core::Task<void> Server::reload() {
  manager_.reloading();
  auto read = [load = load_, now = config_] {
    Reload plan = plan_reload(now, load());
    TlsContexts tls = load_tls(plan.config.listen);
    return std::pair(std::move(plan), std::move(tls));
  };
  try {
    const auto fresh = co_await core::to_thread(reader_, std::move(read));
    put_in_force(fresh.first, fresh.second);
  } catch (const std::exception& error) {  // most likely a ConfigError
    spdlog::error("the configuration stays as it was: {}", error.what());
  }
  manager_.ready();
}

void Server::put_in_force(const Reload& plan, const TlsContexts& tls) {
  for (const std::string_view key : plan.kept) {
    spdlog::warn("{} stays as it was: only a restart can change it", key);
  }
  config_ = plan.config;
  tls_ = tls;
  set_log_level(config_.log.level);
  commons_.reconfigure(config_);
  const auto shared = std::make_shared<const Config>(config_);
  on_each([shared, tls](Part& part) { part.worker->reconfigure(*shared, tls); });
  spdlog::info("read the configuration again: {}",
               plan.changed.empty() ? "nothing has changed"
                                    : fmt::format("changed {}", fmt::join(plan.changed, ", ")));
}

// --- Serving. ---

// Only a server whose loops all go round is alive.
core::Task<void> Server::show_life() {
  for (;;) {
    all_answered_.clear();
    silent_ = parts_.size();
    on_each([this](const Part&) {
      if (silent_.fetch_sub(1) == 1) loop_.post([this] { all_answered_.set(); });
    });
    co_await all_answered_.wait();
    manager_.alive();
    co_await core::sleep(manager_.watchdog() / 3);
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
  on_each([this, tls = tls_](Part& part) { begin(part, tls); });
  manager_.ready();
  core::TaskHandle<void> life;
  if (manager_.watchdog() > core::Duration::zero()) life = loop_.spawn(show_life(), "life");
  const int signal = co_await next_signal(signals);
  manager_.stopping();
  spdlog::info("shutting down: {} with {} connections", ::strsignal(signal),
               commons_.admission.taken());
  Directory::Access(commons_.directory).set_server_ends();
  core::TaskHandle<void> second = loop_.spawn(hurry(signals), "hurry");
  on_each([](Part& part) { part.worker->end(); });
  co_await all_gone_.wait();
  co_await stop(std::move(second));
  if (life) co_await stop(std::move(life));
  if (reloading_) co_await stop(std::move(reloading_));
}

// Ends the process when it fails: a listening socket that nobody accepts from would let a part of
// those who come wait for ever.
void Server::begin(Part& part, const TlsContexts& tls) noexcept {
  part.worker = std::make_unique<Worker>(*part.loop, commons_, std::move(part.doors), tls);
  part.loop->spawn(work(part), "worker").detach();
}

// A worker stays until all have ended, because those that have not may still have something for it.
core::Task<void> Server::work(Part& part) {
  co_await part.worker->run();
  // The pass that ended it calls other loops at its end. Without this, one of them might count it
  // as ended first, and its worker be gone when the call comes.
  co_await core::sleep(core::Duration::zero());
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
