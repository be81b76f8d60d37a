// Sending by the schedule, and counting.
#include "client/load/part.hpp"

#include <algorithm>
#include <utility>

#include "client/load/dialect.hpp"
#include "client/load/echo_scenario.hpp"
#include "client/load/room_scenario.hpp"
#include "client/load/usage.hpp"
#include "core/timeout.hpp"

namespace load {
namespace {

std::unique_ptr<Scenario> make_scenario(core::Loop& loop, const Options& options, Share share,
                                        Exchange& exchange, Traffic& traffic) {
  if (options.scenario == ScenarioKind::kEcho) {
    return std::make_unique<EchoScenario>(loop, options, share, traffic);
  }
  return std::make_unique<RoomScenario>(loop, options, share, exchange,
                                        make_dialect(options.dialect), traffic);
}

}  // namespace

Standing& Standing::operator+=(const Standing& other) {
  counters += other.counters;
  presence += other.presence;
  return *this;
}

Reading& Reading::operator+=(const Reading& other) {
  Standing::operator+=(other);
  latency += other.latency;
  return *this;
}

Part::Part(core::Loop& loop, const Options& options, Share share, Exchange& exchange,
           const MeasuredWindow& window, const Interruption& interruption)
    : loop_(loop),
      options_(options),
      share_(share),
      interruption_(interruption),
      traffic_(window),
      scenario_(make_scenario(loop, options, share, exchange, traffic_)),
      result_(std::make_unique<Result>()) {}

void Part::begin_sending(std::int64_t now_ns) {
  if (!options_.rate) return scenario_->fill_windows();
  if (scenario_->senders() == 0) return;
  pacer_.emplace(*scenario_, *options_.rate, now_ns);
  pace_ = loop_.spawn(keep_pace(), "pacer");
}

// When the window has closed nothing more comes due, even where the order to stop is on its way.
core::Task<void> Part::keep_pace() {
  for (;;) {
    const std::int64_t end_ns = traffic_.window.to_ns.load(std::memory_order_relaxed);
    const std::int64_t next_ns = pacer_->advance(std::min(in_ns(loop_.ring().now()), end_ns));
    const std::chrono::nanoseconds wait(next_ns - in_ns(loop_.now()));
    co_await core::sleep(wait);
  }
}

void Part::begin_window() {
  if (pacer_) pacer_->forget_lateness();
  begin_throughput_ = traffic_.counters;
  begin_cpu_ = own_thread_cpu();
  begin_wait_ns_ = own_thread_wait_ns();
}

void Part::end_window(std::int64_t now_ns) {
  result_->threads = {{.clients = share_.size(options_.clients),
                       .cpu = own_thread_cpu() - begin_cpu_,
                       .waited_ns = own_thread_wait_ns() - begin_wait_ns_}};
  result_->window = traffic_.counters - begin_throughput_;
  if (pacer_) {
    pace_.cancel();
    pacer_->advance(now_ns);  // what came due since the last time
    result_->lateness = pacer_->lateness();
    result_->blocked = pacer_->blocked();
    result_->absent = pacer_->absent();
    result_->overdue = pacer_->overdue(now_ns);
  }
  scenario_->stop();
}

Standing Part::standing() {
  const Presence presence = scenario_->presence();  // first: it completes the counters
  return {traffic_.counters, presence};
}

Reading Part::reading() {
  return {standing(), traffic_.latency};
}

std::unique_ptr<Result> Part::conclude() {
  scenario_->conclude(*result_);
  result_->latency = traffic_.latency;
  result_->spread = traffic_.spread;
  result_->returning = traffic_.returning;
  result_->total = traffic_.counters;
  return std::move(result_);
}

}  // namespace load
