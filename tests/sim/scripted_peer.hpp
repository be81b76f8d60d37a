// A peer that does what a test says, when it says it; for the runs that try everything.
#pragma once

#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/program.hpp"

namespace sim {

// Connects at once. Times count from its creation and rise. It reads only as its script says.
class ScriptedPeer final : public Program {
 public:
  struct Line {
    core::Duration at;
    std::function<void(ScriptedPeer&)> act;
  };

  ScriptedPeer(Crowd& crowd, const core::Address& to, std::size_t window, std::vector<Line> script)
      : Program(crowd), begun_(ring().now()), script_(std::move(script)) {
    connect(to, window, window);
    end().changed = nullptr;
  }

  core::Time step(core::Time now) override {
    while (next_ < script_.size() && begun_ + script_[next_].at <= now) {
      script_[next_++].act(*this);
    }
    return finished() ? core::kNever : begun_ + script_[next_].at;
  }
  bool finished() const override { return next_ == script_.size(); }

  void send(const char* bytes) { end().send(bytes); }
  void read(std::size_t most) { received += end().read(most); }
  void half_close() { end().end(); }
  void hang_up() { end().close(false); }
  void vanish() { end().vanish(ECONNRESET, false); }

  std::string received;

 private:
  core::Time begun_;
  std::vector<Line> script_;
  std::size_t next_ = 0;
};

}  // namespace sim
