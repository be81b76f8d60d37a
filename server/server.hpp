// The server: a worker on each of its loops, and what they do together: begin, and end in order.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "core/event.hpp"
#include "core/executor.hpp"
#include "core/loop.hpp"
#include "core/signals.hpp"
#include "server/config.hpp"
#include "server/reload.hpp"
#include "server/service_manager.hpp"
#include "server/tls_contexts.hpp"
#include "server/worker.hpp"

namespace server {

// Thread: that of the first loop, which is the caller's. The others may run on threads of their
// own, for as long as this lives.
class Server {
 public:
  // Binds every listener, unless sockets were inherited: then it serves on these instead of
  // `config.listen`, with TLS where that has it for such a protocol. Throws std::system_error
  // naming the address that cannot be had, std::runtime_error for an inherited socket whose name is
  // no protocol.
  Server(std::vector<core::Loop*> loops, Config config, TlsContexts tls = {},
         std::vector<Inherited> inherited = {});
  Server(core::Loop& loop, Config config) : Server(std::vector{&loop}, std::move(config)) {}

  // The addresses it listens on, in the order of the configuration, with the ports picked.
  struct Bound {
    Protocol protocol;
    core::Address address;
    bool tls;
  };
  const std::vector<Bound>& bound() const { return bound_; }

  // Where a new configuration comes from when it is asked for. Called on a thread of its own, which
  // the end of this waits for; what it throws changes nothing.
  void set_reload(std::function<Config()> load) { load_ = std::move(load); }

  // SIGUSR1 logs the tree of live tasks, whenever it comes. SIGHUP reads the configuration again;
  // but where it means that the terminal is gone, it is as SIGTERM.
  // Serves until the first other signal, then stops accepting, tells everybody, and returns when
  // all have what they are owed, after shutdown.grace, or soon after a second signal.
  core::Task<void> run(core::Signals& signals);

 private:
  // One loop and what is on it.
  struct Part {
    Part(core::Loop& on, std::size_t nth) : loop(&on), index(nth) {}

    core::Loop* const loop;
    const std::size_t index;
    std::vector<Worker::Door> doors;
    // On the loop's thread:
    std::unique_ptr<Worker> worker;
    core::Event released;  // all workers have ended
  };

  void open_doors(std::size_t listener);
  void take_doors(std::vector<Inherited> inherited);
  core::Task<int> next_signal(core::Signals& signals);
  void start_reload();
  core::Task<void> reload();
  void put_in_force(const Reload& plan, const TlsContexts& tls);
  core::Task<void> show_life();
  core::Task<void> hurry(core::Signals& signals);
  void log_tasks(const Part& part) const;
  void begin(Part& part, const TlsContexts& tls) noexcept;
  core::Task<void> work(Part& part);
  // Runs a function on the loop of each part, unless all have ended.
  template <class Function>
  void on_each(Function function);
  void ended();
  void gone();

  core::Loop& loop_;
  Config config_;    // in force; for this thread only
  TlsContexts tls_;  // the same
  std::function<Config()> load_;
  core::Executor reader_{1};
  core::TaskHandle<void> reloading_;
  const ServiceManager manager_;
  const bool had_terminal_;
  Commons commons_;
  std::deque<Part> parts_;
  std::vector<Bound> bound_;
  std::size_t working_ = 0;  // parts that have not ended
  std::size_t present_ = 0;  // parts that are not gone
  core::Event all_gone_;
  std::atomic<std::size_t> silent_ = 0;  // parts that have not answered to show_life()
  core::Event all_answered_;
};

}  // namespace server
