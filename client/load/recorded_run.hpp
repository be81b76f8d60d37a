// A run as its JSON tells of it, read back.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace load {

struct RecordedRun {
  struct Sample {
    double at = 0;
    double seconds = 0;
    double received = 0;
    double p50_ns = 0;  // 0: nothing arrived
    double p99_ns = 0;
  };

  std::string file = {};
  std::string scenario = {};
  std::string dialect = {};
  int status = 0;  // that it ended with
  bool interrupted = false;
  std::map<std::string, double> metrics = {};  // by the name in the file; without those of no value
  std::map<std::string, std::string> config = {};  // as it stands there
  std::vector<Sample> samples = {};
  std::vector<std::pair<double, double>> latencies =
      {};  // middle of a bucket in ns, count; ascending

  // Nothing for a metric that is not there is 0.
  double metric(const std::string& name) const;
  bool has(const std::string& name) const { return metrics.contains(name); }
};

// Throws std::runtime_error with a sentence that names the file, also where it holds something else
// or was written by another version.
RecordedRun read_run(const std::string& file);

}  // namespace load
