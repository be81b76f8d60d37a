// The statistics and the table.
#include "client/load/comparison.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "client/load/comparability.hpp"
#include "client/load/format.hpp"
#include "core/assert.hpp"

namespace load {
namespace {

// Student's t, two-sided 95 %: exact up to ten degrees of freedom, then to three digits.
double student_t(double degrees) {
  static constexpr std::array<double, 10> kExact{12.706, 4.303, 3.182, 2.776, 2.571,
                                                 2.447,  2.365, 2.306, 2.262, 2.228};
  degrees = std::max(degrees, 1.0);
  if (degrees <= 10) return kExact[static_cast<std::size_t>(degrees) - 1];
  return 1.96 + 2.37 / degrees + 2.82 / (degrees * degrees);
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The variance of the mean.
double variance_of_mean(const std::vector<double>& values) {
  HUBBUB_ASSERT(values.size() >= 2);
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  const auto count = static_cast<double>(values.size());
  return sum / (count - 1) / count;
}

double change_of(double before, double after) {
  if (before == after) return 0;
  return before == 0 ? std::numeric_limits<double>::infinity() : after / before - 1;
}

enum class Good : std::uint8_t { kMore, kLess };

ComparedFigure by_samples(const std::string& name, const std::vector<double>& before,
                          const std::vector<double>& after, Good good, double tolerance,
                          const std::function<std::string(double)>& written) {
  ComparedFigure figure{.name = name};
  if (before.size() < 2 || after.size() < 2) {
    figure.before = before.empty() ? "-" : written(before.front());
    figure.after = after.empty() ? "-" : written(after.front());
    return figure;
  }
  const Estimate a = estimate(before);
  const Estimate b = estimate(after);
  figure.before = fmt::format("{} ± {}", written(a.mean), written(a.half_width));
  figure.after = fmt::format("{} ± {}", written(b.mean), written(b.half_width));
  figure.change = change_of(a.mean, b.mean);
  const bool is_chance = std::abs(b.mean - a.mean) <= half_width_of_difference(before, after);
  if (is_chance || std::abs(*figure.change) <= tolerance) {
    figure.verdict = Verdict::kSame;
  } else {
    figure.verdict =
        (b.mean > a.mean) == (good == Good::kMore) ? Verdict::kBetter : Verdict::kWorse;
  }
  return figure;
}

std::vector<double> of_samples(const RecordedRun& run,
                               const std::function<double(const RecordedRun::Sample&)>& value,
                               bool of_latency) {
  std::vector<double> values;
  for (const RecordedRun::Sample& sample : run.samples) {
    if (sample.seconds <= 0 || (of_latency && sample.p50_ns <= 0)) continue;
    values.push_back(value(sample));
  }
  return values;
}

std::string whole(double value) {
  return grouped(static_cast<std::uint64_t>(std::llround(std::max(value, 0.0))));
}

// Of what has one value a run, or none.
ComparedFigure one_each(const std::string& name, const std::string& metric,
                        const RecordedRun& before, const RecordedRun& after,
                        const std::function<std::string(double)>& written) {
  ComparedFigure figure{.name = name};
  figure.before = before.has(metric) ? written(before.metric(metric)) : "-";
  figure.after = after.has(metric) ? written(after.metric(metric)) : "-";
  if (before.has(metric) && after.has(metric)) {
    figure.change = change_of(before.metric(metric), after.metric(metric));
  }
  return figure;
}

std::string as_percentage(const std::optional<double>& change) {
  if (!change) return {};
  return std::isinf(*change) ? "from 0" : fmt::format("{:+.1f} %", *change * 100);
}

std::string_view word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "WORSE";
    case Verdict::kUnknown:
      return "";
  }
  return "";
}

}  // namespace

Estimate estimate(const std::vector<double>& values) {
  const double deviation = std::sqrt(variance_of_mean(values));
  return {mean_of(values), student_t(static_cast<double>(values.size()) - 1) * deviation};
}

double half_width_of_difference(const std::vector<double>& a, const std::vector<double>& b) {
  const double va = variance_of_mean(a);
  const double vb = variance_of_mean(b);
  if (va + vb == 0) return 0;
  const double degrees =
      (va + vb) * (va + vb) /
      (va * va / static_cast<double>(a.size() - 1) + vb * vb / static_cast<double>(b.size() - 1));
  return student_t(degrees) * std::sqrt(va + vb);
}

