// Both runs in one picture each: deliveries, latency over time, and the percentile curves.
#include <cmath>

#include <fmt/format.h>

#include "client/load/comparison.hpp"
#include "client/load/format.hpp"
#include "client/load/html_page.hpp"
#include "client/load/svg_chart.hpp"

namespace load {
namespace {

Series percentiles(const RecordedRun& run, const char* name, const char* colour) {
  Series series{name, colour, {}};
  double count = 0;
  for (const auto& [latency_ns, one] : run.latencies) count += one;
  double passed = 0;
  for (const auto& [latency_ns, one] : run.latencies) {
    series.points.emplace_back(-std::log10(1 - passed / count), latency_ns);
    passed += one;
  }
  return series;
}

Series over_time(const RecordedRun& run, const char* name, const char* colour,
                 double (*value)(const RecordedRun::Sample&)) {
  Series series{name, colour, {}};
  for (const RecordedRun::Sample& sample : run.samples) {
    if (value(sample) > 0) series.points.emplace_back(sample.at, value(sample));
  }
  return series;
}

}  // namespace

std::string comparison_html(const RecordedRun& before, const RecordedRun& after,
                            const std::vector<ComparedFigure>& figures) {
  const auto both = [&](double (*value)(const RecordedRun::Sample&)) {
    return std::vector<Series>{over_time(before, "before", kBlue, value),
                               over_time(after, "after", kRed, value)};
  };
  const std::string pictures =
      line_chart("Deliveries", kTime, {"", false, per_second},
                 both([](const RecordedRun::Sample& s) { return s.received / s.seconds; })) +
      line_chart("Median latency over time", kTime, {"", true, nanoseconds},
                 both([](const RecordedRun::Sample& s) { return s.p50_ns; })) +
      line_chart("99th percentile over time", kTime, {"", true, nanoseconds},
                 both([](const RecordedRun::Sample& s) { return s.p99_ns; })) +
      line_chart("Latency by percentile", kNines, {"", true, nanoseconds},
                 {percentiles(before, "before", kBlue), percentiles(after, "after", kRed)});
  return html_page("hubbub-load compare", {}, pictures, comparison_text(before, after, figures));
}

}  // namespace load
