// The table of metrics.
#include "client/load/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "client/load/format.hpp"

namespace load {
namespace {

using Value = std::optional<double>;

double number(std::uint64_t count) {
  return static_cast<double>(count);
}

Value per_second(const Result& result, std::uint64_t count) {
  if (result.seconds <= 0) return std::nullopt;
  return number(count) / result.seconds;
}

Value quantile(const Histogram& histogram, double fraction) {
  if (histogram.empty()) return std::nullopt;
  return number(histogram.quantile(fraction));
}

Value cores(const Result& result, std::int64_t used_ns) {
  if (result.seconds <= 0) return std::nullopt;
  return static_cast<double>(used_ns) / (result.seconds * 1e9);
}

Value server_cores(const Result& result, std::int64_t CpuTime::*part) {
  return result.server ? cores(result, result.server->cpu.*part) : std::nullopt;
}

Value server_ns_per(const Result& result, std::uint64_t count) {
  if (!result.server || count == 0) return std::nullopt;
  return static_cast<double>(result.server->cpu.total_ns) / number(count);
}

Value server_memory(const Result& result, std::uint64_t Memory::*kind) {
  if (!result.server) return std::nullopt;
  return number(result.server->idle.*kind);
}

Value server_memory_each(const Result& result, std::uint64_t Memory::*kind) {
  if (!result.server || result.clients == 0) return std::nullopt;
  return (number(result.server->idle.*kind) - number(result.server->before.*kind)) /
         number(result.clients);
}

Value of_stalled(const Result& result, std::uint64_t Result::Stalled::*count) {
  if (!result.stalled) return std::nullopt;
  return number((*result.stalled).*count);
}

using R = const Result&;

constexpr auto kMetrics = std::to_array<Metric>({
    {"throughput", Unit::kPerSecond, false, [](R r) { return per_second(r, r.window.completed); }},
    {"deliveries_per_s", Unit::kPerSecond, false,
     [](R r) { return per_second(r, r.window.received); }},
    {"sent_per_s", Unit::kPerSecond, false, [](R r) { return per_second(r, r.window.sent); }},
    {"bytes_in_per_s", Unit::kPerSecond, false,
     [](R r) { return per_second(r, r.window.bytes_in); }},
    {"bytes_out_per_s", Unit::kPerSecond, false,
     [](R r) { return per_second(r, r.window.bytes_out); }},

    {kKneeMetric, Unit::kPerSecond, false,
     [](R r) { return r.knee ? Value(r.knee->rate) : std::nullopt; }},

    {"min", Unit::kNanoseconds, false, [](R r) { return quantile(r.latency, 0); }},
    {"mean", Unit::kNanoseconds, false,
     [](R r) { return r.latency.empty() ? Value() : Value(r.latency.mean()); }},
    {"p50", Unit::kNanoseconds, false, [](R r) { return quantile(r.latency, 0.5); }},
    {"p90", Unit::kNanoseconds, false, [](R r) { return quantile(r.latency, 0.9); }},
    {"p99", Unit::kNanoseconds, false, [](R r) { return quantile(r.latency, 0.99); }},
    {"p999", Unit::kNanoseconds, false, [](R r) { return quantile(r.latency, 0.999); }},
    {"max", Unit::kNanoseconds, false, [](R r) { return quantile(r.latency, 1); }},
    {"spread_p50", Unit::kNanoseconds, false, [](R r) { return quantile(r.spread, 0.5); }},
    {"spread_p99", Unit::kNanoseconds, false, [](R r) { return quantile(r.spread, 0.99); }},

    {"sent", Unit::kCount, false, [](R r) -> Value { return number(r.total.sent); }},
    {"expected", Unit::kCount, false, [](R r) -> Value { return number(r.proof.all.expected); }},
    {"received", Unit::kCount, false, [](R r) -> Value { return number(r.proof.all.received); }},
    {"lost", Unit::kCount, false, [](R r) -> Value { return number(r.proof.all.lost); }},
    {"duplicated", Unit::kCount, false,
     [](R r) -> Value { return number(r.proof.all.duplicated); }},
    {"reordered", Unit::kCount, false, [](R r) -> Value { return number(r.proof.all.reordered); }},
    {"corrupted", Unit::kCount, false, [](R r) -> Value { return number(r.total.corrupted); }},
    {"unexpected", Unit::kCount, false, [](R r) -> Value { return number(r.total.unexpected); }},
    {"missed_announced", Unit::kCount, false,
     [](R r) -> Value { return number(r.total.missed_announced); }},
    {"refused", Unit::kCount, false, [](R r) -> Value { return number(r.total.refused); }},

    {"returned", Unit::kCount, false, [](R r) -> Value { return number(r.total.returned); }},
    {"away", Unit::kCount, false, [](R r) -> Value { return number(r.away); }},
    {"return_p50", Unit::kNanoseconds, false, [](R r) { return quantile(r.returning, 0.5); }},
    {"return_p99", Unit::kNanoseconds, false, [](R r) { return quantile(r.returning, 0.99); }},
    {"return_max", Unit::kNanoseconds, false, [](R r) { return quantile(r.returning, 1); }},
    {"stalled_lost", Unit::kCount, false, 
     [](R r) -> Value {
       if (!r.stalled) return std::nullopt;
       return number(r.stalled->deliveries.lost);
     }},
    {"stalled_announced", Unit::kCount, false, [](R r) { return of_stalled(r, &Result::Stalled::announced); }},
    {"stalled_closed", Unit::kCount, false, [](R r) { return of_stalled(r, &Result::Stalled::closed); }},
    {"stalled_unannounced", Unit::kCount, false,
     [](R r) -> Value {
       if (!r.stalled) return std::nullopt;
       return number(r.stalled->unannounced());
     }},

    {"join_time", Unit::kNanoseconds, false,
     [](R r) -> Value { return static_cast<double>(r.joining.count()); }},
    {"connected", Unit::kCount, false, [](R r) -> Value { return number(r.total.connected); }},
    {"closed", Unit::kCount, false, [](R r) -> Value { return number(r.closed); }},
    {"blocked", Unit::kCount, false, [](R r) -> Value { return number(r.blocked); }},
    {"overdue", Unit::kCount, false, [](R r) -> Value { return number(r.overdue); }},
    {"stalls", Unit::kCount, false, [](R r) -> Value { return number(r.stalls); }},

    {"tester_cpu", Unit::kCores, false, [](R r) { return cores(r, r.tester_cpu.total_ns); }},
    {"tester_cpu_user", Unit::kCores, false, [](R r) { return cores(r, r.tester_cpu.user_ns); }},
    {"lateness_p99", Unit::kNanoseconds, false, [](R r) { return quantile(r.lateness, 0.99); }},
    {"lateness_max", Unit::kNanoseconds, false, [](R r) { return quantile(r.lateness, 1); }},

    {"server_cpu", Unit::kCores, true, [](R r) { return server_cores(r, &CpuTime::total_ns); }},
    {"server_cpu_user", Unit::kCores, true, [](R r) { return server_cores(r, &CpuTime::user_ns); }},
    {"server_cpu_system", Unit::kCores, true,
     [](R r) { return server_cores(r, &CpuTime::system_ns); }},
    {"server_cpu_per_message", Unit::kNanoseconds, true,
     [](R r) { return server_ns_per(r, r.window.completed); }},
    {"server_cpu_per_delivery", Unit::kNanoseconds, true,
     [](R r) { return server_ns_per(r, r.window.received); }},
    {"server_cpu_join", Unit::kNanoseconds, true,
     [](R r) -> Value {
       if (!r.server) return std::nullopt;
       return static_cast<double>(r.server->joining.total_ns);
     }},
    {"server_rss", Unit::kBytes, true,
     [](R r) { return server_memory(r, &Memory::resident_bytes); }},
    {"server_rss_anon", Unit::kBytes, true,
     [](R r) { return server_memory(r, &Memory::anonymous_bytes); }},
    {"server_rss_per_connection", Unit::kBytes, true,
     [](R r) { return server_memory_each(r, &Memory::resident_bytes); }},
    {"server_rss_anon_per_connection", Unit::kBytes, true,
     [](R r) { return server_memory_each(r, &Memory::anonymous_bytes); }},
});

}  // namespace

std::span<const Metric> metrics() {
  return kMetrics;
}

const Metric* find_metric(std::string_view name) {
  const auto metric = std::find_if(kMetrics.begin(), kMetrics.end(),
                                   [name](const Metric& m) { return m.name == name; });
  return metric == kMetrics.end() ? nullptr : &*metric;
}

std::string format_metric(const Metric& metric, double value) {
  switch (metric.unit) {
    case Unit::kCount:
      return grouped(static_cast<std::uint64_t>(std::llround(value)));
    case Unit::kPerSecond:
      return rate(value) + "/s";
    case Unit::kNanoseconds:
      return nanoseconds(value);
    case Unit::kBytes:
      return bytes(value);
    case Unit::kCores:
      return fmt::format("{:.1f} %", value * 100);
  }
  return {};
}

}  // namespace load
