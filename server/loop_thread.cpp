// Starting a loop on another thread, and ending it there.
#include "server/loop_thread.hpp"

#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include "core/poll_ring.hpp"
#include "core/uring_ring.hpp"
#include "server/waiting.hpp"

namespace server {

namespace {

std::unique_ptr<core::Ring> open_ring(const Config& config) {
  if (config.ring == RingKind::kEpoll) return std::make_unique<core::PollRing>();
  core::UringOptions options;
  options.direct_sockets = static_cast<unsigned>(config.direct_sockets);
  return std::make_unique<core::UringRing>(options);
}

}  // namespace

LoopHost::LoopHost(const Config& config)
    : ring_(open_ring(config)), loop_(std::make_unique<core::Loop>(*ring_)) {
  loop_->set_slow_callback(config.diagnostics.slow_callback);
  if (config.diagnostics.watchdog > core::Duration::zero()) {
    watchdog_.emplace(*loop_, config.diagnostics.watchdog);
  }
}

LoopThread::LoopThread(const Config& config, std::size_t number) {
  std::promise<core::Loop*> started;
  std::future<core::Loop*> loop = started.get_future();
  thread_ = std::thread(
      [this, &config, promise = std::move(started)]() mutable { run(config, std::move(promise)); });
  try {
    loop_ = loop.get();
  } catch (...) {
    thread_.join();
    throw;
  }
  ::pthread_setname_np(thread_.native_handle(), fmt::format("hubbubd/{}", number).c_str());
}

LoopThread::~LoopThread() {
  loop_->post([this] { stopping_.set(); });
  thread_.join();
}

// Once `started` has its value the configuration may be gone.
void LoopThread::run(const Config& config, std::promise<core::Loop*> started) {
  std::optional<LoopHost> host;
  try {
    host.emplace(config);
  } catch (...) {
    return started.set_exception(std::current_exception());
  }
  started.set_value(&host->loop());
  try {
    host->loop().run(wait_for(stopping_));
  } catch (const std::exception& error) {
    spdlog::critical("a loop failed: {}", error.what());
    std::_Exit(EXIT_FAILURE);
  }
}

}  // namespace server
