// Where a simulation's chance comes from: one generator decides everything, so that one number, or
// one list of decisions, is the whole run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

// Thread: one. What is asked for depends on nothing but the answers so far; then the same answers
// make the same run.
class Choose {
 public:
  virtual ~Choose() = default;

  // One of 0 .. n-1; n is at least 1.
  virtual std::uint64_t below(std::uint64_t n) = 0;
  // Whether something happens that happens with probability `p`. 0 and 1 are no decisions.
  virtual bool chance(double p) = 0;

  // One of low .. high, every order of magnitude as likely as another.
  std::uint64_t magnitude(std::uint64_t low, std::uint64_t high);
  // One of low .. high.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
};

// Answers from a seed (splitmix64).
class SeededChoose final : public Choose {
 public:
  explicit SeededChoose(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) override;
  bool chance(double p) override;

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

// Answers with every sequence there is, one after the other:
//
//     ExhaustiveChoose choose(30);
//     do run(choose); while (choose.next_run());
//
// Decisions beyond the `depth`-th of a run are all 0 (nothing unlikely happens), which bounds it.
class ExhaustiveChoose final : public Choose {
 public:
  explicit ExhaustiveChoose(std::size_t depth) : depth_(depth) {}
  std::uint64_t below(std::uint64_t n) override;
  bool chance(double p) override;

  // Goes to the next sequence; false when there is none left.
  bool next_run();
  // The decisions of this run, for a report.
  const std::vector<std::uint64_t>& decisions() const { return taken_; }

 private:
  std::size_t depth_;
  std::size_t at_ = 0;
  std::vector<std::uint64_t> taken_;
  std::vector<std::uint64_t> bounds_;
};

}  // namespace sim
