// Reading without showing, and giving the terminal back even if a signal ends it.
#include "server/hash_password.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include <termios.h>
#include <unistd.h>

#include "server/passwords.hpp"

namespace server {
namespace {

constexpr int kCannotRun = 1;
constexpr int kAskedWrong = 2;

volatile std::sig_atomic_t interrupting_signal = 0;

// While it lives, what is typed is not shown. A signal that would end the program ends only the
// read, and the program once the terminal is as it was.
class HiddenInput {
 public:
  HiddenInput() {
    ::tcgetattr(STDIN_FILENO, &before_);
    struct sigaction note {};
    note.sa_handler = [](int signal) { interrupting_signal = signal; };
    for (const int signal : kSignals) ::sigaction(signal, &note, nullptr);
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  ~HiddenInput() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    for (const int signal : kSignals) std::signal(signal, SIG_DFL);
    if (interrupting_signal != 0) ::raise(interrupting_signal);
  }

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};

  termios before_{};
};

// Unbuffered, so that nothing of it stays in a buffer of stdio's.
std::optional<Secret> read_line() {
  std::array<char, kPasswordMaxBytes + 2> bytes{};  // one too many is seen to be so
  std::size_t size = 0;
  bool ended = false;
  while (!ended && size < bytes.size()) {
    const ssize_t count = ::read(STDIN_FILENO, &bytes[size], 1);
    if (count < 0 && errno == EINTR && interrupting_signal == 0) continue;
    ended = count <= 0 || bytes[size] == '\n';
    if (!ended) ++size;
    if (count <= 0 && size == 0) return std::nullopt;
  }
  return Secret::take({bytes.data(), size});
}

std::optional<Secret> ask(const char* question) {
  if (::isatty(STDIN_FILENO) == 0) return read_line();
  std::fputs(question, stderr);
  const HiddenInput hidden;
  std::optional<Secret> line = read_line();
  std::fputc('\n', stderr);
  return line;
}

int fail(const std::string& why, int status) {
  std::fprintf(stderr, "hubbubd: %s\n", why.c_str());
  return status;
}

}  // namespace

int print_password_hash() {
  const std::optional<Secret> password = ask("password: ");
  if (!password) return fail("no password came on standard input", kCannotRun);
  if (const auto fault = check_password(password->text(), {})) {
    return fail(explain_password(*fault), kAskedWrong);
  }
  if (::isatty(STDIN_FILENO) != 0) {
    const std::optional<Secret> again = ask("once more: ");
    if (!again || again->text() != password->text()) {
      return fail("the two are not the same", kAskedWrong);
    }
  }
  try {
    std::printf("%s\n", hash_password(*password).c_str());
  } catch (const std::exception& error) {
    return fail(error.what(), kCannotRun);
  }
  return std::fflush(stdout) == 0 ? 0 : fail("cannot write standard output", kCannotRun);
}

}  // namespace server
