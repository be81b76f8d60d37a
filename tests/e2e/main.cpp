// The end-to-end tests: the real programs, over real sockets.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace {

// Thousands of clients are as many descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// AddressSanitizer holds freed memory back, 256 MiB of it unless told otherwise. A program whose
// memory is measured must not look as if it leaked.
void shorten_quarantine() {
  const char* const present = std::getenv("ASAN_OPTIONS");
  const std::string options = std::string(present == nullptr ? "" : present);
  ::setenv("ASAN_OPTIONS", (options + ":quarantine_size_mb=16").c_str(), 1);
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (const char* variable : {"HUBBUBD", "HUBBUB", "HUBBUB_LOAD"}) {
    if (std::getenv(variable) != nullptr) continue;
    std::fprintf(stderr, "%s must hold the path of a program to test\n", variable);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  shorten_quarantine();
  return RUN_ALL_TESTS();
}
