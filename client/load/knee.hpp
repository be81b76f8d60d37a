// The knee: the highest rate at which everything that is asked of a server still holds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "client/load/options.hpp"
#include "client/load/result.hpp"

namespace load {

// Which rates to try: twice as much as long as it holds (or half as much until it does), then
// between the two, until they are less than kNear apart. A rate fails only when it fails twice in
// succession: one pause of the machine is not the server's fault.
class KneeSearch {
 public:
  static constexpr double kNear = 1.1;
  static constexpr double kDownMost = 1024;  // times below the first rate, then it is given up

  explicit KneeSearch(double first_rate) : first_(first_rate), rate_(first_rate) {}

  // The rate to try now; nothing when the search is over.
  std::optional<double> next() const;
  void tried(bool holds);

  // The highest rate that held; 0 for none.
  double best() const { return holds_; }

 private:
  double first_;
  double rate_;
  double holds_ = 0;
  double fails_ = 0;  // the lowest that failed; 0: none has
  bool doubted_ = false;
};

// Runs probe after probe, each a whole run of options.duration that begins with options.rate.
// Holds: all assertions hold, the server takes everything in, and the tester is in time. Returns
// the result of the best probe (of the last one where none held) with what was tried in it. `run`
// is one run, `told` hears of each probe. An interrupted run ends the search.
std::unique_ptr<Result> find_knee(const Options& options,
                                  const std::function<std::unique_ptr<Result>(const Options&)>& run,
                                  const std::function<void(const Knee::Probe&)>& told);

}  // namespace load
