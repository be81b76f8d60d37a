// From a piece of a line to where it stands.
#include "client/terminal/window.hpp"

#include <algorithm>
#include <ctime>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "client/terminal/passwords.hpp"
#include "client/terminal/prompt.hpp"
#include "core/text.hpp"

namespace client {

Window::Window(const Options& options)
    : styling_(terminal_colours(options.colours)),
      alert_(options.alert),
      days_(std::time(nullptr)) {}

void Window::open(Terminal::Typist& typist) {
  terminal_.emplace(typist, "> ");
}

// --- A connection. ---

void Window::begin_session(std::string_view room) {
  session_.reset();
  set_hides_input(false);
  recent_.expect(board_.rooms());
  online_ = true;
  follows_ = false;
  print(board_.show(room));
}

void Window::show(std::string_view bytes, const Observer& observer) {
  look_at_calendar();
  std::string text;
  coming_ = &text;
  lines_.feed(bytes, [&](const core::LinePiece& piece) { take(piece, observer, text); });
  coming_ = nullptr;
  print(text);
}

void Window::end_session(const Observer& observer) {
  std::string text;
  coming_ = &text;
  lines_.finish([&](const core::LinePiece& piece) { take(piece, observer, text); });
  coming_ = nullptr;
  online_ = false;
  print(text);
  update_prompt();
}

void Window::follow_rooms() {
  follows_ = true;
  std::string text;
  update_rooms(coming_ == nullptr ? text : *coming_);
  print(text);
}

// Only what begins a line is read as one: whoever wrote it chose where it is cut.
void Window::take(const core::LinePiece& piece, const Observer& observer, std::string& out) {
  std::string_view text = piece.text;
  if (const auto request = take_echo_request(text)) {
    set_hides_input(*request == EchoRequest::kHide);
  }
  std::string line;
  core::sanitize(text, line);
  if (piece.begins) return take_line(line, observer, out);
  if (!long_is_shown_) return;
  const std::string shown = fmt::format("{}{}\n", kContinuationIndent, line);
  const bool is_for_now =
      long_room_.empty() || board_.is_shown_now(long_room_, shown, RoomBoard::Weight::kQuiet);
  if (is_for_now) out += shown;
}

void Window::set_hides_input(bool hides) {
  if (hides == hides_input_) return;
  hides_input_ = hides;
  if (!terminal_) return;
  if (hides) return terminal_->hide_input();
  if (terminal_->show_input()) notice("what you were typing where nobody could see it is dropped");
}

void Window::take_line(std::string_view line, const Observer& observer, std::string& out) {
  const ServerLine parts = parse_server_line(line);
  session_.observe(parts);
  const Replay::Origin origin = replay_.observe(parts);
  long_room_ = parts.room;
  long_is_shown_ = observer(parts) && !is_known(line, parts, origin);
  if (long_is_shown_) {
    std::string shown;
    styling_.append(line, parts, session_.nick(), shown);
    shown += '\n';
    place(parts, origin, shown, out);
  }
  if (parts.kind == LineKind::kNotice) update_rooms(out);
}

// Whether it was shown before the connection was lost, or announces such lines.
bool Window::is_known(std::string_view line, const ServerLine& parts, Replay::Origin origin) {
  if (Replay::announces(parts)) return recent_.expects(replay_.entered());
  if (parts.kind != LineKind::kSaid && parts.kind != LineKind::kActed) return false;
  if (origin == Replay::Origin::kEntering && recent_.has(parts.room, line)) return true;
  if (origin != Replay::Origin::kHistory) recent_.add(parts.room, line);
  return false;
}

// On entering a room what was said there before us is no news; on coming back it is.
RoomBoard::Weight Window::weight_of(const ServerLine& parts, Replay::Origin origin) const {
  const bool is_news = origin == Replay::Origin::kNew ||
                       (origin == Replay::Origin::kEntering && recent_.expects(parts.room));
  const bool is_said = parts.kind == LineKind::kSaid || parts.kind == LineKind::kActed;
  if (!is_said || !is_news) return RoomBoard::Weight::kQuiet;
  return concerns_us(parts, session_.nick()) ? RoomBoard::Weight::kMention
                                             : RoomBoard::Weight::kCounted;
}

void Window::place(const ServerLine& parts, Replay::Origin origin, std::string_view shown,
                   std::string& out) {
  // The announcement of a room's lines stands with them.
  const std::string_view room = Replay::announces(parts) ? replay_.entered() : parts.room;
  const bool concerns =
      concerns_us(parts, session_.nick()) && (room.empty() || origin != Replay::Origin::kEntering);
  if (!room.empty()) {
    const RoomBoard::Weight weight = weight_of(parts, origin);
    if (!board_.is_shown_now(room, shown, weight)) {
      if (weight != RoomBoard::Weight::kQuiet && !std::exchange(told_of_waiting_, true)) {
        append_notice(
            fmt::format("something is said in {}, and waits there: /join {} or Alt-A", room, room),
            out);
      }
      if (!concerns) return;
    }
  }
  out += shown;
  if (concerns && origin == Replay::Origin::kNew) append_alert(alert_, parts, out);
}

void Window::update_rooms(std::string& out) {
  const auto& joined = session_.joined();
  for (const std::string& room : joined | std::views::reverse) board_.enter(room);
  if (!follows_) return;
  for (const std::string& room : board_.rooms()) {
    const bool is_left =
        std::none_of(joined.begin(), joined.end(),
                     [&room](const std::string& one) { return same_name(one, room); });
    if (!is_left) continue;
    board_.leave(room);
    recent_.forget(room);
  }
  out += board_.show(session_.room());
}

// --- The screen. ---

void Window::notice(std::string_view text) {
  std::string line;
  append_notice(text, line);
  if (coming_ != nullptr) {
    *coming_ += line;
  } else {
    print(line);
  }
}

void Window::ask_about(std::size_t lines) {
  asked_about_ = lines;
  update_prompt();
}

void Window::resize() {
  terminal_->resize();
  update_prompt();
}

void Window::look_at_calendar() {
  if (const auto today = days_.look(std::time(nullptr))) notice(*today);
}

void Window::append_notice(std::string_view text, std::string& out) {
  styling_.append_notice(fmt::format("-- {}", text), out);
  out += '\n';
}

void Window::print(std::string_view text) {
  if (!terminal_) return;
  if (!text.empty()) terminal_->print(text);
  update_prompt();
}

void Window::update_prompt() {
  if (!terminal_) return;
  const std::string& room = follows_ ? session_.room() : board_.shown();
  const bool is_offline = !online_ || session_.nick().empty();
  const std::size_t columns = terminal_->columns();
  terminal_->set_prompt(asked_about_ > 0 ? make_question(asked_about_, columns)
                                         : make_prompt(room, is_offline, board_.unread(), columns));
}

}  // namespace client
