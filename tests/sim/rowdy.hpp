// A rowdy: comes into rooms and goes, says nothing, and is put out, muted and banned by the scribe,
// who began all rooms and so keeps order there. The others must not suffer from it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/sim/chat_program.hpp"

namespace sim {

class Rowdy final : public ChatProgram {
 public:
  Rowdy(Crowd& crowd, Evening& evening, std::size_t number, std::size_t actions);

  core::Time step(core::Time now) override;
  bool finished() const override { return finished_; }

 private:
  void line_came(std::string_view line) override;
  void act();

  const std::string nick_;
  std::size_t actions_;  // left to do
  core::Time acts_at_;
  bool quits_ = false;
  bool finished_ = false;
};

}  // namespace sim
