// From a piece of a line to where it stands.
#include "client/terminal/window.hpp"

#include <algorithm>
#include <charconv>
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

void Window::begin_session() {
  session_.reset();
  set_hides_input(false);
  history_left_ = 0;
  online_ = true;
  update_prompt();
}

void Window::show(std::string_view bytes, const Observer& observer) {
  look_at_calendar();
  std::string text;
  lines_.feed(bytes, [&](const core::LinePiece& piece) { take(piece, observer, text); });
  print(text);
}

void Window::end_session(const Observer& observer) {
  std::string text;
  lines_.finish([&](const core::LinePiece& piece) { take(piece, observer, text); });
  online_ = false;
  print(text);
  update_prompt();
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
  long_room_ = parts.room;
  long_is_shown_ = observer(parts);
  if (!long_is_shown_) return;
  std::string shown;
  styling_.append(line, parts, session_.nick(), shown);
  shown += '\n';
  place(parts, shown, out);
  if (parts.kind != LineKind::kNotice) return;
  follow_rooms(parts, out);
  expect_history(parts.text);
}

void Window::place(const ServerLine& parts, std::string_view shown, std::string& out) {
  const bool concerns = concerns_us(parts, session_.nick());
  const bool is_old = is_history(parts);
  if (!parts.room.empty()) {
    const RoomBoard::Weight weight = parts.kind == LineKind::kRoomNotice ? RoomBoard::Weight::kQuiet
                                     : concerns ? RoomBoard::Weight::kMention
                                                : RoomBoard::Weight::kCounted;
    if (!board_.is_shown_now(parts.room, shown, weight)) {
      if (weight != RoomBoard::Weight::kQuiet && !std::exchange(told_of_waiting_, true)) {
        append_notice(fmt::format("something is said in {}, and waits there: /join {} or Alt-A",
                                  parts.room, parts.room),
                      out);
      }
      if (!concerns) return;
    }
  }
  out += shown;
  if (concerns && !is_old) append_alert(alert_, parts, out);
}

void Window::follow_rooms(const ServerLine& parts, std::string& out) {
  const auto& joined = session_.joined();
  for (const std::string& room : joined | std::views::reverse) board_.enter(room);
  constexpr std::string_view kLeft = "you left ";
  if (parts.text.starts_with(kLeft)) {
    const std::string_view rest = parts.text.substr(kLeft.size());
    const std::string_view room = rest.substr(0, rest.find(';'));
    const bool is_gone = std::none_of(joined.begin(), joined.end(), [room](const std::string& one) {
      return same_name(one, room);
    });
    if (is_gone) board_.leave(room);
  }
  out += board_.show(session_.room());
}

// "the last 7 lines:" announces them on joining, "the last 7 lines of #dev:" when asked for.
void Window::expect_history(std::string_view notice) {
  constexpr std::string_view kLast = "the last ";
  if (!notice.starts_with(kLast) || !notice.ends_with(':')) return;
  const std::string_view count = notice.substr(kLast.size());
  history_left_ = 1;
  std::from_chars(count.data(), count.data() + count.size(), history_left_);
}

bool Window::is_history(const ServerLine& parts) {
  if (history_left_ == 0 || !same_name(parts.room, session_.room())) return false;
  --history_left_;
  return true;
}

// --- The screen. ---

void Window::notice(std::string_view text) {
  if (!terminal_) return;
  std::string line;
  append_notice(text, line);
  print(line);
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
  terminal_->set_prompt(
      make_prompt(session_.room(), !online_, board_.unread(), terminal_->columns()));
}

}  // namespace client
