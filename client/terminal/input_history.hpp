// InputHistory: the lines typed before, in this run and in earlier ones.
#pragma once

#include <string>
#include <string_view>

namespace client {

// What Readline's history keys walk through. Kept in $XDG_STATE_HOME/hubbub/history (by default
// ~/.local/state/hubbub/history), readable by its owner only; where that cannot be, this run's
// lines are still in memory, as texts of several lines always are. Limits: kMost lines.
class InputHistory {
 public:
  static constexpr int kMost = 1000;

  // Reads the file.
  InputHistory();
  // Appends this run's lines to it, so that clients that run at once all keep theirs.
  ~InputHistory();
  InputHistory(const InputHistory&) = delete;
  InputHistory& operator=(const InputHistory&) = delete;

  // Leaves out empty lines and a repetition of the line before.
  void add(const std::string& line);

 private:
  std::string added_lines() const;

  std::string path_;  // empty: there is none
  int added_ = 0;
};

}  // namespace client
