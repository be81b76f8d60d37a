// Loops as the configuration wants them, and threads that run them.
#pragma once

#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/ring.hpp"
#include "core/watchdog.hpp"
#include "server/config.hpp"

namespace server {

// A loop with its ring, and with what watches it. Made on the thread that runs the loop. Throws
// std::system_error where the ring cannot be had. `config.ring` must not be auto.
class LoopHost {
 public:
  explicit LoopHost(const Config& config);

  core::Loop& loop() const { return *loop_; }

 private:
  std::unique_ptr<core::Ring> ring_;
  std::unique_ptr<core::Loop> loop_;
  std::optional<core::Watchdog> watchdog_;
};

// A thread whose loop runs what is posted to it, until this is destroyed; then what still runs
// there is cancelled and awaited. A ring that fails later ends the process.
class LoopThread {
 public:
  // Returns when the loop runs; throws what kept it from that. `number`: for the thread's name.
  LoopThread(const Config& config, std::size_t number);
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread();

  // Of the loop, only post() is for other threads.
  core::Loop& loop() const { return *loop_; }

 private:
  void run(const Config& config, std::promise<core::Loop*> started);

  core::Loop* loop_ = nullptr;
  core::Event stopping_;
  std::thread thread_;
};

}  // namespace server
