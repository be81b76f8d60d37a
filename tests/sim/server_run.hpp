// One evening of the real server on a simulated ring: who comes, how the server is configured and
// how it ends are drawn; what must be so at the end is looked at.
#pragma once

#include <cstddef>
#include <vector>

#include "server/config.hpp"
#include "tests/sim/chat_client.hpp"
#include "tests/sim/random_peer.hpp"
#include "tests/sim/rowdy.hpp"
#include "tests/sim/scribe.hpp"
#include "tests/sim/world.hpp"

namespace sim {

// Sizes of an evening, at most.
struct Crowding {
  std::size_t clients = 40;
  std::size_t actions = 40;  // of each
  std::size_t echo_clients = 3;
};

// Thread: one. Signals: blocks SIGTERM in this thread while it runs.
class ServerRun {
 public:
  // How it ends.
  enum class Close : std::uint8_t {
    kEmpty,  // everybody has left, and the rooms must be empty
    kQuiet,  // everybody is there and has got everything
    kBusy,   // in the middle of things
  };

  // `ring`: what the server is to run on, a decorator of the world's ring; with none it runs on one
  // loop or several.
  ServerRun(World& world, const Crowding& crowding, core::Ring* ring = nullptr);

  void run();

  Evening& evening() { return evening_; }
  Close close() const { return close_; }

 private:
  core::Task<void> direct(std::vector<core::Loop*> loops);
  core::Task<void> until_done();
  core::Task<void> end_quietly();
  core::Task<void> empty_rooms();
  core::Task<void> shut_down(core::TaskHandle<void>& serving);
  void draw_configuration();
  void invite(const core::Address& echo);
  void wake_everybody();
  void check_everybody(bool complete);
  void check_backlogs();
  void check_echo();

  World& world_;
  Choose& choose_;
  core::Ring* ring_;
  std::uint64_t guests_ = 0;
  Evening evening_;
  server::Config config_;
  Crowding crowding_;
  Close close_;
  Scribe* scribe_ = nullptr;
  std::vector<ChatClient*> clients_;
  std::vector<RandomPeer*> echo_clients_;
};

}  // namespace sim
