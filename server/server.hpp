// The server: a worker on each of its loops, and what they do together: begin, and end in order.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/signals.hpp"
#include "server/config.hpp"
#include "server/worker.hpp"

namespace server {

// Thread: that of the first loop, which is the caller's. The others may run on threads of their
// own, for as long as this lives. The configuration must outlive it.
class Server {
 public:
  // Binds every listener. Throws std::system_error naming the address that cannot be had.
  Server(std::vector<core::Loop*> loops, const Config& config);
  Server(core::Loop& loop, const Config& config) : Server(std::vector{&loop}, config) {}

  // The addresses it listens on, in the order of the configuration, with the ports picked.
  struct Bound {
    Protocol protocol;
    core::Address address;
  };
  const std::vector<Bound>& bound() const { return bound_; }

  // SIGUSR1 logs the tree of live tasks, whenever it comes.
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

  core::Task<int> next_signal(core::Signals& signals);
  core::Task<void> hurry(core::Signals& signals);
  void log_tasks(const Part& part) const;
  void begin(Part& part) noexcept;
  core::Task<void> work(Part& part);
  // Runs a function on the loop of each part, unless all have ended.
  template <class Function>
  void on_each(Function function);
  void ended();
  void gone();

  core::Loop& loop_;
  Commons commons_;
  std::deque<Part> parts_;
  std::vector<Bound> bound_;
  std::size_t working_ = 0;  // parts that have not ended
  std::size_t present_ = 0;  // parts that are not gone
  core::Event all_gone_;
};

}  // namespace server
