// The seeded and the exhaustive generator.
#include "tests/sim/choose.hpp"

#include <bit>

#include "core/assert.hpp"

namespace sim {

std::uint64_t Choose::magnitude(std::uint64_t low, std::uint64_t high) {
  const auto first = static_cast<std::uint64_t>(std::bit_width(low));
  const auto last = static_cast<std::uint64_t>(std::bit_width(high));
  const std::uint64_t bits = between(first, last);
  const std::uint64_t from = bits == first ? low : std::uint64_t{1} << (bits - 1);
  const std::uint64_t to = bits == last ? high : (std::uint64_t{1} << bits) - 1;
  return between(from, to);
}

std::uint64_t SeededChoose::next() {
  std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

std::uint64_t SeededChoose::below(std::uint64_t n) {
  HUBBUB_ASSERT(n > 0);
  return n == 1 ? 0 : next() % n;  // the bias of the remainder does not matter here
}

bool SeededChoose::chance(double p) {
  if (p <= 0) return false;
  if (p >= 1) return true;
  return static_cast<double>(next() >> 11) < p * 0x1p53;
}

std::uint64_t ExhaustiveChoose::below(std::uint64_t n) {
  HUBBUB_ASSERT(n > 0);
  if (n == 1 || at_ >= depth_) return 0;
  if (at_ == taken_.size()) {
    taken_.push_back(0);
    bounds_.push_back(n);
  }
  // Else the run did not depend on its decisions alone.
  HUBBUB_ASSERT(bounds_[at_] == n);
  return taken_[at_++];
}

bool ExhaustiveChoose::chance(double p) {
  if (p <= 0) return false;
  if (p >= 1) return true;
  return below(2) == 1;
}

bool ExhaustiveChoose::next_run() {
  at_ = 0;
  while (!taken_.empty() && taken_.back() + 1 == bounds_.back()) {
    taken_.pop_back();
    bounds_.pop_back();
  }
  if (taken_.empty()) return false;
  ++taken_.back();
  return true;
}

}  // namespace sim
