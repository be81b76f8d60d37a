// Two runs side by side: what changed, whether that is more than chance, and which is worse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/load/recorded_run.hpp"

namespace load {

// A mean and half the width of its 95 % confidence interval (Student's t).
struct Estimate {
  double mean = 0;
  double half_width = 0;
};
// Of at least two values; asserted.
Estimate estimate(const std::vector<double>& values);

// Half the width of the 95 % confidence interval of the difference of two means (Welch's t).
double half_width_of_difference(const std::vector<double>& a, const std::vector<double>& b);

enum class Verdict : std::uint8_t {
  kSame,  // within the tolerance, or within what chance does
  kBetter,
  kWorse,
  kUnknown,  // nothing to tell chance by: one figure of each run, or too few samples; or they are
             // of different loads
};

struct ComparedFigure {
  std::string name = {};
  std::string before = {};  // as a person reads it, with ± where it is known
  std::string after = {};
  // Of the mean, as a share of the one before; infinite from nothing; nothing where one has no
  // value.
  std::optional<double> change = {};
  Verdict verdict = Verdict::kUnknown;
};

// The rates and latencies are compared by the samples of each second (seconds that follow each
// other are not quite independent, so intervals come out a little narrow): a figure is better or
// worse if it changed by more than `tolerance`, a share, and the interval of the difference leaves
// out zero; unless the loads were different. More faults of delivery are always worse. What has one
// value a run is only shown.
std::vector<ComparedFigure> compare(const RecordedRun& before, const RecordedRun& after,
                                    double tolerance);

// As whole lines: what was configured differently, and the table.
std::string comparison_text(const RecordedRun& before, const RecordedRun& after,
                            const std::vector<ComparedFigure>& figures);
// As one page of HTML, both runs in each picture.
std::string comparison_html(const RecordedRun& before, const RecordedRun& after,
                            const std::vector<ComparedFigure>& figures);

bool is_worse(const std::vector<ComparedFigure>& figures);

}  // namespace load
