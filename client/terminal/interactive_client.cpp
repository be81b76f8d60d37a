// Three tasks: one keeps the connection and shows what it brings, one reads the keyboard, one the
// signals. They share the terminal, which each uses only between two of its waits.
#include "client/terminal/interactive_client.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "client/terminal/completion.hpp"
#include "client/terminal/connect.hpp"
#include "client/terminal/descriptor_ready.hpp"
#include "client/terminal/input_encoder.hpp"
#include "client/terminal/styling.hpp"
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
      styled_(wants_style()),
      wanted_nick_(options.nick),
      backoff_(std::random_device{}()) {
  if (!options.room.empty()) wanted_rooms_.push_back(options.room);
}

core::Task<int> InteractiveClient::run() {
  loop_.spawn(watch_signals(), "signals").detach();
  connection_ = loop_.spawn(stay_connected(), "connection");
  try {
    co_await connection_;
  } catch (const core::Cancelled&) {
    // By leave().
  }
  if (terminal_) terminal_->close();
  co_return status_;
}

// --- The connection. ---

core::Task<void> InteractiveClient::stay_connected() {
  for (;;) {
    Connected connected = co_await connect(options_.server);
    if (connected.stream) {
      const core::Time began = loop_.now();
      co_await converse(*connected.stream);
      remember_session();
      if (quitting_) co_return;
      const std::string reason = explain_end(options_.server, connected.stream->end_error());
      if (!options_.reconnect) co_return fail(reason);
      notice(reason + "; trying to connect again");
      if (loop_.now() - began >= kSettled) backoff_.reset();
    } else if (!terminal_) {
      co_return fail(connected.failure);
    }
    connected.stream.reset();
    co_await core::sleep(backoff_.next());
  }
}

core::Task<void> InteractiveClient::converse(core::Stream& stream) {
  const Lent lent(stream, stream_);
  terminal_ ? notice("connected again") : open_terminal();
  introduce_ourselves();
  for (;;) {
    core::Received received = co_await stream.receive();
    if (received.empty()) break;
    show(received.bytes());
  }
}

void InteractiveClient::introduce_ourselves() {
  session_.reset();
  if (!wanted_nick_.empty()) say("/nick " + wanted_nick_);
  for (const std::string& room : wanted_rooms_ | std::views::reverse) say("/join " + room);
}

void InteractiveClient::remember_session() {
  std::string text;
  lines_.finish([&](const core::LinePiece& piece) { append_shown(piece, text); });
  print(text);
  if (!session_.chosen_nick().empty()) wanted_nick_ = session_.chosen_nick();
  if (!session_.joined().empty()) wanted_rooms_ = session_.joined();
  update_prompt();
}

void InteractiveClient::show(std::string_view bytes) {
  std::string text;
  lines_.feed(bytes, [&](const core::LinePiece& piece) { append_shown(piece, text); });
  print(text);
}

void InteractiveClient::append_shown(const core::LinePiece& piece, std::string& text) {
  std::string line;
  core::sanitize(piece.text, line);
  if (!piece.begins) {
    text.append(kContinuationIndent).append(line);
  } else {
    const ServerLine parts = parse_server_line(line);
    session_.observe(parts);
    if (styled_) {
      append_styled(line, parts, session_.nick(), text);
    } else {
      text += line;
    }
  }
  text += '\n';
}

void InteractiveClient::print(std::string_view text) {
  if (text.empty()) return;
  terminal_->print(text);
  update_prompt();
}

void InteractiveClient::notice(std::string_view text) {
  const std::string line = fmt::format("-- {}", text);
  std::string shown;
  if (styled_) append_styled_notice(line, shown);
  terminal_->print((styled_ ? shown : line) + '\n');
}

void InteractiveClient::update_prompt() {
  terminal_->set_prompt(
      fmt::format("{}{}> ", session_.room(), stream_ == nullptr ? " (offline)" : ""));
}

void InteractiveClient::fail(std::string_view reason) {
  if (terminal_) terminal_->close();
  std::fprintf(stderr, "hubbub: %.*s\n", static_cast<int>(reason.size()), reason.data());
  status_ = 1;
}

// --- The keyboard, and the signals it sends. ---

void InteractiveClient::open_terminal() {
  Terminal::Typist& typist = *this;
  terminal_.emplace(typist, "> ");
  loop_.spawn(read_keys(), "keyboard").detach();
}

core::Task<void> InteractiveClient::read_keys() {
  while (!quitting_) {
    co_await DescriptorReady(STDIN_FILENO, POLLIN);
    if (!is_ready(STDIN_FILENO, POLLIN)) continue;
    interrupted_ = false;
    terminal_->read_key();
  }
}

bool InteractiveClient::may_enter(std::string_view line) {
  if (line.empty() || asks_to_quit(line)) return true;
  if (stream_ == nullptr) {
    notice("not connected; the line stays here until it can be said");
    return false;
  }
  if (stream_->outflow().mailbox_bytes() > kUnsentMost) {
    notice("the server takes nothing just now; the line stays here until it can be said");
    return false;
  }
  return true;
}

// A pasted text may have several lines.
void InteractiveClient::entered(std::string_view text) {
  history_.add(std::string(text));
  while (!text.empty() && !quitting_) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (asks_to_quit(line)) {
      quit(line);
    } else if (!line.empty()) {
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

std::vector<std::string> InteractiveClient::offers(std::string_view before) const {
  return complete(before, session_);
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
      if (terminal_) terminal_->resize();
      return;
    case SIGCONT:
      if (terminal_) terminal_->resume();
      return;
    case SIGTSTP:
      return stop();
    case SIGINT:
      if (terminal_ && !quitting_) return interrupted();
      return leave(quitting_ ? status_ : kSignalStatus + signal);
    default:
      return leave(kSignalStatus + signal);
  }
}

void InteractiveClient::interrupted() {
  if (terminal_->interrupt()) {
    interrupted_ = false;
  } else if (std::exchange(interrupted_, true)) {
    quit("/quit");
  } else {
    notice("once more to leave");
  }
}

// The signal's own effect, with the terminal as the shell expects it. SIGCONT brings it back.
void InteractiveClient::stop() {
  if (terminal_) terminal_->suspend();
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
  terminal_->close();
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
  if (terminal_) terminal_->close();
  status_ = status;
  connection_.cancel();
}

}  // namespace client
