// One run of a load test: the order in which a scenario is driven and measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "client/load/options.hpp"
#include "client/load/progress.hpp"
#include "client/load/result.hpp"
#include "client/load/samples.hpp"
#include "client/load/scenario.hpp"
#include "client/load/team.hpp"
#include "client/load/traffic.hpp"
#include "client/load/usage.hpp"
#include "client/load/watched_process.hpp"
#include "core/loop.hpp"
#include "core/task.hpp"

namespace load {

// Thread: the loop's, which is that of the team's first part. Refers to all that it is given; all
// of it, and the run, must outlive the loop's run. An interruption ends the phase that is going on
// and skips those that follow, but for the drain: what is under way is still waited for. One during
// the drain ends that.
class Run {
 public:
  Run(core::Loop& loop, const Options& options, Team& team, Progress& progress,
      const Interruption& interruption)
      : loop_(loop),
        options_(options),
        team_(team),
        progress_(progress),
        interruption_(interruption) {}

  // Its body, in run.cpp, is the specification of the order of things. Throws CannotRun where it
  // cannot begin; what is interrupted has a result, which says so.
  core::Task<Result> execute();

 private:
  // What the measured window is the difference of two of; the parts see to theirs.
  struct Snapshot {
    core::Time time;
    CpuTime tester;
    std::optional<CpuTime> server;
  };
  Snapshot snapshot(core::Time time);

  void watch_server(Result& result);
  // Throws CannotRun where the server does not tell what it counted.
  core::Task<void> try_to_ask() const;
  core::Task<Counted> answer(core::TaskHandle<Counted>& asking) const;
  core::Task<void> let_in(Result& result);
  core::Task<void> settle();
  core::Task<void> warm_up(Result& result);
  core::Task<void> measure(Result& result);
  core::Task<void> start_sending();
  core::Task<Snapshot> begin_window();
  core::Task<Snapshot> end_window();
  core::Task<void> stop_sending(core::Time now);
  core::Task<void> go_on_for(core::Duration duration);
  core::Task<void> begin_anew_if_stalled(std::uint64_t received);
  core::Task<void> drain(Result& result);
  core::Task<void> conclude(Result& result);
  void note_interruption(Result& result, std::string_view phase) const;
  bool is_alive(const Standing& standing) const;
  std::size_t least_present() const;
  void take_window(Result& result, const Snapshot& begin, const Snapshot& end) const;

  core::Loop& loop_;
  const Options& options_;
  Team& team_;
  Progress& progress_;
  const Interruption& interruption_;
  std::optional<WatchedProcess> server_;
  // Asked at either end of the window, which waits for no answer.
  core::TaskHandle<Counted> first_asked_;
  core::TaskHandle<Counted> last_asked_;
  std::optional<Sampler> sampler_;
  std::uint64_t stall_received_ = 0;  // what had been received...
  core::Time stall_since_;            // ...and has not grown since
  std::uint64_t stalls_ = 0;
};

}  // namespace load
