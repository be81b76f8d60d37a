// Reading JSON with yaml-cpp: one is a subset of the other.
#include "client/load/recorded_run.hpp"

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace load {
namespace {

constexpr int kVersion = 1;

void read_samples(const YAML::Node& samples, RecordedRun& run) {
  for (const YAML::Node& sample : samples) {
    run.samples.push_back({.at = sample["at"].as<double>(),
                           .seconds = sample["seconds"].as<double>(),
                           .received = sample["received"].as<double>(),
                           .p50_ns = sample["p50_ns"].as<double>(),
                           .p99_ns = sample["p99_ns"].as<double>()});
  }
}

RecordedRun read(const YAML::Node& root) {
  RecordedRun run;
  run.scenario = root["scenario"].as<std::string>();
  run.dialect = root["dialect"].as<std::string>();
  run.status = root["status"].as<int>();
  run.interrupted = root["interrupted"].as<bool>();
  for (const auto& metric : root["metrics"]) {
    if (metric.second.IsNull()) continue;
    run.metrics[metric.first.as<std::string>()] = metric.second.as<double>();
  }
  for (const auto& entry : root["config"]) {
    run.config[entry.first.as<std::string>()] =
        entry.second.IsNull() ? "none" : entry.second.as<std::string>();
  }
  read_samples(root["samples"], run);
  for (const YAML::Node& bucket : root["latency_histogram"]) {
    const double middle = (bucket["from_ns"].as<double>() + bucket["below_ns"].as<double>()) / 2;
    run.latencies.emplace_back(middle, bucket["count"].as<double>());
  }
  return run;
}

}  // namespace

double RecordedRun::metric(const std::string& name) const {
  const auto found = metrics.find(name);
  return found == metrics.end() ? 0 : found->second;
}

RecordedRun read_run(const std::string& file) {
  try {
    if (std::filesystem::is_directory(file)) throw std::runtime_error("it is a directory");
    const YAML::Node root = YAML::LoadFile(file);
    if (!root.IsMap() || !root["tool"] || !root["version"]) {
      throw std::runtime_error("it is not what hubbub-load writes with --json");
    }
    if (const int version = root["version"].as<int>(); version != kVersion) {
      throw std::runtime_error(
          fmt::format("it is of version {}, and this reads version {}", version, kVersion));
    }
    RecordedRun run = read(root);
    run.file = file;
    return run;
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("cannot read {}: {}", file, error.what()));
  }
}

}  // namespace load
