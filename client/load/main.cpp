// hubbub-load: from the command line to the exit status.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "client/load/capacity.hpp"
#include "client/load/compare_command.hpp"
#include "client/load/diagnosis.hpp"
#include "client/load/format.hpp"
#include "client/load/knee.hpp"
#include "client/load/options.hpp"
#include "client/load/output_files.hpp"
#include "client/load/phases.hpp"
#include "client/load/progress.hpp"
#include "client/load/report.hpp"
#include "client/load/report_html.hpp"
#include "client/load/report_json.hpp"
#include "client/load/run.hpp"
#include "client/load/team.hpp"
#include "core/descriptor_limit.hpp"
#include "core/open_ring.hpp"
#include "core/signals.hpp"

namespace load {
namespace {

// The first signal ends the run early, the second at once.
core::Task<void> watch(core::Signals& signals, Interruption& interruption, Progress& progress) {
  co_await signals.next();
  interruption.requested = true;
  co_await signals.next();
  progress.clear();
  std::_Exit(kCouldNotRun);
}

core::Task<Result> watch_and_run(core::Signals& signals, Interruption& interruption,
                                 Progress& progress, Run& run) {
  core::current_loop().spawn(watch(signals, interruption, progress), "signals").detach();
  co_return co_await run.execute();
}

// Before anything is connected.
void check_capacity(const Options& options) {
  const core::DescriptorLimit limit = core::raise_descriptor_limit();
  if (!options.quiet && limit.now != limit.before) {
    fmt::print(stderr, "descriptors: {}, raised from {}\n", grouped(limit.now),
               grouped(limit.before));
  }
  if (const auto sentence = too_many(options, {limit.now, local_ports()})) {
    throw CannotRun(*sentence);
  }
}

std::unique_ptr<Result> run(core::Signals& signals, const Options& options) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // open loop: wake at the time, not up to 50 us after it
  const core::OpenedRing opened = open_ring(options);
  if (!opened.fallback_reason.empty()) {
    fmt::print(stderr, "the tester uses epoll and needs more CPU: {}\n", opened.fallback_reason);
  }
  core::Loop loop(*opened.ring);
  report_errors_of(loop);
  Interruption interruption;
  Team team(loop, options, interruption);
  Progress progress(loop, options.clients, options.quiet);
  Run run(loop, options, team, progress, interruption);
  return std::make_unique<Result>(loop.run(watch_and_run(signals, interruption, progress, run)));
}

std::unique_ptr<Result> search(core::Signals& signals, const Options& options) {
  const auto one = [&](const Options& probe) { return run(signals, probe); };
  const auto tell = [&](const Knee::Probe& probe) {
    if (options.quiet) return;
    fmt::print(stderr, "{:>12} messages/s  p99 {:>8}  {}\n", rate(probe.rate),
               nanoseconds(probe.p99_ns),
               probe.holds                   ? "holds"
               : probe.tester_was_bottleneck ? "the tester is too slow"
                                             : "does not hold");
  };
  return find_knee(options, one, tell);
}

// Whoever reads them may be slow, or a person who pages through them.
void print_results(const Options& options, const Result& result) {
  const bool json_on_stdout = options.json == "-";
  fmt::print(json_on_stdout ? stderr : stdout, "{}", text_report(options, result));
  if (json_on_stdout) fmt::print("{}", json_report(options, result));
  if (std::fflush(stdout) != 0) {
    throw CannotRun(fmt::format("cannot write standard output: {}", std::strerror(errno)));
  }
}

// Files first, out of reach of an impatient interruption; one that cannot be written keeps nothing
// from the others.
void tell_results(core::Signals& signals, const Options& options, const Result& result) {
  std::exception_ptr unwritten;
  const auto attempt = [&](const std::string& file, auto report) {
    try {
      write_file(file, report(options, result));
    } catch (const CannotRun&) {
      unwritten = std::current_exception();
    }
  };
  if (options.json && *options.json != "-") attempt(*options.json, json_report);
  if (options.report) attempt(*options.report, html_report);
  signals.unblock();
  print_results(options, result);
  if (unwritten) std::rethrow_exception(unwritten);
}

int exit_with(const ExitRequest& exit) {
  fmt::print(exit.to_stderr ? stderr : stdout, "{}", exit.text);
  return exit.status;
}

int compare_main(int argc, const char* const* argv) {
  const auto parsed = parse_compare(argc, argv);
  if (const auto* exit = std::get_if<ExitRequest>(&parsed)) return exit_with(*exit);
  const CompareOptions& options = std::get<CompareOptions>(parsed);
  try {
    std::string page;
    const ExitRequest outcome = run_compare(options, page);
    if (options.report) write_file(*options.report, page);
    return exit_with(outcome);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hubbub-load: {}\n", error.what());
    return kCouldNotRun;
  }
}

// The whole of one run: its exit status. Sets `interrupted` where somebody did not want to wait.
int run_and_report(const Options& options, bool& interrupted) {
  try {
    check_capacity(options);
    core::Signals signals{SIGINT, SIGTERM};
    const bool searches = options.scenario == ScenarioKind::kKnee;
    const std::unique_ptr<Result> result =
        searches ? search(signals, options) : run(signals, options);
    tell_results(signals, options, *result);
    interrupted = result->interrupted();
    return exit_status(options, *result);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hubbub-load: {}\n", error.what());
    return kCouldNotRun;
  }
}

// One after the other; one that cannot run is the last. All are understood before the first runs.
int run_phases(const std::string& file, const std::vector<std::string>& more) {
  std::vector<std::pair<std::string, Options>> phases;
  OutputFiles files;
  for (const Phase& phase : read_phases(file, more)) {
    std::vector<const char*> argv{"hubbub-load"};
    for (const std::string& argument : phase.arguments) argv.push_back(argument.c_str());
    const auto parsed = parse_options(static_cast<int>(argv.size()), argv.data());
    if (const auto* exit = std::get_if<ExitRequest>(&parsed)) {
      fmt::print(stderr, "{}: phase {}:\n", phase.place, phase.name);
      return std::max(exit_with(*exit), kCouldNotRun);
    }
    const Options& options = std::get<Options>(parsed);
    for (const auto& written : {options.json, options.report}) {
      if (!written || files.claim(*written)) continue;
      throw PhasesError(fmt::format("{}: phase {} would write over {}, which is written before",
                                    phase.place, phase.name, *written));
    }
    phases.emplace_back(phase.name, options);
  }
  int status = kRan;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto& [name, options] = phases[i];
    fmt::print(options.json == "-" ? stderr : stdout, "{}=== {} ({} of {})\n\n", i == 0 ? "" : "\n",
               name, i + 1, phases.size());
    std::fflush(stdout);
    bool interrupted = false;
    const int ended = run_and_report(options, interrupted);
    if (ended == kCouldNotRun) return ended;
    status = std::max(status, ended);
    if (interrupted) break;
  }
  return status;
}

