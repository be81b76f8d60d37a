// Rings with a bug, for the test that the simulation finds bugs.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "core/ring.hpp"
#include "tests/sim/sim_ring.hpp"

namespace sim {

enum class Fault : std::uint8_t {
  kDropsAByte,     // of a send that went out in part, one byte more is taken for sent
  kDoublesAByte,   // one less
  kLosesReceived,  // a piece of what was received
  kForgetsAClose,
};

// The simulated ring with one fault, once. Thread: one.
class FaultyRing final : public core::Ring {
 public:
  FaultyRing(SimRing& ring, Fault fault, std::uint64_t spares)
      : ring_(ring), fault_(fault), spares_(spares) {}

  // Whether there was an occasion to go wrong.
  bool went_wrong() const { return wrong_; }

  int accept(int listener, core::Address& peer) override { return ring_.accept(listener, peer); }
  void connect(core::Token token, int socket, const core::Address& address) override {
    ring_.connect(token, socket, address);
  }
  void receive(core::Token token, int socket) override {
    receives_.insert(token);
    ring_.receive(token, socket);
  }
  void send(core::Token token, int socket, std::span<const iovec> pieces) override {
    sends_.insert(token);
    ring_.send(token, socket, pieces);
  }
  void poll(core::Token token, int descriptor, unsigned events) override {
    ring_.poll(token, descriptor, events);
  }
  void cancel(core::Token token) override { ring_.cancel(token); }
  void enter(core::Time deadline) override { ring_.enter(deadline); }
  void reap(std::vector<core::Completion>& completions) override {
    ring_.reap(completions);
    for (core::Completion& one : completions) {
      if (sends_.contains(one.token) && one.result > 1) {
        if (now(Fault::kDropsAByte)) ++one.result;
        if (now(Fault::kDoublesAByte)) --one.result;
      }
      if (receives_.contains(one.token) && one.buffer != core::kNoBuffer && one.more &&
          now(Fault::kLosesReceived)) {
        ring_.give_back(one.buffer);
        one = {.token = 0};  // nobody's
      }
    }
    sends_.clear();
  }
  std::string_view buffer(int id, std::size_t size) const override {
    return ring_.buffer(id, size);
  }
  void give_back(int id) override { ring_.give_back(id); }
  void shutdown(int socket, int how) override { ring_.shutdown(socket, how); }
  void reset_on_close(int socket) override { ring_.reset_on_close(socket); }
  void close(int descriptor) override {
    if (!now(Fault::kForgetsAClose)) ring_.close(descriptor);
  }
  core::Time now() override { return ring_.now(); }
  std::time_t wall_clock() override { return ring_.wall_clock(); }
  void wake() noexcept override { ring_.wake(); }
  std::string_view name() const override { return "faulty"; }

 private:
  // Whether this is the moment for the fault.
  bool now(Fault occasion) {
    if (occasion != fault_ || wrong_) return false;
    if (spares_ > 0) return --spares_, false;
    return wrong_ = true;
  }

  SimRing& ring_;
  Fault fault_;
  std::uint64_t spares_;  // occasions that are let pass first
  bool wrong_ = false;
  std::set<core::Token> sends_, receives_;
};

}  // namespace sim
