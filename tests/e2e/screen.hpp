// Screen: a program on a real terminal (tmux), looked at as a person looks at it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/wait.hpp"

namespace e2e {

// A tmux server of its own with one window, in which a shell runs the program: when it is over, the
// screen says "ended with" and its status. Keys are those of tmux: "Enter", "C-c", "M-1", or text.
class Screen {
 public:
  using Place = std::source_location;

  // `environment`: NAME=VALUE. The program's files (history, preferences) go to a folder of this
  // screen's own, so that nothing of the person who runs the tests is read or changed.
  Screen(const std::string& command, int columns, int rows,
         const std::vector<std::string>& environment = {}, Place place = Place::current());
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void press(const std::string& key) const;
  void type(std::string_view text) const;  // literally, without Enter
  void enter(std::string_view text) const;
  void paste(
      std::string_view text) const;  // as a terminal does: bracketed, where that was asked for
  void resize(int columns, int rows) const;

  // What is on the screen and above it, without trailing blanks; with escape sequences where
  // wanted.
  std::string text() const;
  std::string styled_text() const;
  // The last line that is not empty: where the cursor is.
  std::string last_line() const;

  // Waits until the text has `part`, and gives it.
  std::string sees(std::string_view part, Place place = Place::current()) const;
  // Waits until the last line is this.
  void rests_at(std::string_view line, Place place = Place::current()) const;

  // The program, for kill(2); what stty(1) said of the terminal before it ran, and after.
  int pid() const;
  std::string modes_before() const { return content("before"); }
  std::string modes_after() const { return content("after"); }
  const std::string& folder() const { return folder_; }

 private:
  std::string tmux(std::vector<std::string> arguments) const;
  std::string content(const std::string& file) const;

  std::string name_;
  std::string folder_;
};

}  // namespace e2e
