// The line on standard error that tells, once a second, how far a run is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "client/load/heat_line.hpp"
#include "client/load/histogram.hpp"
#include "client/load/traffic.hpp"
#include "core/loop.hpp"
#include "core/task.hpp"

namespace load {

class Team;
struct Reading;

// On a terminal one line that is rewritten, no wider than that is at the time, with the latencies
// of the last while in what is left of it; otherwise a line each time. Thread: the loop's.
class Progress {
 public:
  // A quiet one shows nothing.
  Progress(core::Loop& loop, std::size_t clients, bool quiet);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  // What is going on now.
  void enter(std::string_view phase) { phase_ = phase; }

  // Takes away what a terminal shows of it.
  void clear();

  // Never ends; for the loop to run. Shows all threads together.
  core::Task<void> show(Team& team);

 private:
  std::string line(const Reading& now) const;
  std::string traffic_line(const Reading& now) const;
  void print(const std::string& text);
  std::string heat(std::size_t columns_taken) const;

  core::Loop& loop_;
  std::size_t clients_;
  std::string phase_ = "connecting";
  Throughput last_;
  Histogram last_latency_;
  HeatLine heat_;
  core::Time last_time_;
  bool quiet_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace load
