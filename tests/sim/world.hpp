// A world for one run: a simulated ring, the programs at the far ends, and a loop between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/loop.hpp"
#include "tests/sim/choose.hpp"
#include "tests/sim/findings.hpp"
#include "tests/sim/odds.hpp"
#include "tests/sim/ports.hpp"
#include "tests/sim/program.hpp"
#include "tests/sim/sim_ring.hpp"

namespace sim {

// Thread: one. What the loop's exception handler is told is a finding unless `expects` knows it.
class World {
 public:
  World(Choose& choose, const Odds& odds) : ring(choose, odds, findings), crowd(ring) {}

  // Runs a task to its end, winds the loop up, and looks whether anything is left.
  template <class Start>
  void run(const Start& start) {
    run(start, ring);
  }
  // The same on a ring that stands before this world's.
  template <class Start>
  void run(const Start& start, core::Ring& on) {
    {
      core::Loop loop(on);
      watch(loop);
      loop.run(start());
      if (loop.task_count() != 0) findings.add("tasks are left");
    }
    ring.check_end();
  }

  // The same with so many loops on this world's ring; the task runs on the first of them.
  template <class Start>
  void run_on(std::size_t count, const Start& start) {
    Ports ports(ring, count);
    {
      std::deque<core::Loop> loops;
      std::vector<core::Loop*> all;
      for (std::size_t i = 0; i < count; ++i) all.push_back(&loops.emplace_back(ports[i]));
      for (core::Loop& loop : loops) watch(loop);
      core::TaskHandle<void> main = loops[0].spawn(start(all), "main");
      while (!main.done()) loops[ports.next()].run_once();
      for (std::size_t i = 0; i < count; ++i) {
        ports.leave_alone(i);
        loops[i].run(nothing());
        if (loops[i].task_count() != 0) findings.add("tasks are left");
      }
      main.result();
    }
    ring.check_end();
  }

  Findings findings;
  SimRing ring;
  Crowd crowd;
  std::vector<std::string> expects;  // parts of reports that the run is to bring

 private:
  static core::Task<void> nothing() { co_return; }

  void watch(core::Loop& loop) {
    loop.set_exception_handler([this](const core::ErrorContext& context) {
      const std::string report = context.describe();
      for (const std::string& expected : expects) {
        if (report.find(expected) != std::string::npos) return;
      }
      findings.add("unexpected: " + report);
    });
  }
};

// How many seeds a test runs, and from which on: --seeds, --seed.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 200;
};
Seeds& seeds();

// Runs a scenario for every seed until one finds something, which fails the test. `share`: for so
// many seeds only one, where a run takes long.
template <class Scenario>
void for_each_seed(const Scenario& scenario, std::uint64_t share = 1) {
  const std::uint64_t count = (seeds().count + share - 1) / share;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = seeds().first + i;
    const RunInProgress in_progress(seed);
    SeededChoose choose(seed);
    const Odds odds = Odds::drawn(choose);
    World world(choose, odds);
    scenario(world);
    if (world.findings.empty()) continue;
    ADD_FAILURE() << world.findings.text() << world.ring.trace().tail() << replay(seed);
    return;
  }
}

// Runs a scenario for every sequence of choices up to a depth. `most`: a bound that says so when it
// is reached. Returns the number of runs.
template <class Scenario>
std::uint64_t exhaust(std::size_t depth, const Odds& odds, const Scenario& scenario,
                      std::uint64_t most = 200'000) {
  ExhaustiveChoose choose(depth);
  std::uint64_t runs = 0;
  do {
    const RunInProgress in_progress(runs);
    World world(choose, odds);
    scenario(world);
    ++runs;
    if (!world.findings.empty()) {
      std::string decisions;
      for (const std::uint64_t one : choose.decisions()) decisions += std::to_string(one) + " ";
      ADD_FAILURE() << world.findings.text() << world.ring.trace().tail()
                    << "decisions: " << decisions;
      return runs;
    }
  } while (runs < most && choose.next_run());
  EXPECT_LT(runs, most) << "not everything was tried";
  return runs;
}

}  // namespace sim
