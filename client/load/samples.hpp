// A run over time: what each short interval of the measured window brought.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "client/load/histogram.hpp"
#include "client/load/traffic.hpp"
#include "core/loop.hpp"
#include "core/task.hpp"

namespace load {

class Team;
struct Reading;

// Latencies are of the deliveries that arrived in the interval.
struct Sample {
  // Rows of a heat map: two to each power of two nanoseconds.
  static constexpr std::size_t kRows = 2 * 64;

  double at = 0;       // seconds from the beginning of the window to the end of the interval
  double seconds = 0;  // its length
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  double p50_ns = 0;  // 0 where nothing arrived
  double p99_ns = 0;
  std::array<std::uint64_t, kRows> rows{};  // deliveries

  // The least latency of a row, ns.
  static double row_begin_ns(std::size_t row);
};

// Takes a sample every second, or ten in a window that is shorter than ten seconds; of all threads
// together. Thread: the loop's. Must outlive its task.
class Sampler {
 public:
  // Begins with `first`, now.
  Sampler(core::Loop& loop, Team& team, const Reading& first, core::Duration window);

  // Never ends.
  core::Task<void> sample();
  // With what came since the last one, unless that is too little to say anything. When the task has
  // ended.
  void finish(const Reading& last);
  std::vector<Sample> take() { return std::move(samples_); }

 private:
  void add(const Reading& reading);

  core::Loop& loop_;
  Team& team_;
  core::Duration interval_;
  core::Time begin_;
  core::Time last_;
  Throughput last_throughput_;
  Histogram last_latency_;
  std::vector<Sample> samples_;
};

}  // namespace load
