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
  if (!result.server || !result.server->cpu) return std::nullopt;
  return cores(result, (*result.server->cpu).*part);
}

Value server_ns_per(const Result& result, std::uint64_t count) {
  if (!result.server || !result.server->cpu || count == 0) return std::nullopt;
  return static_cast<double>(result.server->cpu->total_ns) / number(count);
}

Value server_memory(const Result& result, std::uint64_t Memory::*kind) {
  if (!result.server || !result.server->idle) return std::nullopt;
  return number((*result.server->idle).*kind);
}

Value server_memory_each(const Result& result, std::uint64_t Memory::*kind) {
  const Value idle = server_memory(result, kind);
  if (!idle || result.clients == 0) return std::nullopt;
  return (*idle - number(result.server->before.*kind)) / number(result.clients);
}

Value counted(const Result& result, std::uint64_t ServerCounters::*count) {
  if (!result.counted || !result.counted->counters) return std::nullopt;
  return number((*result.counted->counters).*count);
}

// Of those that were sent.
Value deliveries_per_send(const Result& result) {
  const Value deliveries = counted(result, &ServerCounters::deliveries);
  const Value missed = counted(result, &ServerCounters::missed);
  const Value sends = counted(result, &ServerCounters::sends);
  if (!sends || *sends == 0) return std::nullopt;
  return std::max(*deliveries - *missed, 0.0) / *sends;
}

Value send_size(const Result& result) {
  const Value bytes = counted(result, &ServerCounters::sent_bytes);
  const Value sends = counted(result, &ServerCounters::sends);
  if (!sends || *sends == 0) return std::nullopt;
  return *bytes / *sends;
}

Value of_stalled(const Result& result, std::uint64_t Result::Stalled::*count) {
  if (!result.stalled) return std::nullopt;
  return number((*result.stalled).*count);
}

// Those who are not back took longer than all who are: what falls among them has no value.
Value return_time(const Result& result, double fraction) {
  const double returned = number(result.returning.count());
  const double of_returned = fraction * (returned + number(result.away)) / returned;
  if (result.returning.empty() || of_returned > 1) return std::nullopt;
  return quantile(result.returning, of_returned);
}

std::uint64_t unrecovered(const Result& result) {
  const auto is_unfinished = [](const Result::Storm& storm) { return !storm.is_over(); };
  return static_cast<std::uint64_t>(
      std::count_if(result.storms.begin(), result.storms.end(), is_unfinished));
}

// The longest from a storm until all were back.
Value storm_recovery(const Result& result) {
  if (result.storms.empty() || unrecovered(result) > 0) return std::nullopt;
  std::int64_t longest_ns = 0;
  for (const Result::Storm& storm : result.storms) longest_ns = std::max(longest_ns, storm.back_ns);
  return static_cast<double>(longest_ns);
}

using R = const Result&;

