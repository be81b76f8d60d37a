// The figures of a run by name: the one list that assertions and the JSON share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/load/result.hpp"

namespace load {

enum class Unit : std::uint8_t { kCount, kRatio, kPerSecond, kNanoseconds, kBytes, kCores };

// Without which a metric has no value: --server-pid, --server-metrics.
enum class Needs : std::uint8_t { kNothing, kProcess, kCounters };

// Of a search, not of a run.
inline constexpr std::string_view kKneeMetric = "knee";

struct Metric {
  std::string_view name;  // stable
  Unit unit;
  // Nothing where there was nothing to measure.
  std::optional<double> (*value)(const Result& result);
  Needs needs = Needs::kNothing;
};

std::span<const Metric> metrics();

// Null for a name that no metric has.
const Metric* find_metric(std::string_view name);

// As a person reads it.
std::string format_metric(const Metric& metric, double value);

}  // namespace load
