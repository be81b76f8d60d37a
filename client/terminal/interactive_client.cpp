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

// A text of several lines, or one with its end: it was pasted, since Enter ends what is typed.
bool is_block(std::string_view text) {
  return text.find('\n') != std::string_view::npos;
}

}  // namespace

InteractiveClient::InteractiveClient(core::Loop& loop, const Options& options)
    : loop_(loop),
      options_(options),
      window_(options),
      wish_{.nick = options.nick, .rooms = options.rooms, .keys = options.keys},
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
      const std::string reason = explain(*connected.stream);
      if (!was_welcome_ || !options_.reconnect) co_return fail(reason);
      if (is_welcome_) {
        told_failure_.clear();
        window_.notice(reason + "; trying to connect again");
      } else {
        tell_failure(reason);
      }
      report_unsaid();
      if (is_welcome_ && loop_.now() - began >= kSettled) backoff_.reset();
    } else if (!window_.is_open()) {
      co_return fail(connected.failure);
    } else {
      tell_failure(connected.failure);
    }
    connected.stream.reset();
    co_await core::sleep(backoff_.next());
  }
}

std::string InteractiveClient::explain(const core::Stream& stream) const {
  if (was_silent_) return silence();
  const std::string end = explain_end(options_.server, stream.end_error());
  if (is_welcome_) return end;
  if (refusal_.empty()) return end + " without a welcome; is it a chat server?";
  return fmt::format("{} refuses the connection: {}", options_.server.to_string(), refusal_);
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
  if (!window_.is_open()) open_window();
  is_welcome_ = false;
  was_silent_ = false;
  refusal_.clear();
  introduce_ourselves();
  core::TaskHandle<void> late = loop_.spawn(await_greeting(), "greeting");
  try {
    co_await core::timeout(kGreetingMost, receive_while(stream, [this] { return !is_welcome_; }));
    late.cancel();
    co_await receive_while(stream, [] { return true; });
  } catch (const core::TimeoutError&) {
    was_silent_ = true;
  }
}

core::Task<void> InteractiveClient::receive_while(core::Stream& stream,
                                                  std::function<bool()> is_wanted) {
  while (is_wanted()) {
    core::Received received = co_await stream.receive();
    if (received.empty()) co_return;
    window_.show(received.bytes(), [this](const ServerLine& line) { return observe(line); });
  }
}

// Once, as long as it is the same server that is silent.
core::Task<void> InteractiveClient::await_greeting() {
  co_await core::sleep(kGreetingLate);
  if (told_failure_ == silence()) co_return;
  window_.notice(fmt::format("{} took the connection and says nothing yet; waiting",
                             options_.server.to_string()));
}

std::string InteractiveClient::silence() const {
  return fmt::format("{} did not greet us within {} s; is it a chat server?",
                     options_.server.to_string(),
                     std::chrono::duration_cast<std::chrono::seconds>(kGreetingMost).count());
}

// A server that greets us has let us in: a full one, or one that is none, ends the connection
// without that.
void InteractiveClient::welcomed() {
  is_welcome_ = true;
  if (!std::exchange(was_welcome_, true)) return;
  const auto away = std::chrono::ceil<std::chrono::seconds>(loop_.now() - lost_);
  window_.notice(
      fmt::format("connected again after {} s; of what was said meanwhile you see what the rooms "
                  "keep as their history",
                  away.count()));
}

void InteractiveClient::introduce_ourselves() {
  window_.begin_session(wish_.rooms.empty() ? "" : wish_.rooms.front());
  if (wish_.rooms.empty()) window_.follow_rooms();
  introduction_ = Introduction(wish_);
  for (const std::string& line : introduction_.lines()) say(line);
}

void InteractiveClient::remember_session() {
  window_.end_session([this](const ServerLine& line) { return observe(line); });
  if (is_welcome_) lost_ = loop_.now();
  if (nick_retry_) nick_retry_.cancel();
  const SessionView& session = window_.session();
  if (!session.chosen_nick().empty()) wish_.nick = session.chosen_nick();
  if (introduction_.is_answered()) {
    wish_.rooms = session.joined();
    wish_.only_these = true;
  }
  wish_.again = true;
}

