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

double measured_rate(const Options& options, const Result& result) {
  if (!result.knee || result.knee->probes.empty()) return *options.rate;
  return result.knee->rate > 0 ? result.knee->rate : result.knee->probes.back().rate;
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
  const std::string how =
      options.rate ? fmt::format("open loop, {} messages/s", rate(measured_rate(options, result)))
                   : fmt::format("closed loop, window {}", grouped(options.window));
  page.line(name_of(options.scenario), "{} at {}: {}", result.dialect, options.address.to_string(),
            who);
  page.line("", "{}, messages of {}, measured for {:.2f} s after {} of warm-up", how,
            options.sizes && !options.sizes->is_fixed() ? options.sizes->text()
                                                        : bytes(static_cast<double>(options.size)),
            result.seconds, core::format_duration(options.warmup));
}

void write_traffic(Page& page, const Options& options, const Result& result) {
  if (result.interrupted() && !result.joining) {
    page.line("joining", "{} of {} connected, {} of them could send and receive",
              grouped(result.total.connected), grouped(result.clients),
              grouped(result.total.confirmed));
  }
  if (result.seconds <= 0) return;
  if (has_rooms(options.scenario)) {
    page.line("throughput", "{} messages, {} deliveries; sent {}", metric(result, "throughput"),
              metric(result, "deliveries_per_s"), metric(result, "sent_per_s"));
  } else {
    page.line("throughput", "{} echoes; sent {}", metric(result, "throughput"),
              metric(result, "sent_per_s"));
  }
  if (result.joining) page.line("joining", "all in {}", metric(result, "join_time"));
  const double seconds = result.seconds;
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
  if (all.excused > 0) {
    page.line("", "excused {}: said while their receiver was away, or under way as it was dropped",
              grouped(all.excused));
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
  if (result.knee->rate > 0) {
    page.line("knee", "{} is the highest rate that holds; what follows was measured there",
              metric(result, kKneeMetric));
  } else if (result.knee->probes.empty()) {
    page.line("knee", "no rate was tried to the end");
  } else {
    page.line("knee", "no rate holds; what follows was measured at the last");
  }
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
  if (!result.storms.empty()) {
    std::uint64_t dropped = 0;
    for (const Result::Storm& storm : result.storms) dropped += storm.dropped;
    const auto recovery = find_metric("storm_recovery")->value(result);
    page.line("storms", "{}, in which {} connections were dropped; {}", result.storms.size(),
              grouped(dropped),
              recovery ? "all were back after at most " + nanoseconds(*recovery)
                       : "not all were back before the next one or the end");
  }
  if (result.absent > 0) {
    page.line("absent", "{} messages were not sent: who was to say or to hear them was not there",
              grouped(result.absent));
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
  if (result.seconds > 0) {
    page.line("tester", "{} of a core, {} of it in user mode", metric(result, "tester_cpu"),
              metric(result, "tester_cpu_user"));
  }
  if (result.threads.size() > 1 && result.seconds > 0) {
    page.line("", "{} threads: {}", result.threads.size(), each_thread(result));
  }
  if (options.rate && !result.lateness.empty()) {
    page.line("", "sent late by p99 {}, at most {}", metric(result, "lateness_p99"),
              metric(result, "lateness_max"));
  }
  if (result.counted && result.counted->counters) {
    page.line("counted", "by the server: {} sends, {} deliveries and {} per send",
              metric(result, "server_sends"), metric(result, "server_deliveries_per_send"),
              metric(result, "server_send_size"));
  }
  if (!result.server) return;
  if (!result.server->cpu) {
    if (result.seconds <= 0) return;
    page.line("server", "what process {} used in the measured window is not known",
              result.server->process);
    return;
  }
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
