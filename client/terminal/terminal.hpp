// Terminal: one line being typed, with lines appearing above it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/crash_restore.hpp"

namespace client {

// GNU Readline in its callback form: a key at a time, when the caller says that one is there. What
// is typed stays whole whatever is printed meanwhile. Owns the modes of the terminal on standard
// input from construction to close() or destruction. Readline is global, so there is at most one
// (asserted). It handles no signals: who does calls interrupt(), suspend(), resume(), resize().
// Thread: the loop's. Text given to it must be safe to show; only escape sequences that move
// nothing are allowed.
class Terminal {
 public:
  // What becomes of the line when Enter was pressed.
  enum class Enter : std::uint8_t {
    kRefused,  // it stays as it is, to be edited on
    kTaken,    // it stays on the screen, as typed
    kErased,   // it is taken, and leaves the screen: what it says will be shown when it is said
  };

  // Who types. Called from read_key() only.
  class Typist {
   public:
    // Enter was pressed. May print.
    virtual Enter may_enter(std::string_view line) = 0;
    // A line was entered; it may have several, when a text was pasted.
    virtual void entered(std::string_view line) = 0;
    // Ctrl-D on an empty line, or the terminal is gone. The terminal has closed.
    virtual void ended() = 0;
    // Alt and a digit: the room with this number; Alt-A: the next one (0).
    virtual void room_wanted(std::size_t number) = 0;
    // What may stand in place of the last word of `before`, the line up to the cursor.
    virtual std::vector<std::string> offers(std::string_view before) const = 0;

   protected:
    ~Typist() = default;
  };

  Terminal(Typist& typist, std::string prompt);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Reads one key; blocks where none is there.
  void read_key();

  // Prints whole lines (each with its LF) above the line being typed.
  void print(std::string_view lines);
  // While Readline asks something in its own (a search), the prompt comes after that.
  void set_prompt(std::string prompt);
  // Whether what is typed is shown; it is at first.
  void hide_input();
  // What was typed hidden is dropped: half a password must not be shown, nor said. Whether there
  // was some.
  bool show_input();

  // What is being typed; valid until something is called.
  std::string_view line() const;

  // The width of the screen.
  std::size_t columns() const;

  // Ctrl-C: drops what was typed. False if there was nothing.
  bool interrupt();

  // Gives the terminal back for a while, and takes it again with whatever size it has then.
  void suspend();
  void resume();
  void resize();

  // Gives it back for good: the prompt goes. Printing goes on.
  void close();

 private:
  static void line_ready(char* line);
  static int enter_pressed(int count, int key);
  static int room_key_pressed(int count, int key);
  static char** complete(const char* text, int begin, int end);

  void bind_keys();
  void show_prompt();
  std::size_t rows_above_cursor() const;

  Typist& typist_;
  std::string prompt_;
  std::string shown_prompt_;
  CrashRestore crash_restore_;
  std::vector<std::string> entered_;  // by the key being read
  std::string erased_;                // the line that was taken off the screen
  bool open_ = true;
  bool ended_ = false;
};

}  // namespace client
