// Window: what the person sees: the lines of a session, and below them the line being typed.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "client/terminal/alert.hpp"
#include "client/terminal/day_watch.hpp"
#include "client/terminal/options.hpp"
#include "client/terminal/recent_lines.hpp"
#include "client/terminal/replay.hpp"
#include "client/terminal/room_board.hpp"
#include "client/terminal/session_view.hpp"
#include "client/terminal/styling.hpp"
#include "client/terminal/terminal.hpp"
#include "core/line_splitter.hpp"

namespace client {

// Turns the bytes of a connection into lines on the terminal. One room is shown at a time: lines of
// the others wait on the board and are counted in the prompt, but one that concerns us is shown at
// once. Everything else is shown as it comes; but what the server repeats of rooms that we were in
// before a connection was lost is shown only where it is new.
// Nothing the server sends reaches the terminal other than as safe text (core::sanitize).
// Thread: the loop's. Before open() only notices are allowed, and they are dropped.
class Window {
 public:
  explicit Window(const Options& options);

  // The terminal: from here on until the end of this.
  void open(Terminal::Typist& typist);
  bool is_open() const { return terminal_.has_value(); }
  Terminal& terminal() { return *terminal_; }

  // Told of every line that is not a piece of a longer one; says whether it is to be shown.
  using Observer = std::function<bool(const ServerLine&)>;

  // A connection: its beginning, its bytes, its end (what was no whole line yet is shown).
  // Until follow_rooms() the room that is shown is `room`, whichever are entered meanwhile.
  void begin_session(std::string_view room);
  void show(std::string_view bytes, const Observer& observer);
  void end_session(const Observer& observer);

  // From here on the room that is shown is the one that we talk in. Those that we are not in any
  // more, with what waits there, are gone.
  void follow_rooms();

  const SessionView& session() const { return session_; }
  const RoomBoard& board() const { return board_; }

  // Whether the server has asked for a password: what is typed next is not shown, here or later.
  bool hides_input() const { return hides_input_; }

  // Asks, where the prompt stands, whether so many lines are to be said; 0: no longer.
  void ask_about(std::size_t lines);

  // The terminal has another size.
  void resize();

  // A line of the client's own. From an observer: it comes before the line that is observed.
  void notice(std::string_view text);

  // Says so if a new day has begun.
  void look_at_calendar();

 private:
  void take(const core::LinePiece& piece, const Observer& observer, std::string& out);
  void set_hides_input(bool hides);
  void take_line(std::string_view line, const Observer& observer, std::string& out);
  void place(const ServerLine& parts, Replay::Origin origin, std::string_view shown,
             std::string& out);
  bool is_known(std::string_view line, const ServerLine& parts, Replay::Origin origin);
  RoomBoard::Weight weight_of(const ServerLine& parts, Replay::Origin origin) const;
  void update_rooms(std::string& out);
  void append_notice(std::string_view text, std::string& out);
  void print(std::string_view text);
  void update_prompt();

  const Styling styling_;
  const AlertChoice alert_;
  std::optional<Terminal> terminal_;
  SessionView session_;
  RoomBoard board_;
  DayWatch days_;
  Replay replay_;
  RecentLines recent_;
  core::LineSplitter lines_;
  std::string* coming_ = nullptr;  // what show() is about to print
  std::string long_room_;          // of the line whose pieces are coming; empty: of no room
  bool long_is_shown_ = true;
  std::size_t asked_about_ = 0;  // lines
  bool online_ = false;
  bool hides_input_ = false;
  bool follows_ = true;           // the room that is shown is the one that we talk in
  bool told_of_waiting_ = false;  // how to get at what waits was explained
};

}  // namespace client
