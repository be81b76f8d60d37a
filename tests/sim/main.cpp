// The simulations, as GoogleTest tests with two options of their own: --seeds N, how many seeds
// each test tries, and --seed S, to replay one.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "tests/sim/findings.hpp"
#include "tests/sim/world.hpp"

namespace sim {

Seeds& seeds() {
  static Seeds chosen;
  return chosen;
}

}  // namespace sim

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (const char* const count = std::getenv("HUBBUB_SIM_SEEDS")) {
    sim::seeds().count = std::strtoull(count, nullptr, 10);
  }
  spdlog::set_level(spdlog::level::off);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--log") == 0) {
      spdlog::set_level(spdlog::level::debug);
      continue;
    }
    const bool one = std::strcmp(argv[i], "--seed") == 0;
    const bool many = std::strcmp(argv[i], "--seeds") == 0;
    const bool from = std::strcmp(argv[i], "--from") == 0;
    if ((!one && !many && !from) || i + 1 == argc) {
      std::fprintf(stderr, "usage: %s [--seeds N] [--from S] [--seed S] [--log] [--gtest_...]\n",
                   argv[0]);
      return 2;
    }
    const std::uint64_t value = std::strtoull(argv[++i], nullptr, 10);
    if (many) {
      sim::seeds().count = value;
    } else {
      sim::seeds().first = value;
      if (one) sim::seeds().count = 1;
    }
  }
  sim::say_replay_on_death();
  return RUN_ALL_TESTS();
}
