// A task for each thing that is waited for: the connection, the keyboard, the signals, midnight.
// They share the window, which each uses only between two of its waits.
#include "client/terminal/interactive_client.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "client/terminal/completion.hpp"
#include "client/terminal/connect.hpp"
#include "client/terminal/descriptor_ready.hpp"
#include "client/terminal/input_encoder.hpp"
#include "client/terminal/passwords.hpp"
#include "core/text.hpp"
#include "core/timeout.hpp"

namespace client {
namespace {

// Points a pointer at a stream for as long as the stream may be used, however that ends.
class Lent {
 public:
  Lent(core::Stream& stream, core::Stream*& pointer) : pointer_(pointer) { pointer = &stream; }
  ~Lent() { pointer_ = nullptr; }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

 private:
  core::Stream*& pointer_;
};

}  // namespace

InteractiveClient::InteractiveClient(core::Loop& loop, const Options& options)
    : loop_(loop),
      options_(options),
      window_(options),
      wish_{.nick = options.nick, .rooms = options.rooms},
      backoff_(std::random_device{}()) {}

core::Task<int> InteractiveClient::run() {
  loop_.spawn(watch_signals(), "signals").detach();
  connection_ = loop_.spawn(stay_connected(), "connection");
  try {
    co_await connection_;
  } catch (const core::Cancelled&) {
    // By leave().
  }
  if (window_.is_open()) window_.terminal().close();
  report_unsaid();
  co_return status_;
}

// --- The connection. ---

core::Task<void> InteractiveClient::stay_connected() {
  for (;;) {
    Connected connected = co_await connect(options_.server, options_.tls);
    if (connected.stream) {
      const core::Time began = loop_.now();
      co_await converse(*connected.stream);
      remember_session();
      if (quitting_) co_return;
      const std::string reason = explain_end(options_.server, connected.stream->end_error());
      if (!options_.reconnect) co_return fail(reason);
      told_failure_.clear();
      window_.notice(reason + "; trying to connect again");
      report_unsaid();
      if (loop_.now() - began >= kSettled) backoff_.reset();
    } else if (!window_.is_open()) {
      co_return fail(connected.failure);
    } else {
      tell_failure(connected.failure);
    }
    connected.stream.reset();
    co_await core::sleep(backoff_.next());
  }
}

// Once, as long as it is the same: that nobody answers is what being offline means, and yet it may
// be somebody else who does.
void InteractiveClient::tell_failure(const std::string& failure) {
  if (failure == told_failure_) return;
  told_failure_ = failure;
  std::string_view rest = failure;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    window_.notice(line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
}

core::Task<void> InteractiveClient::converse(core::Stream& stream) {
  const Lent lent(stream, stream_);
  if (!window_.is_open()) {
    open_window();
  } else {
    const auto away = std::chrono::ceil<std::chrono::seconds>(loop_.now() - lost_);
    window_.notice(
        fmt::format("connected again after {} s; of what was said meanwhile you see what the rooms "
                    "keep as their history",
                    away.count()));
  }
  introduce_ourselves();
  for (;;) {
    core::Received received = co_await stream.receive();
    if (received.empty()) break;
    window_.show(received.bytes(), [this](const ServerLine& line) { return observe(line); });
  }
}

void InteractiveClient::introduce_ourselves() {
  window_.begin_session();
  introduction_ = Introduction(wish_);
  for (const std::string& line : introduction_.lines()) say(line);
}

void InteractiveClient::remember_session() {
  window_.end_session([this](const ServerLine& line) { return observe(line); });
  lost_ = loop_.now();
  if (nick_retry_) nick_retry_.cancel();
  const SessionView& session = window_.session();
  if (!session.chosen_nick().empty()) wish_.nick = session.chosen_nick();
  if (!session.joined().empty()) wish_.rooms = session.joined();
  wish_.again = true;
}

bool InteractiveClient::observe(const ServerLine& line) {
  const bool lacked_nick = introduction_.lacks_nick();
  outbox_.observe(line, window_.session().nick());
  const bool is_for_us_alone = introduction_.takes(line);
  if (introduction_.lacks_nick() && !lacked_nick) {
    nick_retry_ = loop_.spawn(ask_for_nick_again(), "nick");
  }
  return !is_for_us_alone;
}

// The person who chooses another nick meanwhile ends this.
core::Task<void> InteractiveClient::ask_for_nick_again() {
  window_.notice(
      fmt::format("the lost connection still has the name {}; asking again until it is "
                  "free",
                  introduction_.nick()));
  while (introduction_.lacks_nick()) {
    co_await core::sleep(kNickRetry);
    // The next line is a password, and must be the person's.
    if (introduction_.lacks_nick() && !window_.hides_input()) say(introduction_.ask_for_nick());
  }
}

// What the person typed is not said twice without being asked: it is shown, and Up brings it back.
void InteractiveClient::report_unsaid() {
  constexpr std::size_t kShownMost = 10;
  const std::vector<std::string> lines = outbox_.take();
  if (lines.empty()) return;
  window_.notice("the server did not confirm what you said last; Up brings it back:");
  const std::size_t skipped = lines.size() > kShownMost ? lines.size() - kShownMost : 0;
  if (skipped > 0) window_.notice(fmt::format("  ({} lines before these)", skipped));
  for (std::size_t i = skipped; i < lines.size(); ++i) {
    std::string shown = "  ";
    core::sanitize(lines[i], shown);
    window_.notice(shown);
  }
}

void InteractiveClient::fail(std::string_view reason) {
  if (window_.is_open()) window_.terminal().close();
  std::fprintf(stderr, "hubbub: %.*s\n", static_cast<int>(reason.size()), reason.data());
  status_ = 1;
}

// --- The keyboard, and the signals it sends. ---

void InteractiveClient::open_window() {
  window_.open(*this);
  loop_.spawn(read_keys(), "keyboard").detach();
  loop_.spawn(watch_days(), "calendar").detach();
}

core::Task<void> InteractiveClient::watch_days() {
  for (;;) {
    const auto until_midnight = DayWatch::until_midnight(std::time(nullptr));
    co_await core::sleep(std::chrono::seconds(until_midnight));
    window_.look_at_calendar();
  }
}

core::Task<void> InteractiveClient::read_keys() {
  while (!quitting_) {
    co_await DescriptorReady(STDIN_FILENO, POLLIN);
    if (!is_ready(STDIN_FILENO, POLLIN)) continue;
    interrupted_ = false;
    window_.terminal().read_key();
  }
}

// What is said leaves the line: the server shows it again, in its place among the others' lines.
Terminal::Enter InteractiveClient::may_enter(std::string_view line) {
  if (line.empty() || asks_to_quit(line)) return Terminal::Enter::kTaken;
  if (!can_say()) return Terminal::Enter::kRefused;
  const auto line_ends = std::count(line.begin(), line.end(), '\n');
  if (line_ends > 0 && line != asked_about_) {
    asked_about_ = line;
    window_.notice(fmt::format("these are {} lines: Enter says them all, Ctrl-C drops them",
                               line_ends + (line.ends_with('\n') ? 0 : 1)));
    return Terminal::Enter::kRefused;
  }
  asked_about_.clear();
  if (window_.hides_input() || holds_password(line)) return Terminal::Enter::kErased;
  const bool is_said = !line.starts_with('/') || line.starts_with("//") || line.starts_with("/me ");
  return is_said && introduction_.hears_itself() ? Terminal::Enter::kErased
                                                 : Terminal::Enter::kTaken;
}

bool InteractiveClient::can_say() {
  if (stream_ == nullptr) {
    window_.notice("not connected; the line stays here until it can be said");
    return false;
  }
  if (stream_->outflow().mailbox_bytes() > kUnsentMost) {
    window_.notice("the server takes nothing just now; the line stays here until it can be said");
    return false;
  }
  return true;
}

// A pasted text may have several lines.
void InteractiveClient::entered(std::string_view text) {
  const bool is_secret = window_.hides_input() || holds_password(text);
  if (!is_secret) history_.add(std::string(text));
  if (window_.hides_input() && text.empty()) say(text);  // no password after all
  while (!text.empty() && !quitting_) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (asks_to_quit(line)) {
      quit(line);
    } else if (!line.empty()) {
      if (introduction_.hears_itself() && !is_secret) outbox_.said(line);
      say(line);
    }
  }
}

void InteractiveClient::say(std::string_view line) {
  if (stream_ != nullptr) stream_->outflow().append(fmt::format("{}\r\n", line));
}

void InteractiveClient::ended() {
  quit("/quit");
}

// In a room we are in, /join is a switch.
void InteractiveClient::room_wanted(std::size_t number) {
  if (window_.hides_input())
    return window_.notice("the next line is the password; /cancel ends it");
  const RoomBoard& board = window_.board();
  const std::string room = number == 0 ? board.next() : board.numbered(number);
  if (room.empty()) return window_.notice("you are not in so many rooms; /join #name enters one");
  if (!same_name(room, board.shown()) && can_say()) say("/join " + room);
}

std::vector<std::string> InteractiveClient::offers(std::string_view before) const {
  return complete(before, window_.session());
}

core::Task<void> InteractiveClient::watch_signals() {
  for (;;) {
    const int signal = co_await signals_.next();
    handle(signal);
  }
}

void InteractiveClient::handle(int signal) {
  constexpr int kSignalStatus = 128;
  switch (signal) {
    case SIGWINCH:
      if (window_.is_open()) window_.terminal().resize();
      return;
    case SIGCONT:
      if (window_.is_open()) window_.terminal().resume();
      return;
    case SIGTSTP:
      return stop();
    case SIGINT:
      if (window_.is_open() && !quitting_) return interrupted();
      return leave(quitting_ ? status_ : kSignalStatus + signal);
    default:
      return leave(kSignalStatus + signal);
  }
}

void InteractiveClient::interrupted() {
  if (window_.terminal().interrupt()) {
    interrupted_ = false;
  } else if (std::exchange(interrupted_, true)) {
    quit("/quit");
  } else {
    window_.notice("once more to leave");
  }
}

// The signal's own effect, with the terminal as the shell expects it. SIGCONT brings it back.
void InteractiveClient::stop() {
  if (window_.is_open()) window_.terminal().suspend();
  sigset_t stop_signal;
  ::sigemptyset(&stop_signal);
  ::sigaddset(&stop_signal, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop_signal, nullptr);
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_BLOCK, &stop_signal, nullptr);
}

// --- The end. ---

void InteractiveClient::quit(std::string_view command) {
  quitting_ = true;
  window_.terminal().close();
  say(command);
  if (stream_ == nullptr) return leave(0);
  loop_.spawn(leave_later(), "farewell").detach();
}

core::Task<void> InteractiveClient::leave_later() {
  co_await core::sleep(kFarewellMost);
  leave(0);
}

void InteractiveClient::leave(int status) {
  quitting_ = true;
  if (window_.is_open()) window_.terminal().close();
  status_ = status;
  connection_.cancel();
}

}  // namespace client
