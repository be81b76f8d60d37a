// The phases of a run.
#include "client/load/run.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "core/timeout.hpp"

namespace load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kLook = milliseconds(20);
constexpr core::Duration kQuiet = milliseconds(200);
constexpr core::Duration kSettleMost = seconds(10);
constexpr core::Duration kStall = seconds(1);

// Nothing where there was no process any more.
std::optional<CpuTime> between(const std::optional<CpuTime>& begin,
                               const std::optional<CpuTime>& end) {
  if (!begin || !end) return std::nullopt;
  return *end - *begin;
}

}  // namespace

// Connect all, join all, and only when nothing stirs any more begin; warm up, so that the measured
// window sees a system in its stride; measure; then wait for what is under way, because a message
// is not lost for being late.
core::Task<Result> Run::execute() {
  Result result;
  result.clients = options_.clients;
  if (options_.server_pid) watch_server(result);
  if (options_.server_metrics && !options_.server_metrics_work) co_await try_to_ask();
  core::TaskHandle<> showing = loop_.spawn(progress_.show(team_), "progress");

  co_await let_in(result);
  if (!result.interrupted()) {
    progress_.enter("warming up");
    co_await warm_up(result);
  }
  if (!result.interrupted()) {
    progress_.enter("measuring");
    co_await measure(result);
  }
  progress_.enter("draining");
  co_await drain(result);

  co_await conclude(result);
  showing.cancel();
  co_return result;
}

core::Task<void> Run::let_in(Result& result) {
  const Snapshot nobody = snapshot(loop_.ring().now());
  const Arrivals came = co_await team_.prepare();
  came.check(options_.address.to_string());
  result.interrupted_while = came.interrupted;
  if (result.interrupted()) co_return;
  result.joining = loop_.ring().now() - nobody.time;
  progress_.enter("settling");
  co_await settle();
  note_interruption(result, "settling");
  if (!result.server) co_return;
  result.server->idle = server_->memory();
  result.server->joining = between(nobody.server, server_->cpu());
}

core::Task<void> Run::warm_up(Result& result) {
  co_await start_sending();
  co_await go_on_for(options_.warmup);
  note_interruption(result, "warming up");
  if (!result.interrupted()) co_return;
  const core::Time now = loop_.ring().now();
  co_await stop_sending(now);
}

core::Task<void> Run::measure(Result& result) {
  const Snapshot begin = co_await begin_window();
  core::TaskHandle<> sampling = loop_.spawn(sampler_->sample(), "sampler");
  co_await go_on_for(options_.duration);
  sampling.cancel();
  const Snapshot end = co_await end_window();
  note_interruption(result, "measuring");
  take_window(result, begin, end);
  const Standing ended = co_await team_.standing();
  result.collapsed = !is_alive(ended);
  if (!options_.server_metrics) co_return;
  const Counted first = co_await answer(first_asked_);
  const Counted last = co_await answer(last_asked_);
  result.counted = between(first, last);
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
  if (options_.server_metrics) {
    first_asked_ = loop_.spawn(ask_for_counters(*options_.server_metrics), "metrics");
  }
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
  if (options_.server_metrics) {
    last_asked_ = loop_.spawn(ask_for_counters(*options_.server_metrics), "metrics");
  }
  co_await stop_sending(now);
  const std::unique_ptr<Reading> last = co_await team_.reading();
  sampler_->finish(*last);
  co_return end;
}

core::Task<void> Run::stop_sending(core::Time now) {
  const std::int64_t now_ns = in_ns(now);
  const auto order = [now_ns](Part& part) { part.end_window(now_ns); };
  co_await team_.tell(order);
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

core::Task<void> Run::drain(Result& result) {
  core::Time since = loop_.now();
  std::uint64_t progress = 0;
  for (;;) {
    const Standing now = co_await team_.standing();
    if (now.counters.outstanding() == 0 && !now.presence.catching_up) co_return;
    note_interruption(result, "draining");
    if (result.interrupted_while == "draining") co_return;
    // Not bytes: a server that shuts out whoever comes again may say so for ever.
    const std::uint64_t came = now.counters.received + now.counters.returned;
    if (came != progress) {
      progress = came;
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
  if (sampler_) result.samples = sampler_->take();
  result.stalls = stalls_;
  const Standing left = co_await team_.standing();
  if (result.away > 0 && left.presence.present < least_present()) result.collapsed = true;
  if (result.server) result.server->ended = !server_->is_there();
}

core::Task<void> Run::try_to_ask() const {
  core::TaskHandle<Counted> asking =
      loop_.spawn(ask_for_counters(*options_.server_metrics), "metrics");
  const Counted counted = co_await answer(asking);
  if (!counted.counters && !interruption_.requested) throw CannotRun(counted.why_not);
}

// Who wants an early end does not wait long for it.
core::Task<Counted> Run::answer(core::TaskHandle<Counted>& asking) const {
  const core::Time long_enough = loop_.now() + kQuiet;
  while (!asking.done() && (!interruption_.requested || loop_.now() < long_enough)) {
    co_await core::sleep(kLook);
  }
  if (asking.done()) co_return asking.result();
  asking.cancel();
  co_return Counted{.counters = {}, .why_not = "it had not answered when the run was interrupted"};
}

void Run::note_interruption(Result& result, std::string_view phase) const {
  if (interruption_.requested && !result.interrupted()) result.interrupted_while = phase;
}

bool Run::is_alive(const Standing& standing) const {
  return standing.presence.is_alive(least_present());
}

std::size_t Run::least_present() const {
  return has_rooms(options_.scenario) ? 2 : 1;
}

// The time is read first: what takes time to find out is found out after it.
Run::Snapshot Run::snapshot(core::Time time) {
  Snapshot now{time, own_cpu(), {}};
  if (server_) now.server = server_->cpu();
  return now;
}

void Run::take_window(Result& result, const Snapshot& begin, const Snapshot& end) const {
  result.seconds = std::chrono::duration<double>(end.time - begin.time).count();
  result.tester_cpu = end.tester - begin.tester;
  if (result.server) result.server->cpu = between(begin.server, end.server);
}

void Run::watch_server(Result& result) {
  server_.emplace(*options_.server_pid);
  result.server.emplace();
  result.server->process = server_->number();
  result.server->before = server_->memory().value_or(Memory{});
}

}  // namespace load
