// What goes on in a run besides talking: people who come and go, and all of them at once.
#pragma once

#include "client/load/options.hpp"
#include "client/load/room_scenario.hpp"
#include "core/task.hpp"

namespace load {

// Thread: the loop's. Ends at once in the scenarios that have none. Counts time from `start`, which
// is the same for all shares. Churn renews one client after another, so many in a second, passing
// over those that are still on their way; the shares take turns. A storm drops every client that
// is there at the same time; storms are spread evenly over the measured window.
core::Task<void> disturb(RoomScenario& scenario, const Options& options, core::Time start);

}  // namespace load
