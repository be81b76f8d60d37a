// The scribe: it is in every room before anyone comes, reads everything at once, says nothing but
// what keeps order, and the network spares it. What it saw is the truth.
#pragma once

#include <string>
#include <string_view>

#include "tests/sim/chat_program.hpp"

namespace sim {

class Scribe final : public ChatProgram {
 public:
  Scribe(Crowd& crowd, Evening& evening);

  core::Time step(core::Time now) override;
  bool finished() const override { return finished_; }

  // Asks who is still there: nobody may be.
  void ask_whether_all_rooms_are_empty();
  bool was_answered() const { return answered_; }
  bool was_told_goodbye() const { return told_goodbye_; }

 private:
  void line_came(std::string_view line) override;
  void open_when_ready();
  void keep_order();

  std::size_t entered_ = 0;
  bool named_ = false;
  bool asked_ = false;    // whether all rooms are empty
  bool listing_ = false;  // the answer has begun
  bool answered_ = false;
  bool told_goodbye_ = false;
  bool finished_ = false;
};

}  // namespace sim
