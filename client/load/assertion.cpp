// Reading conditions strictly: a condition that is misunderstood would pass or fail for no reason.
#include "client/load/assertion.hpp"

#include <charconv>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "core/units.hpp"

namespace load {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return parse_number(text);
  const auto percent = parse_number(text.substr(0, text.size() - 1));
  return percent ? std::optional(*percent / 100) : std::nullopt;
}

std::optional<double> parse_value(Unit unit, std::string_view text) {
  switch (unit) {
    case Unit::kNanoseconds: {
      const auto duration = core::parse_duration(text);
      return duration ? std::optional(static_cast<double>(duration->count())) : std::nullopt;
    }
    case Unit::kBytes: {
      const auto size = core::parse_size(text);
      return size ? std::optional(static_cast<double>(*size)) : std::nullopt;
    }
    case Unit::kCores:
      return parse_share(text);
    case Unit::kCount:
    case Unit::kRatio:
    case Unit::kPerSecond:
      return parse_number(text);
  }
  return std::nullopt;
}

const char* example_of(Unit unit) {
  switch (unit) {
    case Unit::kNanoseconds:
      return "a duration such as 5ms";
    case Unit::kBytes:
      return "a size such as 64KiB";
    case Unit::kCores:
      return "a share of a core such as 80% or 0.8";
    case Unit::kCount:
    case Unit::kRatio:
    case Unit::kPerSecond:
      return "a number";
  }
  return "";
}

std::string metric_names() {
  std::string names;
  for (const Metric& metric : metrics()) {
    if (!names.empty()) names += ", ";
    names += metric.name;
  }
  return names;
}

}  // namespace

Assertion Assertion::parse(std::string_view text) {
  const std::size_t begin = text.find_first_of("<>=!");
  const std::size_t end = text.find_first_not_of("<>=!", begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) {
    throw std::invalid_argument(fmt::format("'{}' is not METRIC OP VALUE, such as p99<5ms", text));
  }
  const std::string_view name = trimmed(text.substr(0, begin));
  const std::string_view op = text.substr(begin, end - begin);
  const std::string_view bound = trimmed(text.substr(end));

  const Metric* const metric = find_metric(name);
  if (metric == nullptr) {
    throw std::invalid_argument(
        fmt::format("no metric is called '{}'; there are {}", name, metric_names()));
  }
  Comparison comparison = Comparison::kEqual;
  if (op == "<") {
    comparison = Comparison::kLess;
  } else if (op == "<=") {
    comparison = Comparison::kAtMost;
  } else if (op == ">") {
    comparison = Comparison::kMore;
  } else if (op == ">=") {
    comparison = Comparison::kAtLeast;
  } else if (op == "!=") {
    comparison = Comparison::kUnequal;
  } else if (op != "==") {
    throw std::invalid_argument(
        fmt::format("'{}' compares with '{}'; there are <, <=, >, >=, == and !=", text, op));
  }
  const auto value = parse_value(metric->unit, bound);
  if (!value) {
    throw std::invalid_argument(fmt::format("'{}': {} is compared with {}, not '{}'", text, name,
                                            example_of(metric->unit), bound));
  }
  return {text, *metric, comparison, *value};
}

bool Assertion::holds(const Result& result) const {
  const std::optional<double> found = value(result);
  if (!found) return false;
  switch (comparison_) {
    case Comparison::kLess:
      return *found < bound_;
    case Comparison::kAtMost:
      return *found <= bound_;
    case Comparison::kMore:
      return *found > bound_;
    case Comparison::kAtLeast:
      return *found >= bound_;
    case Comparison::kEqual:
      return *found == bound_;
    case Comparison::kUnequal:
      return *found != bound_;
  }
  return false;
}

}  // namespace load
