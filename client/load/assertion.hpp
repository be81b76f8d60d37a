// A condition on a metric, given on the command line, that decides the exit status: p99<5ms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/load/metrics.hpp"

namespace load {

// METRIC OP VALUE, with or without spaces around OP, which is one of < <= > >= == !=. The value is
// in the metric's own unit: a duration (5ms) for times, a size (64KiB) for bytes, a number or a
// percentage for shares of a core, otherwise a number.
class Assertion {
 public:
  // Throws std::invalid_argument with a sentence for the user.
  static Assertion parse(std::string_view text);

  const std::string& text() const { return text_; }
  const Metric& metric() const { return *metric_; }
  std::optional<double> value(const Result& result) const { return metric_->value(result); }
  // A metric without a value holds no condition.
  bool holds(const Result& result) const;

 private:
  enum class Comparison : std::uint8_t { kLess, kAtMost, kMore, kAtLeast, kEqual, kUnequal };

  Assertion(std::string_view text, const Metric& metric, Comparison comparison, double bound)
      : text_(text), metric_(&metric), comparison_(comparison), bound_(bound) {}

  std::string text_;
  const Metric* metric_;
  Comparison comparison_;
  double bound_;
};

}  // namespace load
