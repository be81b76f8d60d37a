// The line discipline of the screen: before anything is printed the line being typed is taken off,
// afterwards it is drawn again below. Readline keeps the text and the cursor all the while.
#include "client/terminal/terminal.hpp"

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <langinfo.h>
#include <readline/readline.h>

#include "client/terminal/prompt.hpp"
#include "core/assert.hpp"

namespace client {
namespace {

Terminal* active = nullptr;           // the one that Readline's callbacks belong to
std::vector<std::string> candidates;  // of the completion under way

// Readline edits in the encoding that the environment names, and asks the environment itself. The
// chat is UTF-8, so a terminal that names another encoding, or none (LC_ALL=C), is taken for one
// of UTF-8.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0) return;
  ::setenv("LC_ALL", "C.UTF-8", 1);
  std::setlocale(LC_CTYPE, "");
}

// In place of rl_redisplay(): the line as if nothing had been typed.
void redisplay_hidden() {
  const int end = std::exchange(rl_end, 0);
  const int point = std::exchange(rl_point, 0);
  const char first = std::exchange(rl_line_buffer[0], '\0');
  rl_redisplay();
  rl_line_buffer[0] = first;
  rl_point = point;
  rl_end = end;
}

// Readline shows a control character as two.
std::size_t columns_as_shown(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
  const auto controls = std::count_if(text.begin(), text.end(), is_control);
  return columns_of(text) + 2 * static_cast<std::size_t>(controls);
}

char* next_candidate(const char*, int state) {
  static std::size_t next;
  if (state == 0) next = 0;
  return next < candidates.size() ? ::strdup(candidates[next++].c_str()) : nullptr;
}

}  // namespace

Terminal::Terminal(Typist& typist, std::string prompt)
    : typist_(typist), prompt_(std::move(prompt)), shown_prompt_(prompt_) {
  HUBBUB_ASSERT(active == nullptr);
  active = this;
  use_utf8();
  rl_readline_name = "hubbub";
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_attempted_completion_function = complete;
  rl_completer_word_break_characters = " ";
  rl_erase_empty_line = 1;
  rl_variable_bind("revert-all-at-newline", "on");  // the user's own settings come after
  rl_initialize();
  rl_variable_bind("completion-ignore-case", "on");
  rl_variable_bind("completion-query-items", "0");  // questions would hold the loop up
  rl_variable_bind("page-completions", "off");
  bind_keys();
  rl_callback_handler_install(prompt_.c_str(), line_ready);
}

Terminal::~Terminal() {
  close();
  active = nullptr;
}

// Enter in every keymap: emacs mode and both of vi mode. Alt with a digit or A, as in irssi and
// WeeChat, in emacs mode only: in vi mode Escape begins a command.
void Terminal::bind_keys() {
  for (const char* const name : {"emacs", "vi-insert", "vi-command"}) {
    const Keymap keymap = rl_get_keymap_by_name(name);
    rl_bind_key_in_map('\r', enter_pressed, keymap);
    rl_bind_key_in_map('\n', enter_pressed, keymap);
  }
  const Keymap emacs = rl_get_keymap_by_name("emacs");
  for (const char key : std::string_view("123456789a")) {
    const char sequence[] = {'\x1B', key, '\0'};
    rl_bind_keyseq_in_map(sequence, room_key_pressed, emacs);
  }
}

void Terminal::read_key() {
  if (!open_) return;
  rl_callback_read_char();
  show_prompt();
  // Told only now that Readline has put the prompt up again, so that what is said about it can be
  // printed above.
  for (const std::string& line : std::exchange(entered_, {})) typist_.entered(line);
  if (std::exchange(ended_, false)) typist_.ended();
}

void Terminal::print(std::string_view lines) {
  if (open_) rl_clear_visible_line();
  std::fwrite(lines.data(), 1, lines.size(), stdout);
  std::fflush(stdout);
  if (!open_) return;
  rl_on_new_line();
  (*rl_redisplay_function)();
}

void Terminal::hide_input() {
  rl_redisplay_function = redisplay_hidden;
  if (open_) redisplay_hidden();
}

bool Terminal::show_input() {
  const bool had_some = rl_end > 0;
  rl_replace_line("", 1);
  rl_redisplay_function = rl_redisplay;
  if (open_) rl_redisplay();
  return had_some;
}

void Terminal::set_prompt(std::string prompt) {
  prompt_ = std::move(prompt);
  show_prompt();
}

// A search, or a count, stands where the prompt does, and Readline takes what was there before for
// what is to be there afterwards.
void Terminal::show_prompt() {
  const bool is_taken = RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG);
  if (!open_ || is_taken || prompt_ == shown_prompt_) return;
  shown_prompt_ = prompt_;
  rl_clear_visible_line();
  rl_set_prompt(prompt_.c_str());
  rl_on_new_line();
  (*rl_redisplay_function)();
}

