// The schedules of coming and going.
#include "client/load/disturbance.hpp"

#include <chrono>

#include "core/timeout.hpp"

namespace load {
namespace {

core::Task<void> sleep_until(core::Time when) {
  co_await core::sleep(when - core::current_loop().now());
}

core::Task<void> churn(RoomScenario& scenario, double per_second, core::Time start) {
  const Share& share = scenario.share();
  std::size_t next = 0;
  for (std::uint64_t turn = share.index + 1;; turn += share.count) {
    const std::chrono::duration<double> due(static_cast<double>(turn) / per_second);
    co_await sleep_until(start + std::chrono::duration_cast<core::Duration>(due));
    for (std::size_t tried = 0; tried < scenario.clients(); ++tried) {
      const std::size_t client = next++ % scenario.clients();
      if (!scenario.settled(client)) continue;
      scenario.renew(client);
      break;
    }
  }
}

core::Task<void> storms(RoomScenario& scenario, core::Time begin, core::Duration window,
                        std::size_t count) {
  const core::Duration apart = window / static_cast<std::int64_t>(count + 1);
  for (std::size_t storm = 1; storm <= count; ++storm) {
    const core::Duration at = static_cast<std::int64_t>(storm) * apart;
    co_await sleep_until(begin + at);
    scenario.storm(begin + at, at);
  }
}

}  // namespace

core::Task<void> disturb(RoomScenario& scenario, const Options& options, core::Time start) {
  if (options.scenario == ScenarioKind::kChurn) co_await churn(scenario, options.churn, start);
  if (options.scenario == ScenarioKind::kStorm) {
    co_await storms(scenario, start + options.warmup, options.duration, options.storms);
  }
}

}  // namespace load
