// The tester judges itself first: most wrong benchmarks measured their own tool.
#include "client/load/diagnosis.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/load/format.hpp"

namespace load {
namespace {

constexpr double kBusy = 0.9;  // of a core
constexpr std::uint64_t kLateNs = 10'000'000;

void judge_run(const Result& result, std::vector<std::string>& sentences) {
  if (result.interrupted) sentences.push_back("interrupted: the window is shorter than asked for");
  if (result.collapsed) {
    sentences.push_back("nobody was left to send or to receive: the figures mean nothing");
  }
  if (result.latency.empty()) sentences.push_back("no message arrived in the measured window");
  if (result.closed > 0) {
    sentences.push_back(fmt::format("{} connections ended before the run did: {}",
                                    grouped(result.closed), describe(result.closings)));
  }
  if (result.away > 0) {
    sentences.push_back(fmt::format("{} clients were not back in their rooms when the run ended",
                                    grouped(result.away)));
  }
  if (result.stalled && result.stalled->unannounced() > 0) {
    sentences.push_back(
        fmt::format("readers that had stopped reading miss {} messages, and were not told so",
                    grouped(result.stalled->unannounced())));
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

// The most that the tester could have had: a core for each thread, as far as there are any.
double cores_most(const Result& result) {
  const std::size_t threads = std::max<std::size_t>(result.threads.size(), 1);
  return static_cast<double>(std::min(threads, result.processors));
}

void judge_cpu(const Result& result, std::vector<std::string>& sentences) {
  if (!is_tester_busy(result)) return;
  std::string who = fmt::format("the tester itself was busy for {:.0f} % of a core",
                                100 * cores(result, result.tester_cpu));
  if (result.threads.size() > 1) {
    const auto busiest = std::max_element(
        result.threads.begin(), result.threads.end(),
        [](const auto& a, const auto& b) { return a.cpu.total_ns < b.cpu.total_ns; });
    const double most = cores(result, busiest->cpu);
    who = most > kBusy
              ? fmt::format("the tester was the limit: thread {} of {} had {:.0f} % of its core",
                            busiest - result.threads.begin() + 1, result.threads.size(), 100 * most)
              : fmt::format(
                    "the tester was the limit: its {} threads had {:.0f} % of the {} "
                    "processors that they may use",
                    result.threads.size(),
                    100 * cores(result, result.tester_cpu) / cores_most(result), result.processors);
  }
  sentences.push_back(who + ": the server may be faster than these figures");
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
  if (result.knee && result.knee->rate == 0) {
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
  if (cores(result, result.tester_cpu) > kBusy * cores_most(result)) return true;
  return std::any_of(
      result.threads.begin(), result.threads.end(),
      [&](const ThreadFigures& thread) { return cores(result, thread.cpu) > kBusy; });
}

double cores(const Result& result, const CpuTime& cpu) {
  return result.seconds > 0 ? static_cast<double>(cpu.total_ns) / 1e9 / result.seconds : 0;
}

std::vector<std::string> warnings(const Options& options, const Result& result) {
  std::vector<std::string> sentences;
  judge_run(result, sentences);
  judge_tester(options, result, sentences);
  return sentences;
}

int exit_status(const Options& options, const Result& result) {
  if (result.interrupted || result.collapsed || result.latency.empty()) return kCouldNotRun;
  const bool held = std::all_of(options.assertions.begin(), options.assertions.end(),
                                [&](const Assertion& a) { return a.holds(result); });
  if (result.knee && result.knee->rate == 0) return kAssertionFailed;
  return held ? kRan : kAssertionFailed;
}

}  // namespace load
