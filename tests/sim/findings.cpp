// Findings, and the last words of a program that dies in a run.
#include "tests/sim/findings.hpp"

#include <csignal>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

// There only where a sanitizer is linked in.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace sim {

namespace {

// Fixed memory: it is read by a handler of signals.
char in_progress[512];

void say_replay() {
  [[maybe_unused]] const auto size = ::write(STDERR_FILENO, in_progress, std::strlen(in_progress));
}

extern "C" void say_replay_and_die(int signal) {
  say_replay();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void Findings::add(std::string what) {
  if (++count_ <= kMost) first_.push_back(std::move(what));
}

std::string Findings::text() const {
  std::string text;
  for (const std::string& one : first_) text += one + "\n";
  if (count_ > kMost) text += fmt::format("and {} more\n", count_ - kMost);
  return text;
}

RunInProgress::RunInProgress(std::uint64_t seed) {
  const std::string line = replay(seed) + "\n";
  const std::size_t size = std::min(line.size(), sizeof in_progress - 1);
  std::memcpy(in_progress, line.data(), size);
  in_progress[size] = '\0';
}

RunInProgress::~RunInProgress() {
  in_progress[0] = '\0';
}

std::string replay(std::uint64_t seed) {
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (test == nullptr) return fmt::format("replay: sim_tests --seed {}", seed);
  return fmt::format("replay: sim_tests --gtest_filter={}.{} --seed {}", test->test_suite_name(),
                     test->name(), seed);
}

void say_replay_on_death() {
  std::signal(SIGABRT, say_replay_and_die);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_replay);
}

}  // namespace sim
