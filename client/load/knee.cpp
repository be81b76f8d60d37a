// Searching for the knee.
#include "client/load/knee.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "client/load/diagnosis.hpp"
#include "client/load/metrics.hpp"

namespace load {

std::optional<double> KneeSearch::next() const {
  if (holds_ > 0 && fails_ > 0 && fails_ / holds_ <= kNear) return std::nullopt;
  if (holds_ == 0 && rate_ < first_ / kDownMost) return std::nullopt;
  if (rate_ > Options::kRateMost) return std::nullopt;
  return rate_;
}

void KneeSearch::tried(bool holds) {
  if (!holds && !std::exchange(doubted_, true)) return;
  doubted_ = false;
  (holds ? holds_ : fails_) = rate_;
  if (fails_ == 0) {
    rate_ *= 2;
  } else if (holds_ == 0) {
    rate_ /= 2;
  } else {
    rate_ = std::sqrt(holds_ * fails_);
  }
}

std::unique_ptr<Result> find_knee(const Options& options,
                                  const std::function<std::unique_ptr<Result>(const Options&)>& run,
                                  const std::function<void(const Knee::Probe&)>& told) {
  Knee knee;
  KneeSearch search(*options.rate);
  std::unique_ptr<Result> best;
  bool best_holds = false;
  const double seconds = std::chrono::duration<double>(options.duration).count();
  while (const std::optional<double> rate = search.next()) {
    if (best && *rate * seconds < 1) break;  // nothing would be measured
    Options probe = options;
    probe.rate = rate;
    probe.server_metrics_work = best != nullptr;
    std::erase_if(probe.assertions, [](const Assertion& assertion) {
      return assertion.metric().name == kKneeMetric;  // of all of them, not of one
    });
    std::unique_ptr<Result> result = run(probe);
    const bool holds =
        exit_status(probe, *result) == kRan && !is_tester_late(*result) && result->blocked == 0;
    if (result->interrupted()) {  // tells nothing of the rate
      if (!best)
        best = std::move(result);
      else
        best->interrupted_while = result->interrupted_while;
      break;
    }
    const auto p99 = static_cast<double>(result->latency.quantile(0.99));
    const bool is_bottleneck = is_tester_late(*result) || (!holds && is_tester_busy(*result));
    knee.probes.push_back({*rate, p99, holds, is_bottleneck});
    told(knee.probes.back());
    if (holds || !best_holds) best = std::move(result);
    best_holds = best_holds || holds;
    search.tried(holds);
  }
  knee.rate = search.best();
  best->knee = std::move(knee);
  return best;
}

}  // namespace load