int phases_main(int argc, const char* const* argv) {
  const std::string file = argc > 2 ? argv[2] : "";
  if (file.empty() || file.starts_with("-")) {
    fmt::print(stderr,
               "hubbub-load: usage: hubbub-load phases FILE [OPTION...]\n"
               "The options hold for every phase. Try 'hubbub-load --help'.\n");
    return kCouldNotRun;
  }
  try {
    return run_phases(file, {argv + 3, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "hubbub-load: {}\n", error.what());
    return kCouldNotRun;
  }
}

// A single run.
int run_main(const Options& options) {
  OutputFiles files;
  try {
    if (options.json) files.claim(*options.json);
    if (options.report && !files.claim(*options.report)) {
      throw CannotRun(fmt::format("--json {} and --report {} are the same file", *options.json,
                                  *options.report));
    }
  } catch (const CannotRun& error) {
    fmt::print(stderr, "hubbub-load: {}\n", error.what());
    return kCouldNotRun;
  }
  bool interrupted = false;
  return run_and_report(options, interrupted);
}

int main_of(int argc, const char* const* argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "compare") return compare_main(argc, argv);
  if (word == "phases") return phases_main(argc, argv);
  const auto parsed = parse_options(argc, argv);
  if (const auto* exit = std::get_if<ExitRequest>(&parsed)) return exit_with(*exit);
  return run_main(std::get<Options>(parsed));
}

}  // namespace
}  // namespace load

int main(int argc, char** argv) {
  return load::main_of(argc, argv);
}
