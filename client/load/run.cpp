// The phases of a run.
#include "client/load/run.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

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
  core::TaskHandle<> showing = loop_.spawn(progress_.show(team_), "progress");

  const Snapshot nobody = snapshot(loop_.ring().now());
  const Arrivals came = co_await team_.prepare();
  came.check(options_.address.to_string());
  result.joining = loop_.ring().now() - nobody.time;
  progress_.enter("settling");
  co_await settle();
  if (result.server) {
    result.server->idle = server_memory();
    result.server->joining = snapshot(loop_.ring().now()).server - nobody.server;
  }

  progress_.enter("warming up");
  co_await start_sending();
  co_await go_on_for(options_.warmup);

  progress_.enter("measuring");
  const Snapshot begin = co_await begin_window();
  core::TaskHandle<> sampling = loop_.spawn(sampler_->sample(), "sampler");
  co_await go_on_for(options_.duration);
  sampling.cancel();
  const Snapshot end = co_await end_window();

  progress_.enter("draining");
  result.interrupted = interruption_.requested;
  const Standing ended = co_await team_.standing();
  result.collapsed = !is_alive(ended);
  co_await drain();

  take_window(result, begin, end);
  co_await conclude(result);
  showing.cancel();
  co_return result;
}

// Until nothing was received for a while; greetings and joins may still be on their way.
core::Task<void> Run::settle() {
  const core::Time most = loop_.now() + kSettleMost;
  core::Time since = loop_.now();
  std::uint64_t bytes = 0;
  while (loop_.now() < most && loop_.now() - since < kQuiet && !interruption_.requested) {
    co_await core::sleep(kLook);
    const Standing now = co_await team_.standing();
    if (now.counters.bytes_in == bytes) continue;
    bytes = now.counters.bytes_in;
    since = loop_.now();
  }
}

core::Task<void> Run::start_sending() {
  const core::Time now = loop_.ring().now();
  stall_since_ = now;
  const std::int64_t now_ns = in_ns(now);
  const auto start = [now_ns](Part& part) { part.start(now_ns); };
  const auto begin = [now_ns](Part& part) { part.begin_sending(now_ns); };
  co_await team_.tell(start);
  co_await team_.tell(begin);
}

core::Task<Run::Snapshot> Run::begin_window() {
  const core::Time now = loop_.ring().now();
  team_.window().from_ns = in_ns(now);
  const Snapshot begin = snapshot(now);
  const auto order = [](Part& part) { part.begin_window(); };
  co_await team_.tell(order);
  const std::unique_ptr<Reading> first = co_await team_.reading();
  sampler_.emplace(loop_, team_, *first, options_.duration);
  co_return begin;
}

core::Task<Run::Snapshot> Run::end_window() {
  const core::Time now = loop_.ring().now();
  team_.window().to_ns = in_ns(now);
  const Snapshot end = snapshot(now);
  const std::int64_t now_ns = in_ns(now);
  const auto order = [now_ns](Part& part) { part.end_window(now_ns); };
  co_await team_.tell(order);
  const std::unique_ptr<Reading> last = co_await team_.reading();
  sampler_->finish(*last);
  co_return end;
}

core::Task<void> Run::go_on_for(core::Duration duration) {
  const core::Time end = loop_.now() + duration;
  while (loop_.now() < end && !interruption_.requested) {
    const Standing now = co_await team_.standing();
    if (!is_alive(now)) break;
    co_await begin_anew_if_stalled(now.counters.received);
    const core::Duration wait = std::min(end - loop_.now(), kLook);
    co_await core::sleep(wait);
  }
}

// In a closed loop a lost message would take up its place in the window for good, and enough of
// them would end the traffic.
core::Task<void> Run::begin_anew_if_stalled(std::uint64_t received) {
  if (received != stall_received_) {
    stall_received_ = received;
    stall_since_ = loop_.now();
  }
  if (options_.rate || loop_.now() - stall_since_ < kStall) co_return;
  ++stalls_;
  stall_since_ = loop_.now();
  const auto write_off = [](Part& part) { part.write_off(); };
  const auto fill = [](Part& part) { part.fill_windows(); };
  co_await team_.tell(write_off);
  co_await team_.tell(fill);
}

core::Task<void> Run::drain() {
  core::Time since = loop_.now();
  std::uint64_t bytes = 0;
  for (;;) {
    const Standing now = co_await team_.standing();
    if (now.counters.outstanding() == 0 && !now.presence.catching_up) co_return;
    if (now.counters.bytes_in != bytes) {
      bytes = now.counters.bytes_in;
      since = loop_.now();
    }
    if (loop_.now() - since >= options_.drain) co_return;
    co_await core::sleep(kLook);
  }
}

core::Task<void> Run::conclude(Result& result) {
  const auto question = [](Part& part) { return part.conclude(); };
  const std::vector<std::unique_ptr<Result>> all = co_await team_.ask(question);
  for (const std::unique_ptr<Result>& one : all) result += *one;
  result.samples = sampler_->take();
  result.stalls = stalls_;
}

bool Run::is_alive(const Standing& standing) const {
  return standing.presence.is_alive(has_rooms(options_.scenario) ? 2 : 1);
}

// The time is read first: what takes time to find out is found out after it.
Run::Snapshot Run::snapshot(core::Time time) const {
  Snapshot now{time, own_cpu(), {}};
  if (options_.server_pid) now.server = cpu_of(*options_.server_pid).value_or(CpuTime{});
  return now;
}

void Run::take_window(Result& result, const Snapshot& begin, const Snapshot& end) const {
  result.seconds = std::chrono::duration<double>(end.time - begin.time).count();
  result.tester_cpu = end.tester - begin.tester;
  if (result.server) result.server->cpu = end.server - begin.server;
}

Memory Run::server_memory() const {
  const auto memory = memory_of(*options_.server_pid);
  if (!memory) throw CannotRun(fmt::format("there is no process {}", *options_.server_pid));
  return *memory;
}

}  // namespace load
