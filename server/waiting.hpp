// The small waits that several parts of the server need.
#pragma once

#include "core/event.hpp"
#include "core/task.hpp"
#include "core/task_handle.hpp"

namespace server {

// Asks a task to end and waits until it has. What it throws, other than Cancelled, is thrown here.
inline core::Task<void> stop(core::TaskHandle<void> task) {
  task.cancel();
  try {
    co_await task;
  } catch (const core::Cancelled&) {
    // As asked.
  }
}

// An event as a task, for what takes tasks only, such as timeout(). The event must outlive it.
inline core::Task<void> wait_for(core::Event& event) {
  co_await event.wait();
}

}  // namespace server
