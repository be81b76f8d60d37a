// What a simulation found wrong, and how to see it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

// Collected rather than asserted on the spot, so that a run goes on to its end, and so that a test
// can demand that a planted bug is found. Thread: one. Limits: keeps the first kMost.
class Findings {
 public:
  static constexpr std::size_t kMost = 20;

  void add(std::string what);
  bool empty() const { return count_ == 0; }
  // One per line.
  std::string text() const;

 private:
  std::vector<std::string> first_;
  std::size_t count_ = 0;
};

// While it lives, a program that dies (an assertion, a sanitizer) says how to replay this run.
// `seed` is what --seed is to be given.
class RunInProgress {
 public:
  explicit RunInProgress(std::uint64_t seed);
  RunInProgress(const RunInProgress&) = delete;
  RunInProgress& operator=(const RunInProgress&) = delete;
  ~RunInProgress();
};

// "replay: sim_tests --gtest_filter=Suite.Test --seed 7" of the test that runs.
std::string replay(std::uint64_t seed);

// Prints the replay line of the run in progress when the program dies. Call once.
void say_replay_on_death();

}  // namespace sim
