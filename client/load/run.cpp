// The phases of a run.
#include "client/load/run.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "core/timeout.hpp"

namespace load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kLook = milliseconds(20);
constexpr core::Duration kQuiet = milliseconds(200);
constexpr core::Duration kSettleMost = seconds(10);
constexpr core::Duration kStall = seconds(1);

}  // namespace

// Connect all, join all, and only when nothing stirs any more begin; warm up, so that the measured
// window sees a system in its stride; measure; then wait for what is under way, because a message
// is not lost for being late.
core::Task<Result> Run::execute() {
  Result result;
  result.clients = options_.clients;
  if (options_.server_pid) result.server.emplace().before = server_memory();
  core::TaskHandle<> showing = loop_.spawn(progress_.show(), "progress");

  const Snapshot nobody = snapshot();
  co_await scenario_.prepare(interruption_);
  result.joining = loop_.ring().now() - nobody.time;
  progress_.enter("settling");
  co_await settle();
  if (result.server) {
    result.server->idle = server_memory();
    result.server->joining = snapshot().server - nobody.server;
  }

  progress_.enter("warming up");
  start_sending();
  co_await go_on_for(options_.warmup);

  progress_.enter("measuring");
  const Snapshot begin = snapshot();
  traffic_.measured_from_ns = in_ns(begin.time);
  if (pacer_) pacer_->forget_lateness();
  sampler_.emplace(loop_, traffic_, options_.duration);
  core::TaskHandle<> sampling = loop_.spawn(sampler_->sample(), "sampler");
  co_await go_on_for(options_.duration);
  const Snapshot end = snapshot();
  traffic_.measured_to_ns = in_ns(end.time);
  result.samples = sampler_->take();
  sampling.cancel();

  progress_.enter("draining");
  if (pacer_) stop_pacing(result, in_ns(end.time));
  scenario_.stop();
  result.interrupted = interruption_.requested;
  result.collapsed = !scenario_.alive();
  co_await drain();

  take_window(result, begin, end);
  result.latency = traffic_.latency;
  result.spread = traffic_.spread;
  result.returning = traffic_.returning;
  result.total = traffic_.counters;
  result.stalls = stalls_;
  scenario_.conclude(result);
  showing.cancel();
  co_return result;
}

// Until nothing was received for a while; greetings and joins may still be on their way.
core::Task<void> Run::settle() {
  const core::Time most = loop_.now() + kSettleMost;
  core::Time since = loop_.now();
  std::uint64_t bytes = traffic_.counters.bytes_in;
  while (loop_.now() < most && loop_.now() - since < kQuiet && !interruption_.requested) {
    co_await core::sleep(kLook);
    if (traffic_.counters.bytes_in == bytes) continue;
    bytes = traffic_.counters.bytes_in;
    since = loop_.now();
  }
}

void Run::start_sending() {
  const core::Time now = loop_.ring().now();
  stall_since_ = now;
  scenario_.start(in_ns(now));
  if (!options_.rate) {
    scenario_.fill_windows();
    return;
  }
  pacer_.emplace(scenario_, *options_.rate, in_ns(now));
  pace_ = loop_.spawn(keep_pace(), "pacer");
}

core::Task<void> Run::keep_pace() {
  for (;;) {
    const std::int64_t next_ns = pacer_->advance(in_ns(loop_.ring().now()));
    const std::chrono::nanoseconds wait(next_ns - in_ns(loop_.now()));
    co_await core::sleep(wait);
  }
}

void Run::stop_pacing(Result& result, std::int64_t now_ns) {
  pace_.cancel();
  pacer_->advance(now_ns);  // what came due since the last time
  result.lateness = pacer_->lateness();
  result.blocked = pacer_->blocked();
  result.overdue = pacer_->overdue(now_ns);
}

core::Task<void> Run::go_on_for(core::Duration duration) {
  const core::Time end = loop_.now() + duration;
  while (loop_.now() < end && !interruption_.requested && scenario_.alive()) {
    begin_anew_if_stalled();
    const core::Duration wait = std::min(end - loop_.now(), kLook);
    co_await core::sleep(wait);
  }
}

// In a closed loop a lost message would take up its place in the window for good, and enough of
// them would end the traffic.
void Run::begin_anew_if_stalled() {
  if (traffic_.counters.received != stall_received_) {
    stall_received_ = traffic_.counters.received;
    stall_since_ = loop_.now();
  }
  if (pacer_ || loop_.now() - stall_since_ < kStall) return;
  ++stalls_;
  stall_since_ = loop_.now();
  scenario_.fill_windows();
}

core::Task<void> Run::drain() {
  core::Time since = loop_.now();
  std::uint64_t bytes = traffic_.counters.bytes_in;
  while ((traffic_.counters.outstanding() > 0 || scenario_.catching_up()) &&
         loop_.now() - since < options_.drain) {
    co_await core::sleep(kLook);
    if (traffic_.counters.bytes_in == bytes) continue;
    bytes = traffic_.counters.bytes_in;
    since = loop_.now();
  }
}

Run::Snapshot Run::snapshot() const {
  Snapshot now{loop_.ring().now(), traffic_.counters, own_cpu(), {}};
  if (options_.server_pid) now.server = cpu_of(*options_.server_pid).value_or(CpuTime{});
  return now;
}

void Run::take_window(Result& result, const Snapshot& begin, const Snapshot& end) const {
  result.seconds = std::chrono::duration<double>(end.time - begin.time).count();
  result.window = end.throughput - begin.throughput;
  result.tester_cpu = end.tester - begin.tester;
  if (result.server) result.server->cpu = end.server - begin.server;
}

Memory Run::server_memory() const {
  const auto memory = memory_of(*options_.server_pid);
  if (!memory) throw CannotRun(fmt::format("there is no process {}", *options_.server_pid));
  return *memory;
}

}  // namespace load
