// InteractiveClient: the client on a terminal.
#pragma once

#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/backoff.hpp"
#include "client/terminal/input_history.hpp"
#include "client/terminal/options.hpp"
#include "client/terminal/session_view.hpp"
#include "client/terminal/terminal.hpp"
#include "core/line_splitter.hpp"
#include "core/loop.hpp"
#include "core/signals.hpp"
#include "core/stream.hpp"
#include "core/task.hpp"

namespace client {

// Shows the terminal once the first connection stands; a first connection that fails is the end.
// A connection lost later is made again, with the nick and the rooms there were, as often as it
// takes, and what is being typed is not touched. A line is not taken while there is no connection,
// or while the connection takes nothing: it stays to be entered later.
// Ends with /quit, Ctrl-D, two Ctrl-C on an empty line, or a signal; the terminal is always given
// back. Thread: the loop's.
class InteractiveClient final : private Terminal::Typist {
 public:
  static constexpr std::size_t kUnsentMost = 64 * 1024;  // bytes; beyond it Enter is refused
  // How long the server has for its goodbye.
  static constexpr core::Duration kFarewellMost = std::chrono::seconds(2);
  // A connection that lasted this long makes the next attempt come soon again.
  static constexpr core::Duration kSettled = std::chrono::seconds(10);

  // Blocks the signals it handles: construct it before any thread starts.
  InteractiveClient(core::Loop& loop, const Options& options);

  // The exit status: 0 when the user left, 128 and the signal's number after a signal, and 1,
  // with a sentence on standard error, without a connection.
  core::Task<int> run();

 private:
  // The connection.
  core::Task<void> stay_connected();
  core::Task<void> converse(core::Stream& stream);
  void introduce_ourselves();
  void remember_session();
  void show(std::string_view bytes);
  void append_shown(const core::LinePiece& piece, std::string& text);
  void print(std::string_view text);
  void notice(std::string_view text);
  void update_prompt();
  void fail(std::string_view reason);

  // The keyboard, and the signals it sends.
  void open_terminal();
  core::Task<void> read_keys();
  core::Task<void> watch_signals();
  void handle(int signal);
  void interrupted();
  void stop();
  bool may_enter(std::string_view line) override;
  void entered(std::string_view line) override;
  void ended() override;
  std::vector<std::string> offers(std::string_view before) const override;
  void say(std::string_view line);

  // The end.
  void quit(std::string_view command);
  core::Task<void> leave_later();
  void leave(int status);

  core::Loop& loop_;
  const Options& options_;
  core::Signals signals_{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH};
  const bool styled_;
  SessionView session_;
  std::string wanted_nick_;                // of the next connection
  std::vector<std::string> wanted_rooms_;  // the one to talk in first
  core::LineSplitter lines_;
  Backoff backoff_;
  InputHistory history_;
  std::optional<Terminal> terminal_;
  core::TaskHandle<void> connection_;
  core::Stream* stream_ = nullptr;  // null while there is no connection
  int status_ = 0;
  bool quitting_ = false;
  bool interrupted_ = false;  // the last key was a Ctrl-C on an empty line
};

}  // namespace client
