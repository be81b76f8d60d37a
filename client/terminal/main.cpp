// hubbub, the terminal client: a chat window on a terminal, a filter anywhere else.
#include <cstdio>
#include <exception>
#include <variant>

#include <fcntl.h>
#include <unistd.h>

#include "client/terminal/filter_client.hpp"
#include "client/terminal/interactive_client.hpp"
#include "client/terminal/options.hpp"
#include "client/terminal/preferences.hpp"
#include "core/loop.hpp"
#include "core/open_ring.hpp"

namespace {

// One connection needs little: 64 submissions, 256 KiB of receive buffers.
constexpr core::UringOptions kRing{.submissions = 64, .buffers = 16, .buffer_bytes = 16 * 1024};

// A standard descriptor that the caller had closed must not become a socket.
void open_missing_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) == -1) ::open("/dev/null", O_RDWR);
  }
}

void report(const core::ErrorContext& context) {
  std::fprintf(stderr, "hubbub: %s\n", context.describe().c_str());
}

int run(const client::Options& options) {
  const core::OpenedRing opened = core::open_ring(kRing);
  core::Loop loop(*opened.ring);
  loop.set_exception_handler(report);
  const bool on_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  const bool is_filter = options.plain || options.json || !on_terminal;
  for (const std::string& sentence : client::idle_options(options, is_filter)) {
    std::fprintf(stderr, "hubbub: %s\n", sentence.c_str());
  }
  if (!is_filter) {
    client::InteractiveClient window(loop, options);
    return loop.run(window.run());
  }
  client::FilterClient filter(loop, options);
  return loop.run(filter.run());
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_descriptors();
  const auto parsed = client::parse_options(argc, argv, client::default_preferences_path());
  if (const auto* const request = std::get_if<client::ExitRequest>(&parsed)) {
    std::fputs(request->text.c_str(), request->to_stderr ? stderr : stdout);
    return request->status;
  }
  try {
    return run(std::get<client::Options>(parsed));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hubbub: %s\n", error.what());
    return 1;
  }
}
