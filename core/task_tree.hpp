// The tree of live tasks, for people: who spawned whom, what each waits for, through which awaits.
// asyncio's `pstree`, asked of the loop itself.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace core {

class Loop;

// One task as it stands now.
struct TaskInfo {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;  // the task that spawned it, which may be over; 0: none
  std::string name{};
  std::string connection{};  // the peer, where it serves one
  std::source_location spawned_at{};
  std::string
      operation{};  // "receive", "sleep"; "running" and "ready" for those that wait for none
  std::vector<std::source_location> awaits{};  // innermost first; empty unless it waits
  Duration age{};                              // since it was spawned
};

// Every live task of the loop, in the order they were spawned. Thread: the loop's. O(tasks).
std::vector<TaskInfo> live_tasks(const Loop& loop);

// The tree, a line for each task. Of more than kAlikeMost tasks that differ in nothing but age and
// connection the oldest is drawn, with the number of the others: ten thousand connections that wait
// for input are one line.
inline constexpr std::size_t kAlikeMost = 3;
std::vector<std::string> draw_tasks(const std::vector<TaskInfo>& tasks);

}  // namespace core
