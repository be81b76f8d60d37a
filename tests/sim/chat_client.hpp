// A simulated person: talks, whispers, renames itself, comes and goes between rooms, types like a
// telnet client or worse, stops reading, and leaves in every way there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/config.hpp"
#include "tests/sim/chat_program.hpp"

namespace sim {

class ChatClient final : public ChatProgram {
 public:
  ChatClient(Crowd& crowd, Evening& evening, std::size_t number, std::size_t actions);

  core::Time step(core::Time now) override;
  bool finished() const override { return finished_; }

  // Has done all it was to do, and sent all it typed; it may be gone.
  // Who has stopped reading is not read from either once it is owed too much.
  bool is_done() const {
    const bool stuck = has_stopped() && unsent() > 0;
    return finished_ || stuck || (actions_ == 0 && unsent() == 0);
  }
  bool is_here() const { return connected() && !finished_; }
  // Reads at once and enough: it must get all that it is owed.
  bool has_stopped() const;
  bool is_prompt() const { return prompt_; }
  bool was_harmed() const { return was_hit(); }
  std::size_t number() const { return number_; }
  const std::string& nick() const { return nick_; }
  bool was_told_goodbye() const { return told_goodbye_; }
  // Bytes of rooms that came since Evening::reads_again, if it had stopped reading; and how many
  // may have: what is on its way, in each room limits.max_lag and what one pass brought, and what
  // was owed when it left rooms.
  std::size_t backlog() const { return backlog_; }
  std::size_t backlog_most(const server::Config::Limits& limits) const;

  // Looks at what it saw; `complete`: it has been sent everything.
  void check(bool complete);

 private:
  enum class Ending : std::uint8_t { kQuits, kHalfCloses, kCloses, kVanishes };

  void line_came(std::string_view line) override;
  void private_line(std::string_view line);
  void room_line(std::string_view line);
  void error_line(std::string_view line);
  void entered(std::string room);
  void exited(const std::string& room);
  void missed(std::string_view line);
  void whisper_line(std::string_view line);
  void goodbye(std::string_view line);
  void end_of_history();

  void act();
  void say();
  void whisper();
  void rename();
  void join();
  void leave_room();
  void look_around();
  void type_line(std::string line);
  void leave();
  void ended();
  const std::string& pick(const std::vector<std::string>& from);
  Stay* stay_in(std::string_view room);
  std::string next_words(char kind);

  std::size_t number_;
  std::size_t actions_;   // left to do
  std::size_t stops_at_;  // of them, where it stops reading, if it does
  Ending ending_;
  bool prompt_;
  bool stubborn_;      // stops reading at some point, until Evening::reads_again
  bool leaves_early_;  // when it is done, not when the evening ends
  std::uint64_t pause_most_;
  std::size_t piece_most_;
  core::Time acts_at_;
  core::Time reads_at_;

  // What it believes of itself once the server has done all it typed.
  std::string typed_nick_;
  std::vector<std::string> typed_rooms_;  // in the order of joining
  std::string typed_current_;
  bool echo_ = false;
  std::size_t words_ = 0;
  std::deque<std::string> whispers_;  // not answered yet
  struct Said {
    LineId line;
    bool muted;
  };
  // By room and how-manieth stay there, from 0.
  std::map<std::pair<std::string, std::size_t>, std::vector<Said>> said_;
  std::map<std::string, std::size_t> typed_stays_, stays_in_;

  // What the server told it.
  std::string nick_;
  std::deque<Stay> stays_;
  std::vector<Stay*> current_stays_;
  Stay* entered_last_ = nullptr;
  std::map<const Stay*, std::size_t> stay_numbers_;
  std::map<std::pair<std::string, std::string>, std::size_t> joinings_, leavings_;
  std::string history_of_;
  std::vector<LineId> history_;
  bool may_end_ = false;
  bool told_goodbye_ = false;
  bool left_ = false;
  bool finished_ = false;
  std::size_t backlog_ = 0;
};

}  // namespace sim