// A line of the history that was being changed gets its text back. Installing the handler anew
// begins a line as Enter does: at the end of the history, with the keymap that belongs there.
bool Terminal::interrupt() {
  if (!open_) return false;
  const bool dropped = rl_end > 0 || RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH);
  rl_callback_sigcleanup();
  rl_point = rl_end;
  (*rl_redisplay_function)();
  std::fputs("^C\n", stdout);
  std::fflush(stdout);
  rl_revert_line(1, 0);
  rl_callback_handler_remove();
  shown_prompt_ = prompt_;
  rl_callback_handler_install(prompt_.c_str(), line_ready);
  return dropped;
}

void Terminal::suspend() {
  if (open_) rl_deprep_terminal();
}

void Terminal::resume() {
  if (!open_) return;
  rl_deprep_terminal();  // of no effect after suspend()
  rl_prep_terminal(1);
  rl_reset_screen_size();
  rl_on_new_line();
  (*rl_redisplay_function)();
}

// Some terminals have put the lines together anew when they say so, others have not; Readline
// clears as many rows as the line had, and in the former takes others' lines off with it. The
// smaller of both counts leaves at worst a piece of what was being typed.
void Terminal::resize() {
  if (!open_) return;
  const std::size_t rows_before = rows_above_cursor();
  rl_reset_screen_size();
  const std::size_t rows = std::min(rows_before, rows_above_cursor());
  const bool is_dumb = rl_get_termcap("up") == nullptr;
  if (!is_dumb) {
    std::fputc('\r', stdout);
    if (rows > 0) std::fprintf(stdout, "\x1B[%zuA", rows);
    std::fputs("\x1B[J", stdout);
  }
  rl_on_new_line();
  (*rl_redisplay_function)();
}

// Of what is being typed, with what precedes it. A pasted text begins a row with each of its lines.
std::size_t Terminal::rows_above_cursor() const {
  std::size_t taken = columns_of(rl_display_prompt);
  if (rl_redisplay_function != rl_redisplay) return taken / columns();
  std::size_t rows = 0;
  std::string_view text(rl_line_buffer, static_cast<std::size_t>(rl_point));
  for (;;) {
    const std::size_t end = text.find('\n');
    taken += columns_as_shown(text.substr(0, end));
    rows += taken / columns();
    if (end == std::string_view::npos) return rows;
    ++rows;
    taken = 0;
    text.remove_prefix(end + 1);
  }
}

void Terminal::close() {
  if (!open_) return;
  open_ = false;
  rl_clear_visible_line();
  std::fflush(stdout);
  rl_callback_handler_remove();
}

std::string_view Terminal::line() const {
  return {rl_line_buffer, static_cast<std::size_t>(rl_end)};
}

std::size_t Terminal::columns() const {
  int rows = 0;
  int columns = 0;
  rl_get_screen_size(&rows, &columns);
  return static_cast<std::size_t>(std::max(columns, 1));
}

// Readline ends an empty line without a trace (rl_erase_empty_line): so one that is to leave the
// screen is set aside first.
int Terminal::enter_pressed(int count, int key) {
  const std::string line(rl_line_buffer, static_cast<std::size_t>(rl_end));
  switch (active->typist_.may_enter(line)) {
    case Enter::kRefused:
      return 0;
    case Enter::kTaken:
      break;
    case Enter::kErased:
      active->erased_ = line;
      rl_clear_visible_line();
      rl_replace_line("", 1);
      rl_point = 0;
      break;
  }
  return rl_newline(count, key);
}

int Terminal::room_key_pressed(int, int key) {
  const bool is_digit = key >= '1' && key <= '9';
  active->typist_.room_wanted(is_digit ? static_cast<std::size_t>(key - '0') : 0);
  return 0;
}

// Without a line at the end of the input. Readline would put the prompt up again on return.
void Terminal::line_ready(char* line) {
  if (line == nullptr) {
    active->open_ = false;
    active->ended_ = true;
    rl_callback_handler_remove();
    return;
  }
  const bool was_erased = !active->erased_.empty();
  active->entered_.push_back(was_erased ? std::exchange(active->erased_, {}) : line);
  std::free(line);
}

char** Terminal::complete(const char* text, int, int end) {
  rl_attempted_completion_over = 1;  // no names of files
  const std::string_view before(rl_line_buffer, static_cast<std::size_t>(end));
  candidates = active->typist_.offers(before);
  return candidates.empty() ? nullptr : rl_completion_matches(text, next_candidate);
}

}  // namespace client
