// Runs one of the end-to-end tests' attacks against a server, for tests/bench/attacks.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <sys/resource.h>

#include "tests/e2e/attacks.hpp"

namespace {

std::atomic<bool> over = false;

// Each with the settings that its server needs.
void list() {
  for (const e2e::Attack& attack : e2e::attacks()) {
    std::printf("%s", std::string(attack.name).c_str());
    for (const std::string_view setting : attack.settings) {
      std::printf(" %s", std::string(setting).c_str());
    }
    std::printf("\n");
  }
}

std::uint16_t port(const char* text) {
  return static_cast<std::uint16_t>(std::atoi(text));
}

}  // namespace

// attacker                              lists the attacks
// attacker NAME CHAT ECHO METRICS       attacks these ports until it gets SIGTERM
int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() == 1) {
    list();
    return 0;
  }
  if (arguments.size() != 5) return 2;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::signal(SIGTERM, [](int) { over = true; });
  const e2e::Target target{port(arguments[2]), port(arguments[3]), port(arguments[4])};
  for (const e2e::Attack& attack : e2e::attacks()) {
    if (attack.name != arguments[1]) continue;
    attack.run(target, over);
    return 0;
  }
  return 2;
}