bool InteractiveClient::observe(const ServerLine& line) {
  if (!is_welcome_ && !window_.session().nick().empty()) welcomed();
  if (!is_welcome_ && line.kind == LineKind::kError) {
    refusal_ = line.text;
    return false;  // it is told as what kept us out
  }
  const bool lacked_nick = introduction_.lacks_nick();
  const bool was_answered = introduction_.is_answered();
  outbox_.observe(line, window_.session().nick());
  wish_.keys.observe(line, window_.session().nick());
  const bool is_for_us_alone = introduction_.takes(line);
  if (const auto refusal = introduction_.take_refusal()) {
    std::erase(wish_.rooms, refusal->room);
    window_.notice(fmt::format("{} was not entered: {}", refusal->room, refusal->reason));
  }
  if (!was_answered && introduction_.is_answered()) introduced();
  if (introduction_.lacks_nick() && !lacked_nick) {
    nick_retry_ = loop_.spawn(ask_for_nick_again(), "nick");
  }
  return !is_for_us_alone;
}

void InteractiveClient::introduced() {
  const std::string leave = introduction_.leave_where_we_were_put();
  if (!leave.empty()) say(leave);
  window_.follow_rooms();
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
    if (!asked_about_.empty() && window_.terminal().line() != asked_about_) ask_about({});
  }
}

// What is said leaves the line: the server shows it again, in its place among the others' lines.
Terminal::Enter InteractiveClient::may_enter(std::string_view line) {
  if (line.empty() || (!is_block(line) && asks_to_quit(line))) return Terminal::Enter::kTaken;
  if (!can_say()) return Terminal::Enter::kRefused;
  if (window_.hides_input()) return may_enter_password(line);
  if (is_block(line) && !may_enter_block(line)) return Terminal::Enter::kRefused;
  if (holds_password(line)) return Terminal::Enter::kErased;
  const bool is_said = is_block(line) || !line.starts_with('/') || line.starts_with("//") ||
                       line.starts_with("/me ");
  return is_said && introduction_.hears_itself() ? Terminal::Enter::kErased
                                                 : Terminal::Enter::kTaken;
}

// A pasted one may bring its line end along.
Terminal::Enter InteractiveClient::may_enter_password(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end + 1 == text.size()) return Terminal::Enter::kErased;
  window_.notice("a password is one line; Ctrl-C drops what you pasted");
  return Terminal::Enter::kRefused;
}

// Enter asks once, and once more says it, as long as it is the same.
bool InteractiveClient::may_enter_block(std::string_view text) {
  if (holds_password(text)) {
    window_.notice("a command with a password is among these lines; they would be said to all");
    return false;
  }
  const bool was_asked = text == asked_about_;
  ask_about(was_asked ? std::string_view() : text);
  return was_asked;
}

void InteractiveClient::ask_about(std::string_view text) {
  asked_about_ = text;
  const auto line_ends = std::count(text.begin(), text.end(), '\n');
  const bool ends_open = !text.empty() && !text.ends_with('\n');
  window_.ask_about(static_cast<std::size_t>(line_ends) + (ends_open ? 1 : 0));
}

bool InteractiveClient::can_say() {
  if (stream_ == nullptr || !is_welcome_) {
    window_.notice("not connected; the line stays here until it can be said");
    return false;
  }
  if (stream_->outflow().mailbox_bytes() > kUnsentMost) {
    window_.notice("the server takes nothing just now; the line stays here until it can be said");
    return false;
  }
  return true;
}

void InteractiveClient::entered(std::string_view text) {
  if (!is_block(text) && asks_to_quit(text)) return quit(text);
  if (window_.hides_input()) return say(text.substr(0, text.find('\n')));
  if (text.empty()) return;
  const bool is_secret = !is_block(text) && holds_password(text);
  if (!is_secret) history_.add(std::string(text));
  if (is_block(text)) return say_block(text);
  if (introduction_.hears_itself() && !is_secret) outbox_.said(text);
  wish_.keys.typed(text, window_.session().room());
  say(text);
}

// As text, whatever it begins with: who pastes a log does not want its lines obeyed.
void InteractiveClient::say_block(std::string_view text) {
  InputEncoder encoder(InputEncoder::Slash::kIsSaid);
  std::string lines;
  encoder.feed(text, lines);
  encoder.finish(lines);
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    if (introduction_.hears_itself()) outbox_.said(line);
    say(line);
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
      if (window_.is_open()) window_.resize();
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
  ask_about({});
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
