// Everything the handler needs stands ready before: it may use nothing but async-signal-safe calls,
// on a stack of its own, since a stack that overflowed is one of the faults.
#include "client/terminal/crash_restore.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <string_view>

#include <termios.h>
#include <unistd.h>

#include "core/assert.hpp"

namespace client {
namespace {

constexpr std::array kFaults = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// Bracketed paste off, no attributes, and the shell's prompt on a line of its own.
constexpr std::string_view kCalm = "\x1B[?2004l\x1B[0m\r\n";

struct ::termios modes;
bool active = false;
std::array<struct ::sigaction, kFaults.size()> before;
alignas(std::max_align_t) std::array<std::byte, 16 * 1024> handler_stack;

extern "C" void restore_terminal(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, kCalm.data(), kCalm.size());
  ::raise(signal);  // by SA_RESETHAND to its default action, once this handler has returned
}

}  // namespace

CrashRestore::CrashRestore() {
  HUBBUB_ASSERT(!active);
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
  active = true;
  stack_t stack = {};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct ::sigaction action = {};
  action.sa_handler = restore_terminal;
  action.sa_flags = SA_RESETHAND | SA_ONSTACK;
  for (std::size_t i = 0; i < kFaults.size(); ++i) ::sigaction(kFaults[i], &action, &before[i]);
}

CrashRestore::~CrashRestore() {
  if (!active) return;
  active = false;
  for (std::size_t i = 0; i < kFaults.size(); ++i) ::sigaction(kFaults[i], &before[i], nullptr);
}

}  // namespace client
