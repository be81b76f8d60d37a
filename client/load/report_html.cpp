// Four pictures (throughput, latency over time, latency by percentile, and where the latencies lay)
// above the text of the report.
#include "client/load/report_html.hpp"

#include <cmath>

#include <fmt/format.h>

#include "client/load/diagnosis.hpp"
#include "client/load/format.hpp"
#include "client/load/html_page.hpp"
#include "client/load/report.hpp"
#include "client/load/svg_chart.hpp"

namespace load {
namespace {

std::string throughput(const Result& result) {
  Series sent{"sent", kBlue, {}};
  Series received{"deliveries", kRed, {}};
  for (const Sample& sample : result.samples) {
    sent.points.emplace_back(sample.at, static_cast<double>(sample.sent) / sample.seconds);
    received.points.emplace_back(sample.at, static_cast<double>(sample.received) / sample.seconds);
  }
  return line_chart("Deliveries", kTime, {"", false, per_second}, {received}) +
         line_chart("Messages sent", kTime, {"", false, per_second}, {sent});
}

std::string latency(const Result& result) {
  Series p50{"p50", kBlue, {}};
  Series p99{"p99", kRed, {}};
  for (const Sample& sample : result.samples) {
    if (sample.p50_ns <= 0) continue;
    p50.points.emplace_back(sample.at, sample.p50_ns);
    p99.points.emplace_back(sample.at, sample.p99_ns);
  }
  return line_chart("Latency over time", kTime, {"", true, nanoseconds}, {p50, p99});
}

std::string percentiles(const Result& result) {
  Series series{"", kBlue, {}};
  const auto count = static_cast<double>(result.latency.count());
  for (double nines = 0; count > 0 && std::pow(10, nines) <= count; nines += 0.05) {
    const double fraction = 1 - std::pow(10, -nines);
    series.points.emplace_back(nines, static_cast<double>(result.latency.quantile(fraction)));
  }
  return line_chart("Latency by percentile", kNines, {"", true, nanoseconds}, {series});
}

std::string latencies(const Result& result) {
  std::vector<Cell> cells;
  for (const Sample& sample : result.samples) {
    for (std::size_t row = 0; row < Sample::kRows; ++row) {
      if (sample.rows[row] == 0) continue;
      cells.push_back({.left = sample.at - sample.seconds,
                       .right = sample.at,
                       .bottom = Sample::row_begin_ns(row),
                       .top = Sample::row_begin_ns(row + 1),
                       .weight = static_cast<double>(sample.rows[row])});
    }
  }
  return heat_map("Where the latencies lay", kTime, {"", true, nanoseconds}, cells);
}

}  // namespace

std::string html_report(const Options& options, const Result& result) {
  const std::string title = fmt::format("hubbub-load {}: {} at {}", name_of(options.scenario),
                                        result.dialect, options.address.to_string());
  const std::string pictures =
      throughput(result) + latency(result) + percentiles(result) + latencies(result);
  return html_page(title, warnings(options, result), pictures, text_report(options, result));
}

}  // namespace load
