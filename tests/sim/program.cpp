// The agenda of the crowd.
#include "tests/sim/program.hpp"

#include <algorithm>

namespace sim {

Program::Program(Crowd& crowd) : crowd_(crowd), number_(crowd.created_++) {
  crowd.want(*this, crowd.ring().now());
}

SimRing& Program::ring() {
  return crowd_.ring();
}

Choose& Program::choose() {
  return crowd_.ring().choose();
}

void Program::connect(const core::Address& to, std::size_t their_window, std::size_t our_window) {
  link_ = ring().connect_to(to, their_window);
  link_->far.capacity = our_window;
  // Soon, and not at once: a program is not told in the middle of what the kernel does.
  link_->far.changed = [this] {
    crowd_.want(*this, ring().now() + core::Duration(choose().below(ring().reaction() + 1)));
  };
}

Crowd::~Crowd() {
  for (const auto& program : programs_) {
    if (program->link_) program->link_->far.changed = nullptr;
  }
}

void Crowd::want(Program& program, core::Time when) {
  if (program.wanted_ <= when) return;
  agenda_.erase({program.wanted_, program.number_});
  program.wanted_ = when;
  agenda_.insert({when, program.number_});
}

bool Crowd::finished() const {
  return std::all_of(programs_.begin(), programs_.end(),
                     [](const auto& program) { return program->finished(); });
}

// A program acts once in a turn, also one that wants to again at once.
void Crowd::act(core::Time now) {
  std::vector<std::size_t> due;
  for (const auto& [when, number] : agenda_) {
    if (when > now) break;
    due.push_back(number);
  }
  for (const std::size_t number : due) {
    Program& program = *programs_[number];
    agenda_.erase({std::exchange(program.wanted_, core::kNever), number});
    want(program, program.step(now));
  }
}

}  // namespace sim
