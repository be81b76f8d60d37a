// SteppedRing: the real ring with a clock that only goes on when nothing happens any more.
#pragma once

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "core/uring_ring.hpp"

namespace core {

// Real sockets in simulated time: what is computed takes none, unless take_each_pass() says
// otherwise, and waiting is over at once when all that is under way on this machine has arrived. So
// times that are measured on it are the same on a slow machine. For one thread: what another one
// does counts as nothing that happens. Thread: the loop's.
class SteppedRing final : public Ring {
 public:
  // From now on each pass of the loop takes so long.
  void take_each_pass(Duration pass) { pass_ = pass; }

  int accept(int listener, Address& peer) override { return ring_.accept(listener, peer); }
  void connect(Token token, int socket, const Address& address) override {
    ring_.connect(token, socket, address);
  }
  void receive(Token token, int socket) override { ring_.receive(token, socket); }
  void send(Token token, int socket, std::span<const iovec> pieces) override {
    ring_.send(token, socket, pieces);
  }
  void poll(Token token, int descriptor, unsigned events) override {
    ring_.poll(token, descriptor, events);
  }
  void cancel(Token token) override { ring_.cancel(token); }

  void enter(Time deadline) override {
    now_ += pass_;
    const bool may_wait = deadline > now_;
    ring_.enter(may_wait ? ring_.now() + kGrace : Time::min());
    ring_.reap(reaped_);
    if (may_wait && reaped_.empty() && deadline != kNever) now_ = deadline;
  }
  void reap(std::vector<Completion>& completions) override {
    completions.swap(reaped_);
    reaped_.clear();
  }

  std::string_view buffer(int id, std::size_t size) const override {
    return ring_.buffer(id, size);
  }
  void give_back(int id) override { ring_.give_back(id); }
  void shutdown(int socket, int how) override { ring_.shutdown(socket, how); }
  void reset_on_close(int socket) override { ring_.reset_on_close(socket); }
  void close(int descriptor) override { ring_.close(descriptor); }
  Time now() override { return now_; }
  void wake() noexcept override { ring_.wake(); }
  std::string_view name() const override { return "stepped"; }

 private:
  // Real time in which whatever was sent over the loopback has arrived.
  static constexpr Duration kGrace = std::chrono::milliseconds(1);

  UringRing ring_;
  Duration pass_{0};
  Time now_ = ring_.now();
  std::vector<Completion> reaped_;
};

}  // namespace core
