// Four pictures (throughput, latency over time, latency by percentile, and where the latencies lay)
// above the text of the report.
#include "client/load/report_html.hpp"

#include <cmath>

#include <fmt/format.h>

#include "client/load/diagnosis.hpp"
#include "client/load/format.hpp"
#include "client/load/report.hpp"
#include "client/load/svg_chart.hpp"

namespace load {
namespace {

constexpr const char* kBlue = "#2266aa";
constexpr const char* kRed = "#bb4422";

constexpr const char* kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2em auto;padding:0 1em;"
    "color:#222;background:#fff}"
    "pre{overflow-x:auto;background:#f5f5f3;padding:1em;font-size:13px}"
    "svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:#2266aa}"
    "svg text{fill:#444}svg .title{font-size:15px;font-weight:600}"
    ".x{text-anchor:middle}.y{text-anchor:end}.grid{stroke:#e4e4e0}"
    ".warning{border-left:4px solid #bb4422;padding-left:.8em}";

std::string in_seconds(double value) {
  return fmt::format("{:g} s", value);
}

std::string per_second(double value) {
  return value == 0 ? "0" : rate(value) + "/s";
}

// A point is the number of nines: 1 is 90 %, 2 is 99 %.
std::string in_percent(double nines) {
  if (std::abs(nines - std::round(nines)) > 1e-6) return {};
  return fmt::format("{:.10g} %", 100 * (1 - std::pow(10, -nines)));
}

const Axis kTime{"time since the measured window began", false, in_seconds};

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
  return line_chart("Latency by percentile", {"of all deliveries", false, in_percent},
                    {"", true, nanoseconds}, {series});
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
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
      "<style>{1}</style></head>\n<body><h1>{0}</h1>\n",
      escaped(title), kStyle);
  for (const std::string& sentence : warnings(options, result)) {
    page += fmt::format("<p class=\"warning\">{}</p>\n", escaped(sentence));
  }
  page += throughput(result) + latency(result) + percentiles(result) + latencies(result);
  page += fmt::format("<pre>{}</pre>\n</body></html>\n", escaped(text_report(options, result)));
  return page;
}

}  // namespace load
