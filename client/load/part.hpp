// Part: what one thread does of a run: its share of the clients, their traffic, and their schedule.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "client/load/exchange.hpp"
#include "client/load/options.hpp"
#include "client/load/pacer.hpp"
#include "client/load/result.hpp"
#include "client/load/scenario.hpp"
#include "client/load/share.hpp"
#include "client/load/traffic.hpp"
#include "core/loop.hpp"
#include "core/task.hpp"

namespace load {

// Where a part stands, or all of them together.
struct Standing {
  Counters counters;
  Presence presence;

  Standing& operator+=(const Standing& other);
};
// The same with the latencies so far; 58 KiB.
struct Reading : Standing {
  Histogram latency;

  Reading& operator+=(const Reading& other);
};

// Thread: its loop's, for all of it; Run says in which order, and that all parts have done one
// thing before the first does the next. Outlives the loop's run, and not the loop. Refers to all
// that it is given.
class Part {
 public:
  Part(core::Loop& loop, const Options& options, Share share, Exchange& exchange,
       const MeasuredWindow& window, const Interruption& interruption);

  core::Loop& loop() const { return loop_; }

  core::Task<Arrivals> prepare() { return scenario_->prepare(interruption_); }
  void start(std::int64_t now_ns) { scenario_->start(now_ns); }
  // By the schedule, or as far as the windows are open.
  void begin_sending(std::int64_t now_ns);
  void write_off() { scenario_->write_off(); }
  void fill_windows() { scenario_->fill_windows(); }

  void begin_window();
  // Of measuring and of sending.
  void end_window(std::int64_t now_ns);

  Standing standing();
  Reading reading();
  std::unique_ptr<Result> conclude();

 private:
  core::Task<void> keep_pace();

  core::Loop& loop_;
  const Options& options_;
  Share share_;
  const Interruption& interruption_;
  Traffic traffic_;
  std::unique_ptr<Scenario> scenario_;
  std::optional<Pacer> pacer_;  // open loop, where somebody of this share speaks
  core::TaskHandle<> pace_;
  Throughput begin_throughput_;
  CpuTime begin_cpu_;
  std::int64_t begin_wait_ns_ = 0;
  std::unique_ptr<Result> result_;  // so far
};

}  // namespace load
