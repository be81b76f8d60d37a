// hubbubd: from the command line to a server that serves.
//
// Exit status: 0 after an orderly end, 1 where the server cannot run here (an address in use, no
// io_uring), 2 where it was asked for something wrong (command line, configuration).
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/descriptor_limit.hpp"
#include "core/loop.hpp"
#include "core/open_ring.hpp"
#include "core/poll_ring.hpp"
#include "core/signals.hpp"
#include "core/watchdog.hpp"
#include "server/config_file.hpp"
#include "server/logging.hpp"
#include "server/options.hpp"
#include "server/server.hpp"

namespace server {
namespace {

constexpr int kCannotRun = 1;
constexpr int kAskedWrong = 2;

// Every connection is a descriptor.
void provide_descriptors(std::size_t connections) {
  constexpr std::size_t kSpare = 64 + Server::kRefusingMost;  // listeners, rings, the log
  const std::size_t allowed = core::raise_descriptor_limit().now;
  if (allowed < connections + kSpare) {
    spdlog::warn("this process may open {} files, too few for limits.connections={}", allowed,
                 connections);
  }
}

void print(std::FILE* to, const std::string& text) {
  std::fputs(text.c_str(), to);
  if (!text.ends_with('\n')) std::fputc('\n', to);
}

core::Task<void> serve(const Config& config, core::Signals& signals) {
  Server server(core::current_loop(), config);
  for (const auto& [protocol, address] : server.bound()) {
    print(stderr, fmt::format("listening protocol={} address={}", to_string(protocol),
                              address.to_string()));
  }
  co_await server.run(signals);
}

std::unique_ptr<core::Ring> open_ring(RingKind kind) {
  if (kind == RingKind::kEpoll) return std::make_unique<core::PollRing>();
  if (kind == RingKind::kIoUring) return std::make_unique<core::UringRing>();
  core::OpenedRing opened = core::open_ring();
  if (!opened.fallback_reason.empty()) spdlog::warn("{}; using epoll", opened.fallback_reason);
  return std::move(opened.ring);
}

int run(const Config& config) {
  set_up_logging(config.log);
  provide_descriptors(config.limits.connections);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    core::Signals signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1});
    const std::unique_ptr<core::Ring> ring = open_ring(config.ring);
    core::Loop loop(*ring);
    loop.set_slow_callback(config.diagnostics.slow_callback);
    std::optional<core::Watchdog> watchdog;
    if (config.diagnostics.watchdog > core::Duration::zero()) {
      watchdog.emplace(loop, config.diagnostics.watchdog);
    }
    loop.run(serve(config, signals));
  } catch (const std::exception& error) {
    print(stderr, fmt::format("hubbubd: {}", error.what()));
    return kCannotRun;
  }
  return 0;
}

int main(int argc, char** argv) {
  const auto parsed = parse_options(argc, argv);
  if (const auto* exit = std::get_if<ExitRequest>(&parsed)) {
    print(exit->to_stderr ? stderr : stdout, exit->text);
    return exit->status;
  }
  const auto& options = std::get<Options>(parsed);
  try {
    const Config config = load_config(options.sources);
    if (config.loops.value_or(1) != 1) {
      throw ConfigError("hubbubd: loops: this version runs one loop; set it to 1 or auto");
    }
    if (options.print_config) {
      print(stdout, print_config(config));
      if (std::fflush(stdout) == 0) return 0;
      print(stderr, fmt::format("hubbubd: cannot write standard output: {}", std::strerror(errno)));
      return kCannotRun;
    }
    if (options.check_config) {
      print(stdout, "configuration ok");
      return 0;
    }
    return run(config);
  } catch (const ConfigError& error) {
    print(stderr, error.what());
    return kAskedWrong;
  }
}

}  // namespace
}  // namespace server

int main(int argc, char** argv) {
  return server::main(argc, argv);
}
