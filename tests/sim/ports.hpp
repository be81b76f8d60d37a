// Several loops on one simulated kernel. They share its sockets, its clock and the rest of the
// world, and take turns by chance, as threads do; so what crosses between them does so in any order
// of their passes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/ring.hpp"
#include "tests/sim/sim_ring.hpp"

namespace sim {

class Ports;

// The ring of one of them. Thread: one, for all. A wait ends when something came for this loop, or
// when all wait and time has passed; until then it returns early, which a ring may.
class Port final : public core::Ring {
 public:
  explicit Port(Ports& ports) : ports_(ports) {}

  int accept(int listener, core::Address& peer) override;
  void connect(core::Token token, int socket, const core::Address& address) override;
  void receive(core::Token token, int socket) override;
  void send(core::Token token, int socket, std::span<const iovec> pieces) override;
  void poll(core::Token token, int descriptor, unsigned events) override;
  void cancel(core::Token token) override;
  void enter(core::Time deadline) override;
  void reap(std::vector<core::Completion>& completions) override;
  std::string_view buffer(int id, std::size_t size) const override;
  void give_back(int id) override;
  void shutdown(int socket, int how) override;
  void reset_on_close(int socket) override;
  void close(int descriptor) override;
  core::Time now() override;
  std::time_t wall_clock() override;
  void wake() noexcept override { woken_ = true; }
  std::string_view name() const override { return "simulated"; }

 private:
  friend class Ports;

  core::Token begin(core::Token token);

  Ports& ports_;
  std::map<core::Token, core::Token> own_;  // its tokens, as the kernel knows them
  std::vector<core::Completion> due_;
  std::vector<core::Token> sends_;  // since it entered; over when the kernel has been entered
  core::Time waits_until_ = core::Time::min();
  bool woken_ = false;
};

// Thread: one.
class Ports {
 public:
  Ports(SimRing& kernel, std::size_t count);
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;

  Port& operator[](std::size_t index) { return *all_[index]; }
  // Whose turn it is: one of those that have something to do, mostly.
  std::size_t next();
  // From now on only this one is there.
  void leave_alone(std::size_t index);

 private:
  friend class Port;
  struct Flight {
    Port* port;
    core::Token token;
  };

  void enter_kernel(core::Time deadline);
  void forget(Port& port, core::Token token);
  bool idle(const Port& port) const;

  SimRing& kernel_;
  std::vector<std::unique_ptr<Port>> all_;
  std::vector<Port*> present_;
  std::map<core::Token, Flight> flights_;  // by the kernel's tokens
  core::Token last_ = 0;
};

}  // namespace sim
