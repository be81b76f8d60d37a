// The tester judges itself first: most wrong benchmarks measured their own tool.
#include "client/load/diagnosis.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/load/format.hpp"

namespace load {
namespace {

constexpr double kBusy = 0.9;    // of a core
constexpr double kWaited = 0.2;  // of the time; beside a server on the same cores, some is usual
constexpr std::uint64_t kLateNs = 10'000'000;

void judge_storms(const Result& result, std::vector<std::string>& sentences) {
  std::uint64_t unrecovered = 0;
  std::uint64_t missing = 0;
  std::uint64_t spared = 0;
  for (const Result::Storm& storm : result.storms) {
    unrecovered += storm.is_over() ? 0 : 1;
    missing = std::max(missing, storm.dropped - storm.returned);
    spared = std::max(spared, storm.spared);
  }
  if (unrecovered > 0) {
    sentences.push_back(fmt::format(
        "after {} of {} storms not all were back when the next one came or the run ended: up to {} "
        "were missing",
        unrecovered, result.storms.size(), grouped(missing)));
  }
  if (spared > 0) {
    sentences.push_back(fmt::format(
        "up to {} clients were not there to be dropped when a storm came", grouped(spared)));
  }
}

std::string told_interruption(const Result& result) {
  const std::string& phase = result.interrupted_while;
  const std::string consequence = result.knee ? "the search was not over"
                                  : phase == "draining"
                                      ? "what had not arrived by then counts as lost"
                                  : result.seconds > 0 ? "the window is shorter than asked for"
                                                       : "nothing was measured";
  return fmt::format("interrupted while {}: {}", phase, consequence);
}

void judge_run(const Result& result, std::vector<std::string>& sentences) {
  if (result.interrupted()) sentences.push_back(told_interruption(result));
  if (result.collapsed) {
    sentences.push_back("nobody was left to send or to receive: the figures mean nothing");
  }
  const bool was_measured = !result.interrupted() || result.seconds > 0;
  if (result.latency.empty() && was_measured) {
    sentences.push_back("no message arrived in the measured window");
  }
  if (result.counted && !result.counted->counters) {
    sentences.push_back("what the server counted is not known: " + result.counted->why_not);
  }
  if (result.server && result.server->ended) {
    sentences.push_back(fmt::format(
        "process {} (--server-pid) ended before the run did{}", result.server->process,
        result.server->cpu ? "" : ": what it used in the measured window is not known"));
  }
  if (result.closed > 0) {
    sentences.push_back(fmt::format("{} connections ended before the run did: {}",
                                    grouped(result.closed), describe(result.closings)));
  }
  if (result.away > 0) {
    sentences.push_back(fmt::format("{} clients were not back in their rooms when the run ended",
                                    grouped(result.away)));
  }
  judge_storms(result, sentences);
  if (result.stalled && result.stalled->unannounced > 0) {
    sentences.push_back(
        fmt::format("readers that had stopped reading miss {} messages, and were not told so",
                    grouped(result.stalled->unannounced)));
  }
  if (result.total.refused > 0) {
    sentences.push_back(fmt::format("the server refused {} times what was sent; the first time: {}",
                                    grouped(result.total.refused), result.first_refusal));
  }
  if (result.stalls > 0) {
    sentences.push_back(
        fmt::format("nothing arrived for a second, {} times; what was outstanding was written off",
                    grouped(result.stalls)));
  }
}

// How much of the window a thread ran or would have run: one that did all the time never waited for
// the server.
double busy(const Result& result, const ThreadFigures& thread) {
  return share_of_window(result, thread.cpu.total_ns) + share_of_window(result, thread.waited_ns);
}

void judge_cpu(const Result& result, std::vector<std::string>& sentences) {
  const auto busiest = std::max_element(
      result.threads.begin(), result.threads.end(),
      [&](const auto& a, const auto& b) { return busy(result, a) < busy(result, b); });
  if (busiest == result.threads.end()) return;
  const double waited = share_of_window(result, busiest->waited_ns);
  if (!is_tester_busy(result)) {
    if (waited > kWaited) {
      sentences.push_back(
          fmt::format("the tester waited {:.0f} % of the time for a processor that others had; the "
                      "figures include that",
                      100 * waited));
    }
    return;
  }
  std::string sentence = "the tester itself";
  if (result.threads.size() > 1) {
    sentence = fmt::format("the tester was the limit: its thread {} of {}",
                           busiest - result.threads.begin() + 1, result.threads.size());
  }
  sentence += fmt::format(" was busy for {:.0f} % of a core",
                          100 * share_of_window(result, busiest->cpu.total_ns));
  if (waited > kWaited) {
    sentence += fmt::format(" and waited {:.0f} % of the time for a processor", 100 * waited);
  }
  sentences.push_back(sentence + ": the server may be faster than these figures");
}

void judge_tester(const Options& options, const Result& result,
                  std::vector<std::string>& sentences) {
  judge_cpu(result, sentences);
  if (result.lateness.max() > kLateNs) {
    sentences.push_back(
        fmt::format("the tester fell behind its schedule by up to {} (99 % of sends: {}); the "
                    "latencies include that",
                    nanoseconds(static_cast<double>(result.lateness.max())),
                    nanoseconds(static_cast<double>(result.lateness.quantile(0.99)))));
  }
  if (is_tester_late(result)) {
    sentences.push_back(fmt::format("the tester is too slow for {} messages/s: {} were not sent",
                                    rate(*options.rate), grouped(result.overdue)));
  }
  if (result.knee && result.knee->rate == 0 && !result.knee->probes.empty()) {
    sentences.push_back("no rate that was tried holds");
  }
  if (result.knee && !result.knee->probes.empty() &&
      std::any_of(result.knee->probes.begin(), result.knee->probes.end(),
                  [](const Knee::Probe& probe) { return probe.tester_was_bottleneck; })) {
    sentences.push_back(
        "the tester was the bottleneck of some probes: the knee is at least its own");
  }
  if (result.blocked > 0) {
    sentences.push_back(fmt::format("the server takes in less than {} messages/s: {} were not sent",
                                    rate(*options.rate), grouped(result.blocked)));
  }
}

}  // namespace

// Not merely when the window closed.
bool is_tester_late(const Result& result) {
  return result.overdue > result.total.sent / 100;
}

bool is_tester_busy(const Result& result) {
  return std::any_of(result.threads.begin(), result.threads.end(),
                     [&](const ThreadFigures& thread) { return busy(result, thread) > kBusy; });
}

double share_of_window(const Result& result, std::int64_t time_ns) {
  return result.seconds > 0 ? static_cast<double>(time_ns) / 1e9 / result.seconds : 0;
}

std::vector<std::string> warnings(const Options& options, const Result& result) {
  std::vector<std::string> sentences;
  judge_run(result, sentences);
  if (options.scenario == ScenarioKind::kStorm && result.storms.size() < options.storms) {
    sentences.push_back(fmt::format("{} of {} storms came", result.storms.size(), options.storms));
  }
  judge_tester(options, result, sentences);
  return sentences;
}

int exit_status(const Options& options, const Result& result) {
  if (result.interrupted() || result.collapsed) return kCouldNotRun;
  if (result.knee && result.knee->rate == 0) return kAssertionFailed;
  if (result.latency.empty()) return kCouldNotRun;
  const bool held = std::all_of(options.assertions.begin(), options.assertions.end(),
                                [&](const Assertion& a) { return a.holds(result); });
  return held ? kRan : kAssertionFailed;
}

}  // namespace load
