// What makes a load, and the sentences.
#include "client/load/comparability.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace load {
namespace {

// Of config in the JSON.
constexpr auto kLoad =
    std::to_array<std::string_view>({"clients", "publishers", "rooms", "zipf", "overlap", "window",
                                     "rate", "size_bytes", "sizes", "churn", "stalled", "storms"});

std::string value_in(const RecordedRun& run, const std::string& name) {
  const auto found = run.config.find(name);
  return found == run.config.end() ? "none" : found->second;
}

void check_finished(const RecordedRun& run) {
  if (run.interrupted) {
    throw std::runtime_error(fmt::format("cannot compare {}: it was interrupted", run.file));
  }
  if (run.status == 2) {
    throw std::runtime_error(fmt::format(
        "cannot compare {}: what was measured means nothing, says its status", run.file));
  }
  if (run.samples.empty()) {
    throw std::runtime_error(fmt::format("cannot compare {}: it has no samples", run.file));
  }
}

}  // namespace

void check_comparable(const RecordedRun& before, const RecordedRun& after) {
  check_finished(before);
  check_finished(after);
  if (before.scenario == after.scenario) return;
  throw std::runtime_error(fmt::format("cannot compare a run of {} ({}) with one of {} ({})",
                                       before.scenario, before.file, after.scenario, after.file));
}

bool is_same_load(const RecordedRun& before, const RecordedRun& after) {
  return std::all_of(kLoad.begin(), kLoad.end(), [&](std::string_view name) {
    const std::string key(name);
    return value_in(before, key) == value_in(after, key);
  });
}

std::vector<std::string> differences(const RecordedRun& before, const RecordedRun& after) {
  std::vector<std::string> sentences;
  if (before.dialect != after.dialect) {
    sentences.push_back(
        fmt::format("the dialect was {}, and is {}", before.dialect, after.dialect));
  }
  std::map<std::string, std::string> names = before.config;
  names.insert(after.config.begin(), after.config.end());
  for (const auto& [name, value] : names) {
    const std::string was = value_in(before, name);
    const std::string is = value_in(after, name);
    if (name == "server_pid" || name == "server_metrics" || was == is) continue;
    sentences.push_back(fmt::format("{} was {}, and is {}", name, was, is));
  }
  if (!is_same_load(before, after)) {
    sentences.push_back(
        "these are different loads: rates and latencies tell nothing better or "
        "worse");
  }
  for (const RecordedRun* const run : {&before, &after}) {
    if (run->samples.size() >= 2) continue;
    sentences.push_back(
        fmt::format("{} has a single sample: nothing tells a change from chance", run->file));
  }
  return sentences;
}

}  // namespace load
