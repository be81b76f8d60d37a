// The schedules of coming and going.
#include "client/load/disturbance.hpp"

#include <chrono>

#include "core/timeout.hpp"

namespace load {
namespace {

core::Task<void> churn(RoomScenario& scenario, double per_second) {
  const core::Time start = core::current_loop().now();
  std::size_t next = 0;
  for (std::uint64_t turn = 1;; ++turn) {
    const std::chrono::duration<double> due(static_cast<double>(turn) / per_second);
    const core::Time when = start + std::chrono::duration_cast<core::Duration>(due);
    co_await core::sleep(when - core::current_loop().now());
    for (std::size_t tried = 0; tried < scenario.clients(); ++tried) {
      const std::size_t client = next++ % scenario.clients();
      if (!scenario.settled(client)) continue;
      scenario.renew(client);
      break;
    }
  }
}

core::Task<void> storms(RoomScenario& scenario, core::Duration before, core::Duration window,
                        std::size_t count) {
  co_await core::sleep(before);
  const core::Duration apart = window / static_cast<std::int64_t>(count + 1);
  for (; count > 0; --count) {
    co_await core::sleep(apart);
    for (std::size_t client = 0; client < scenario.clients(); ++client) {
      if (scenario.settled(client)) scenario.drop(client);
    }
  }
}

}  // namespace

core::Task<void> disturb(RoomScenario& scenario, const Options& options) {
  if (options.scenario == ScenarioKind::kChurn) co_await churn(scenario, options.churn);
  if (options.scenario == ScenarioKind::kStorm) {
    co_await storms(scenario, options.warmup, options.duration, options.storms);
  }
}

}  // namespace load