std::vector<ComparedFigure> compare(const RecordedRun& before, const RecordedRun& after,
                                    double tolerance) {
  using Sample = RecordedRun::Sample;
  std::vector<ComparedFigure> figures;
  const auto sampled = [&](const std::string& name, Good good, bool of_latency,
                           const std::function<double(const Sample&)>& value,
                           const std::function<std::string(double)>& written) {
    figures.push_back(by_samples(name, of_samples(before, value, of_latency),
                                 of_samples(after, value, of_latency), good, tolerance, written));
    if (!is_same_load(before, after)) figures.back().verdict = Verdict::kUnknown;
  };
  sampled(
      "deliveries/s", Good::kMore, false,
      [](const Sample& sample) { return sample.received / sample.seconds; }, rate);
  sampled(
      "p50", Good::kLess, true, [](const Sample& sample) { return sample.p50_ns; }, nanoseconds);
  sampled(
      "p99", Good::kLess, true, [](const Sample& sample) { return sample.p99_ns; }, nanoseconds);

  const auto shown = [&](const std::string& name, const std::string& metric,
                         const std::function<std::string(double)>& written) {
    if (!before.has(metric) && !after.has(metric)) return;
    figures.push_back(one_each(name, metric, before, after, written));
  };
  shown("p99.9", "p999_ns", nanoseconds);
  shown("max", "max_ns", nanoseconds);
  shown("spread p99", "spread_p99_ns", nanoseconds);
  shown("times a client came again", "returned", whole);
  shown("return p50", "return_p50_ns", nanoseconds);
  shown("return p99", "return_p99_ns", nanoseconds);
  shown("return max", "return_max_ns", nanoseconds);
  shown("all back after a storm", "storm_recovery_ns", nanoseconds);
  shown("lost by stalled readers", "stalled_lost", whole);
  shown("stalled readers thrown out", "stalled_closed", whole);
  shown("knee", "knee", rate);
  shown("server CPU per delivery", "server_cpu_per_delivery_ns", nanoseconds);
  shown("server memory per connection", "server_rss_anon_per_connection_bytes", bytes);

  for (const char* const fault :
       {"lost", "duplicated", "reordered", "corrupted", "unexpected", "refused", "missed_announced",
        "stalled_unannounced", "closed", "away", "storms_unrecovered"}) {
    const double a = before.metric(fault);
    const double b = after.metric(fault);
    if (a == 0 && b == 0) continue;
    figures.push_back(one_each(fault, fault, before, after, whole));
    if (!before.has(fault) || !after.has(fault)) continue;
    figures.back().verdict = b > a ? Verdict::kWorse : b < a ? Verdict::kBetter : Verdict::kSame;
  }
  return figures;
}

std::string comparison_text(const RecordedRun& before, const RecordedRun& after,
                            const std::vector<ComparedFigure>& figures) {
  std::string text =
      fmt::format("before       {} at {}: {}\nafter        {} at {}: {}\n", before.scenario,
                  before.dialect, before.file, after.scenario, after.dialect, after.file);
  for (const std::string& sentence : differences(before, after)) {
    text += fmt::format("warning      {}\n", sentence);
  }
  text += fmt::format("\n{:<30} {:>24} {:>24} {:>9}\n", "", "before", "after", "change");
  for (const ComparedFigure& figure : figures) {
    // ± has two bytes and one column.
    const auto width = [](const std::string& value) {
      return value.find("±") == std::string::npos ? 24 : 25;
    };
    text += fmt::format("{:<30} {:>{}} {:>{}} {:>9}  {}\n", figure.name, figure.before,
                        width(figure.before), figure.after, width(figure.after),
                        as_percentage(figure.change), word_for(figure.verdict));
  }
  return text;
}

bool is_worse(const std::vector<ComparedFigure>& figures) {
  return std::any_of(figures.begin(), figures.end(), [](const ComparedFigure& figure) {
    return figure.verdict == Verdict::kWorse;
  });
}

}  // namespace load
