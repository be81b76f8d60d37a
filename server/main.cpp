// hubbubd: from the command line to a server that serves.
//
// Exit status: 0 after an orderly end, 1 where the server cannot run here (an address in use, no
// io_uring, data that another server has), 2 where it was asked for something wrong (command line,
// configuration).
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sched.h>
#include <spdlog/spdlog.h>

#include "core/descriptor_limit.hpp"
#include "core/loop.hpp"
#include "core/open_ring.hpp"
#include "core/signals.hpp"
#include "server/config_file.hpp"
#include "server/hash_password.hpp"
#include "server/logging.hpp"
#include "server/loop_thread.hpp"
#include "server/options.hpp"
#include "server/server.hpp"

namespace server {
namespace {

constexpr int kCannotRun = 1;
constexpr int kAskedWrong = 2;

// Every connection is a descriptor, but for direct ones. The ring is settled.
void provide_descriptors(const Config& config, std::size_t loops) {
  constexpr std::size_t kSpare = 64 + Worker::kRefusingMost;  // listeners, a ring, the log
  const std::size_t allowed = core::raise_descriptor_limit().now;
  std::size_t direct = config.direct_sockets;
  if (config.ring == RingKind::kEpoll && direct > 0) {
    spdlog::warn("direct_sockets={} is for io_uring; there are none", direct);
    direct = 0;
  }
  const std::size_t connections = config.limits.connections;
  if (allowed + loops * direct < connections + loops * kSpare) {
    spdlog::warn("this process may open {} files, too few for limits.connections={}", allowed,
                 connections);
  }
}

void print(std::FILE* to, const std::string& text) {
  std::fputs(text.c_str(), to);
  if (!text.ends_with('\n')) std::fputc('\n', to);
}

// A pipe has been read, and reading it again might wait for ever. Certificates are files too.
bool can_be_read_again(const Config& config, const ConfigSources& sources) {
  std::error_code error;
  if (sources.file) return std::filesystem::is_regular_file(*sources.file, error);
  return std::any_of(config.listen.begin(), config.listen.end(),
                     [](const Listener& one) { return !one.tls.certificate.empty(); });
}

core::Task<void> serve(const Config& config, const TlsContexts& tls, const ConfigSources& sources,
                       core::Signals& signals, std::vector<core::Loop*> loops,
                       std::vector<Inherited> inherited) {
  Server server(std::move(loops), config, tls, std::move(inherited));
  if (can_be_read_again(config, sources)) {
    server.set_reload([&sources] { return load_config(sources); });
  }
  for (const Server::Bound& bound : server.bound()) {
    print(stderr, fmt::format("listening protocol={} address={}{}", to_string(bound.protocol),
                              bound.address.to_string(), bound.tls ? " tls=yes" : ""));
  }
  co_await server.run(signals);
}

// The ring that this process can have, so that what hinders is said once and not for each loop.
RingKind settle_ring(RingKind wanted) {
  if (wanted != RingKind::kAuto) return wanted;
  const core::OpenedRing opened = core::open_ring();
  if (opened.fallback_reason.empty()) return RingKind::kIoUring;
  spdlog::warn("{}; using epoll", opened.fallback_reason);
  return RingKind::kEpoll;
}

// Those it may run on (sched_setaffinity(2)), which a container or taskset(1) may have narrowed.
std::size_t processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  constexpr std::size_t kLoopsMost = 64;
  return std::clamp<std::size_t>(static_cast<std::size_t>(CPU_COUNT(&allowed)), 1, kLoopsMost);
}

int run(Config config, const TlsContexts& tls, const ConfigSources& sources) {
  set_up_logging(config.log);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the store's, no more
  const std::size_t loops = config.loops.value_or(processors());
  try {
    std::vector<Inherited> inherited = take_inherited_sockets();
    core::Signals signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1});
    config.ring = settle_ring(config.ring);
    provide_descriptors(config, loops);
    const LoopHost here(config);
    std::vector<std::unique_ptr<LoopThread>> threads;
    std::vector<core::Loop*> all{&here.loop()};
    while (all.size() < loops) {
      const auto& thread = threads.emplace_back(std::make_unique<LoopThread>(config, all.size()));
      all.push_back(&thread->loop());
    }
    here.loop().run(serve(config, tls, sources, signals, std::move(all), std::move(inherited)));
  } catch (const ConfigError&) {
    throw;
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
  if (options.hash_password) return print_password_hash();
  try {
    const Config config = load_config(options.sources);
    if (options.print_config) {
      print(stdout, print_config(config));
      if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
      print(stderr, fmt::format("hubbubd: cannot write standard output: {}", std::strerror(errno)));
      return kCannotRun;
    }
    const TlsContexts tls = load_tls(config.listen);
    if (options.check_config) {
      print(stdout, "configuration ok");
      return 0;
    }
    return run(config, tls, options.sources);
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
