// InteractiveClient: the client on a terminal.
#pragma once

#include <csignal>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/backoff.hpp"
#include "client/terminal/input_history.hpp"
#include "client/terminal/introduction.hpp"
#include "client/terminal/options.hpp"
#include "client/terminal/outbox.hpp"
#include "client/terminal/terminal.hpp"
#include "client/terminal/window.hpp"
#include "core/loop.hpp"
#include "core/signals.hpp"
#include "core/stream.hpp"
#include "core/task.hpp"

namespace client {

// Shows the terminal once the first connection stands; a first connection that fails, or ends
// before the server has greeted us, is the end. A server that does not greet us within
// kGreetingMost counts as lost, and is said to be silent some seconds after it took the connection.
// A connection lost later is made again, with the nick and the rooms there were, as often as it
// takes, and what is being typed is not touched; a room that is refused then is said and given up.
// A line is not taken while there is no connection, or while the connection takes nothing: it stays
// to be entered later. A line that was taken, but did not come back before the connection was lost,
// is shown as perhaps not said. Ends with /quit, Ctrl-D, two Ctrl-C on an empty line, or a signal;
// the terminal is always given back. Thread: the loop's.
class InteractiveClient final : private Terminal::Typist {
 public:
  static constexpr std::size_t kUnsentMost = 64 * 1024;  // bytes; beyond it Enter is refused
  // How long a server has for its greeting, and when it is said that it is late.
  static constexpr core::Duration kGreetingMost = std::chrono::seconds(20);
  static constexpr core::Duration kGreetingLate = std::chrono::seconds(3);
  // How long the server has for its goodbye.
  static constexpr core::Duration kFarewellMost = std::chrono::seconds(2);
  // A connection that lasted this long makes the next attempt come soon again.
  static constexpr core::Duration kSettled = std::chrono::seconds(10);
  // How often the nick of a lost connection is asked for while the server still holds it. It is
  // free at the latest when the server finds out, which may take it minutes.
  static constexpr core::Duration kNickRetry = std::chrono::seconds(5);

  // Blocks the signals it handles: construct it before any thread starts.
  InteractiveClient(core::Loop& loop, const Options& options);

  // The exit status: 0 when the user left, 128 and the signal's number after a signal, and 1,
  // with a sentence on standard error, without a connection.
  core::Task<int> run();

 private:
  // The connection.
  core::Task<void> stay_connected();
  void tell_failure(const std::string& failure);
  core::Task<void> converse(core::Stream& stream);
  core::Task<void> receive_while(core::Stream& stream, std::function<bool()> is_wanted);
  core::Task<void> await_greeting();
  std::string explain(const core::Stream& stream) const;
  std::string silence() const;
  void welcomed();
  core::Task<void> ask_for_nick_again();
  void introduce_ourselves();
  void introduced();
  void remember_session();
  void report_unsaid();
  bool observe(const ServerLine& line);
  void fail(std::string_view reason);

  // The keyboard, and the signals it sends.
  void open_window();
  core::Task<void> read_keys();
  core::Task<void> watch_days();
  core::Task<void> watch_signals();
  void handle(int signal);
  void interrupted();
  void stop();
  Terminal::Enter may_enter(std::string_view line) override;
  void entered(std::string_view line) override;
  void ended() override;
  void room_wanted(std::size_t number) override;
  std::vector<std::string> offers(std::string_view before) const override;
  Terminal::Enter may_enter_password(std::string_view text);
  bool may_enter_block(std::string_view text);
  void ask_about(std::string_view text);
  bool can_say();
  void say(std::string_view line);
  void say_block(std::string_view text);

  // The end.
  void quit(std::string_view command);
  core::Task<void> leave_later();
  void leave(int status);

  core::Loop& loop_;
  const Options& options_;
  core::Signals signals_{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH};
  Window window_;
  Introduction::Wish wish_;  // of the next connection
  Introduction introduction_;
  Outbox outbox_;
  Backoff backoff_;
  InputHistory history_;
  core::TaskHandle<void> connection_;
  core::TaskHandle<void> nick_retry_;
  core::Stream* stream_ = nullptr;  // null while there is no connection
  core::Time lost_;                 // when there was one last
  bool is_welcome_ = false;         // the server has greeted us on this connection
  bool was_welcome_ = false;        // on any
  bool was_silent_ = false;         // it did not do so in time
  std::string refusal_;             // what it said instead
  std::string asked_about_;         // a pasted text: Enter once more says it
  int status_ = 0;
  bool quitting_ = false;
  bool interrupted_ = false;  // the last key was a Ctrl-C on an empty line
  std::string told_failure_;  // why the newest attempts to connect failed
};

}  // namespace client
