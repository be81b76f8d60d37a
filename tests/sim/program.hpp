// Programs at the far ends of the connections, and the crowd that runs them in simulated time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/address.hpp"
#include "tests/sim/sim_ring.hpp"

namespace sim {

class Crowd;

// A program that connects to the simulated ring: it does a little at a time and says when it wants
// to go on. Thread: one. Lives in its crowd.
class Program {
 public:
  virtual ~Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Does something; returns when it wants to again. kNever: when something arrives, or there is
  // space again, or the end.
  virtual core::Time step(core::Time now) = 0;
  // Has nothing more to do, ever.
  virtual bool finished() const = 0;

 protected:
  explicit Program(Crowd& crowd);

  // What the far end of the connection, the ring's, may have unread; and what this one may.
  void connect(const core::Address& to, std::size_t their_window, std::size_t our_window);
  bool connected() const { return link_ != nullptr; }
  End& end() { return link_->far; }
  const End& end() const { return link_->far; }
  // An injected failure concerned this connection.
  bool was_hit() const { return link_ != nullptr && (link_->far.hit || link_->near.hit); }
  void spare() { link_->near.spared = link_->far.spared = true; }

  SimRing& ring();
  Choose& choose();

 private:
  friend class Crowd;
  Crowd& crowd_;
  std::size_t number_;
  core::Time wanted_ = core::kNever;
  std::shared_ptr<Link> link_;
};

// Runs what is due, in an order that depends on nothing but the run. Thread: one. Owns the
// programs.
class Crowd final : public Actor {
 public:
  explicit Crowd(SimRing& ring) : ring_(ring) { ring.add(*this); }
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  template <class P, class... Arguments>
  P& add(Arguments&&... arguments) {
    auto program = std::make_unique<P>(*this, std::forward<Arguments>(arguments)...);
    P& added = *program;
    programs_.push_back(std::move(program));
    return added;
  }
  // It is to act by then.
  void want(Program& program, core::Time when);
  const std::vector<std::unique_ptr<Program>>& programs() const { return programs_; }
  bool finished() const;
  SimRing& ring() { return ring_; }

  void act(core::Time now) override;
  core::Time next() const override {
    return agenda_.empty() ? core::kNever : agenda_.begin()->first;
  }

 private:
  friend class Program;
  SimRing& ring_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::set<std::pair<core::Time, std::size_t>> agenda_;
  std::size_t created_ = 0;
};

}  // namespace sim