constexpr auto kMetrics = std::to_array<Metric>({
    {"throughput", Unit::kPerSecond, [](R r) { return per_second(r, r.window.completed); }},
    {"deliveries_per_s", Unit::kPerSecond,
     [](R r) { return per_second(r, r.window.received); }},
    {"sent_per_s", Unit::kPerSecond, [](R r) { return per_second(r, r.window.sent); }},
    {"bytes_in_per_s", Unit::kPerSecond,
     [](R r) { return per_second(r, r.window.bytes_in); }},
    {"bytes_out_per_s", Unit::kPerSecond,
     [](R r) { return per_second(r, r.window.bytes_out); }},

    {kKneeMetric, Unit::kPerSecond,
     [](R r) { return r.knee ? Value(r.knee->rate) : std::nullopt; }},

    {"min", Unit::kNanoseconds, [](R r) { return quantile(r.latency, 0); }},
    {"mean", Unit::kNanoseconds,
     [](R r) { return r.latency.empty() ? Value() : Value(r.latency.mean()); }},
    {"p50", Unit::kNanoseconds, [](R r) { return quantile(r.latency, 0.5); }},
    {"p90", Unit::kNanoseconds, [](R r) { return quantile(r.latency, 0.9); }},
    {"p99", Unit::kNanoseconds, [](R r) { return quantile(r.latency, 0.99); }},
    {"p999", Unit::kNanoseconds, [](R r) { return quantile(r.latency, 0.999); }},
    {"max", Unit::kNanoseconds, [](R r) { return quantile(r.latency, 1); }},
    {"spread_p50", Unit::kNanoseconds, [](R r) { return quantile(r.spread, 0.5); }},
    {"spread_p99", Unit::kNanoseconds, [](R r) { return quantile(r.spread, 0.99); }},

    {"sent", Unit::kCount, [](R r) -> Value { return number(r.total.sent); }},
    {"expected", Unit::kCount, [](R r) -> Value { return number(r.proof.all.expected); }},
    {"received", Unit::kCount, [](R r) -> Value { return number(r.proof.all.received); }},
    {"lost", Unit::kCount, [](R r) -> Value { return number(r.proof.all.lost); }},
    {"duplicated", Unit::kCount,
     [](R r) -> Value { return number(r.proof.all.duplicated); }},
    {"reordered", Unit::kCount, [](R r) -> Value { return number(r.proof.all.reordered); }},
    {"corrupted", Unit::kCount, [](R r) -> Value { return number(r.total.corrupted); }},
    {"unexpected", Unit::kCount, [](R r) -> Value { return number(r.total.unexpected); }},
    {"excused", Unit::kCount, [](R r) -> Value { return number(r.proof.all.excused); }},
    {"missed_announced", Unit::kCount,
     [](R r) -> Value { return number(r.total.missed_announced); }},
    {"refused", Unit::kCount, [](R r) -> Value { return number(r.total.refused); }},

    {"returned", Unit::kCount, [](R r) -> Value { return number(r.total.returned); }},
    {"away", Unit::kCount, [](R r) -> Value { return number(r.away); }},
    {"return_p50", Unit::kNanoseconds, [](R r) { return return_time(r, 0.5); }},
    {"return_p99", Unit::kNanoseconds, [](R r) { return return_time(r, 0.99); }},
    {"return_max", Unit::kNanoseconds, [](R r) { return return_time(r, 1); }},
    {"storms", Unit::kCount, [](R r) -> Value { return number(r.storms.size()); }},
    {"storms_unrecovered", Unit::kCount, [](R r) -> Value { return number(unrecovered(r)); }},
    {"storm_recovery", Unit::kNanoseconds, storm_recovery},
    {"stalled_lost", Unit::kCount,
     [](R r) -> Value {
       if (!r.stalled) return std::nullopt;
       return number(r.stalled->deliveries.lost);
     }},
    {"stalled_announced", Unit::kCount,
     [](R r) { return of_stalled(r, &Result::Stalled::announced); }},
    {"stalled_closed", Unit::kCount, [](R r) { return of_stalled(r, &Result::Stalled::closed); }},
    {"stalled_unannounced", Unit::kCount,
     [](R r) { return of_stalled(r, &Result::Stalled::unannounced); }},

    {"join_time", Unit::kNanoseconds,
     [](R r) -> Value {
       if (!r.joining) return std::nullopt;
       return static_cast<double>(r.joining->count());
     }},
    {"connected", Unit::kCount, [](R r) -> Value { return number(r.total.connected); }},
    {"closed", Unit::kCount, [](R r) -> Value { return number(r.closed); }},
    {"blocked", Unit::kCount, [](R r) -> Value { return number(r.blocked); }},
    {"absent", Unit::kCount, [](R r) -> Value { return number(r.absent); }},
    {"overdue", Unit::kCount, [](R r) -> Value { return number(r.overdue); }},
    {"stalls", Unit::kCount, [](R r) -> Value { return number(r.stalls); }},

    {"tester_cpu", Unit::kCores, [](R r) { return cores(r, r.tester_cpu.total_ns); }},
    {"tester_cpu_user", Unit::kCores, [](R r) { return cores(r, r.tester_cpu.user_ns); }},
    {"lateness_p99", Unit::kNanoseconds, [](R r) { return quantile(r.lateness, 0.99); }},
    {"lateness_max", Unit::kNanoseconds, [](R r) { return quantile(r.lateness, 1); }},

    {"server_cpu", Unit::kCores,
     [](R r) { return server_cores(r, &CpuTime::total_ns); }, Needs::kProcess},
    {"server_cpu_user", Unit::kCores,
     [](R r) { return server_cores(r, &CpuTime::user_ns); }, Needs::kProcess},
    {"server_cpu_system", Unit::kCores,
     [](R r) { return server_cores(r, &CpuTime::system_ns); }, Needs::kProcess},
    {"server_cpu_per_message", Unit::kNanoseconds,
     [](R r) { return server_ns_per(r, r.window.completed); }, Needs::kProcess},
    {"server_cpu_per_delivery", Unit::kNanoseconds,
     [](R r) { return server_ns_per(r, r.window.received); }, Needs::kProcess},
    {"server_cpu_join", Unit::kNanoseconds,
     [](R r) -> Value {
       if (!r.server || !r.server->joining) return std::nullopt;
       return static_cast<double>(r.server->joining->total_ns);
     }, Needs::kProcess},
    {"server_rss", Unit::kBytes,
     [](R r) { return server_memory(r, &Memory::resident_bytes); }, Needs::kProcess},
    {"server_rss_anon", Unit::kBytes,
     [](R r) { return server_memory(r, &Memory::anonymous_bytes); }, Needs::kProcess},
    {"server_rss_per_connection", Unit::kBytes,
     [](R r) { return server_memory_each(r, &Memory::resident_bytes); }, Needs::kProcess},
    {"server_rss_anon_per_connection", Unit::kBytes,
     [](R r) { return server_memory_each(r, &Memory::anonymous_bytes); }, Needs::kProcess},

    {"server_sends", Unit::kCount,
     [](R r) { return counted(r, &ServerCounters::sends); }, Needs::kCounters},
    {"server_deliveries", Unit::kCount,
     [](R r) { return counted(r, &ServerCounters::deliveries); }, Needs::kCounters},
    {"server_deliveries_per_send", Unit::kRatio, deliveries_per_send, Needs::kCounters},
    {"server_send_size", Unit::kBytes, send_size, Needs::kCounters},
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
    case Unit::kRatio:
      return fmt::format("{:.1f}", value);
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
