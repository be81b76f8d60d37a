// A run over time: what each short interval of the measured window brought.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "client/load/histogram.hpp"
#include "client/load/traffic.hpp"
#include "core/loop.hpp"
#include "core/task.hpp"

namespace load {

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

// Takes a sample every second, or ten in a window that is shorter than ten seconds.
// Thread: the loop's. Must outlive its task.
class Sampler {
 public:
  Sampler(core::Loop& loop, const Traffic& traffic, core::Duration window);

  // Begins now and never ends.
  core::Task<void> sample();
  // With what came since the last one, unless that is too little to say anything.
  std::vector<Sample> take();

 private:
  void add();

  core::Loop& loop_;
  const Traffic& traffic_;
  core::Duration interval_;
  core::Time begin_;
  core::Time last_;
  Throughput last_throughput_;
  Histogram last_latency_;
  std::vector<Sample> samples_;
};

}  // namespace load
