// One block per question: how much, how fast, was all of it delivered, and at what cost.
#include "client/load/report.hpp"

#include <iterator>

#include <fmt/format.h>

#include "client/load/diagnosis.hpp"
#include "client/load/format.hpp"
#include "client/load/metrics.hpp"
#include "core/units.hpp"

namespace load {
namespace {

// The text grows line by line, each with its label in the left column.
class Page {
 public:
  template <class... Values>
  void line(std::string_view label, fmt::format_string<Values...> form, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), "{:<13}", label);
    fmt::format_to(std::back_inserter(text_), form, std::forward<Values>(values)...);
    text_ += '\n';
  }
  void blank() { text_ += '\n'; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string in_ns(std::uint64_t count) {
  return nanoseconds(static_cast<double>(count));
}

std::string metric(const Result& result, std::string_view name) {
  const Metric& found = *find_metric(name);
  const auto value = found.value(result);
  return value ? format_metric(found, *value) : "-";
}

void write_heading(Page& page, const Options& options, const Result& result) {
  std::string who = grouped(options.clients) + " clients";
  if (has_rooms(options.scenario)) {
    who += result.rooms > 1 ? fmt::format(" in {} rooms, {} memberships", grouped(result.rooms),
                                          grouped(result.memberships))
           : options.scenario == ScenarioKind::kIdle
               ? fmt::format(", {} of them in {}", grouped(result.memberships), options.room)
               : fmt::format(" in {}", options.room);
    who += fmt::format(", {} publishing", grouped(options.publishers));
  }
  const std::string how = options.rate
                              ? fmt::format("open loop, {} messages/s",
                                            rate(result.knee ? result.knee->rate : *options.rate))
                              : fmt::format("closed loop, window {}", grouped(options.window));
  page.line(name_of(options.scenario), "{} at {}: {}", result.dialect, options.address.to_string(),
            who);
  page.line("", "{}, messages of {}, measured for {:.2f} s after {} of warm-up", how,
            options.sizes && !options.sizes->is_fixed() ? options.sizes->text()
                                                        : bytes(static_cast<double>(options.size)),
            result.seconds, core::format_duration(options.warmup));
}

void write_traffic(Page& page, const Options& options, const Result& result) {
  if (has_rooms(options.scenario)) {
    page.line("throughput", "{} messages, {} deliveries; sent {}", metric(result, "throughput"),
              metric(result, "deliveries_per_s"), metric(result, "sent_per_s"));
  } else {
    page.line("throughput", "{} echoes; sent {}", metric(result, "throughput"),
              metric(result, "sent_per_s"));
  }
  page.line("joining", "all in {}", metric(result, "join_time"));
  const double seconds = result.seconds > 0 ? result.seconds : 1;
  page.line("bytes", "in {}/s, out {}/s",
            bytes(static_cast<double>(result.window.bytes_in) / seconds),
            bytes(static_cast<double>(result.window.bytes_out) / seconds));
}

void write_latency(Page& page, const Options& options, const Result& result) {
  const Histogram& latency = result.latency;
  if (latency.empty()) return;
  page.line("latency", "{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}", "min", "mean", "p50", "p90",
            "p99", "p99.9", "max");
  page.line("", "{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}", in_ns(latency.min()),
            nanoseconds(latency.mean()), in_ns(latency.quantile(0.5)), in_ns(latency.quantile(0.9)),
            in_ns(latency.quantile(0.99)), in_ns(latency.quantile(0.999)), in_ns(latency.max()));
  if (options.rate) page.line("", "counted from the time a message was to be sent");
  if (!result.spread.empty()) {
    page.line("spread", "p50 {}, p99 {} from a message's first recipient to its last",
              in_ns(result.spread.quantile(0.5)), in_ns(result.spread.quantile(0.99)));
  }
}

void write_proof(Page& page, const Options& options, const Result& result) {
  const Deliveries& all = result.proof.all;
  page.line("delivery", "sent {}  expected {}  received {}  lost {}  duplicated {}  reordered {}",
            grouped(result.total.sent), grouped(all.expected), grouped(all.received),
            grouped(all.lost), grouped(all.duplicated), grouped(all.reordered));
  if (result.total.corrupted + result.total.unexpected > 0) {
    page.line("", "corrupted {}  unexpected {}", grouped(result.total.corrupted),
              grouped(result.total.unexpected));
  }
  if (result.total.missed_announced > 0) {
    page.line("", "the server said it left out {}", grouped(result.total.missed_announced));
  }
  if (result.proof.worst.empty()) return;
  page.line("", "{} pairs of receiver and sender with faults, among them:",
            grouped(result.proof.faulty_pairs));
  for (const FaultyPair& pair : result.proof.worst) {
    const std::string from = has_rooms(options.scenario)
                                 ? fmt::format(" from client {}{}", pair.sender,
                                               pair.room.empty() ? "" : " in " + pair.room)
                                 : std::string();
    const Deliveries& deliveries = pair.deliveries;
    page.line("", "client {}{}: expected {}  lost {}  duplicated {}  reordered {}", pair.receiver,
              from, grouped(deliveries.expected), grouped(deliveries.lost),
              grouped(deliveries.duplicated), grouped(deliveries.reordered));
  }
}

void write_knee(Page& page, const Result& result) {
  if (!result.knee) return;
  page.line("knee", "{} is the highest rate that holds; what follows was measured there",
            metric(result, kKneeMetric));
  for (const Knee::Probe& probe : result.knee->probes) {
    page.line("", "{:>10}/s  p99 {:>8}  {}", rate(probe.rate), nanoseconds(probe.p99_ns),
              probe.holds                   ? "holds"
              : probe.tester_was_bottleneck ? "the tester is too slow"
                                            : "does not hold");
  }
  page.blank();
}

void write_comings(Page& page, const Result& result) {
  if (!result.returning.empty()) {
    page.line("returning", "{} times a client came again: p50 {}, p99 {}, at most {}",
              grouped(result.total.returned), metric(result, "return_p50"),
              metric(result, "return_p99"), metric(result, "return_max"));
  }
  if (!result.connect_failures.empty()) {
    page.line("", "failed attempts to connect: {}", describe(result.connect_failures));
  }
  if (!result.stalled) return;
  const Result::Stalled& stalled = *result.stalled;
  page.line("slow readers", "{} stopped reading, {} of them were thrown out",
            grouped(stalled.readers), grouped(stalled.closed));
  page.line("", "expected {}  received {}  lost {}; the server said it left out {}",
            grouped(stalled.deliveries.expected), grouped(stalled.deliveries.received),
            grouped(stalled.deliveries.lost), grouped(stalled.announced));
}

// Shares of a core; "88 %, 40 %".
std::string each_thread(const Result& result) {
  std::string text;
  for (const ThreadFigures& thread : result.threads) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{:.1f} %", 100 * share_of_window(result, thread.cpu.total_ns));
  }
  return text;
}

void write_usage(Page& page, const Options& options, const Result& result) {
  page.line("tester", "{} of a core, {} of it in user mode", metric(result, "tester_cpu"),
            metric(result, "tester_cpu_user"));
  if (result.threads.size() > 1) {
    page.line("", "{} threads: {}", result.threads.size(), each_thread(result));
  }
  if (options.rate && !result.lateness.empty()) {
    page.line("", "sent late by p99 {}, at most {}", metric(result, "lateness_p99"),
              metric(result, "lateness_max"));
  }
  if (!result.server) return;
  page.line("server", "{} of a core (user {}, system {}): {} per message, {} per delivery",
            metric(result, "server_cpu"), metric(result, "server_cpu_user"),
            metric(result, "server_cpu_system"), metric(result, "server_cpu_per_message"),
            metric(result, "server_cpu_per_delivery"));
  page.line("", "to let all clients in: {}", metric(result, "server_cpu_join"));
  page.line("", "idle with all clients: resident {}, anonymous {}; {} and {} per connection",
            metric(result, "server_rss"), metric(result, "server_rss_anon"),
            metric(result, "server_rss_per_connection"),
            metric(result, "server_rss_anon_per_connection"));
}

}  // namespace

std::string text_report(const Options& options, const Result& result) {
  Page page;
  write_heading(page, options, result);
  page.blank();
  write_knee(page, result);
  write_traffic(page, options, result);
  write_latency(page, options, result);
  write_proof(page, options, result);
  write_comings(page, result);
  write_usage(page, options, result);
  for (const std::string& sentence : warnings(options, result))
    page.line("warning", "{}", sentence);
  for (const Assertion& assertion : options.assertions) {
    page.line("assert", "{} {}: {}", assertion.text(), assertion.holds(result) ? "holds" : "FAILED",
              metric(result, assertion.metric().name));
  }
  return page.take();
}

}  // namespace load
