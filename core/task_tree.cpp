// Reading the loop's list of tasks, and drawing it.
#include "core/task_tree.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "core/loop.hpp"
#include "core/task.hpp"

namespace core {

std::vector<TaskInfo> live_tasks(const Loop& loop) {
  std::vector<TaskInfo> all;
  all.reserve(loop.task_count());
  for (const TaskContext* task = loop.newest_task(); task != nullptr; task = task->older()) {
    all.push_back(task->info());
  }
  std::reverse(all.begin(), all.end());
  return all;
}

TaskInfo TaskContext::info() const {
  TaskInfo info{.id = id_,
                .parent = parent_,
                .name = std::string(name()),
                .connection = subject_ == nullptr ? "" : subject_->describe_connection(),
                .spawned_at = spawned_at_,
                .operation = running.task == this ? "running" : "ready",
                .awaits = {},
                .age = loop_.now().time_since_epoch() - spawned_};
  if (waiter_ == nullptr) return info;
  info.operation = waiter_->operation();
  for (const PromiseBase* at = waiter_->coroutine_; at != nullptr; at = at->caller) {
    info.awaits.push_back(at->waiting_at);
  }
  return info;
}

namespace {

using Children = std::unordered_map<std::uint64_t, std::vector<const TaskInfo*>>;

std::string describe(Duration age) {
  using namespace std::chrono;
  const auto seconds = duration_cast<std::chrono::seconds>(age).count();
  if (seconds < 10) return fmt::format("{:.1f} s", duration<double>(age).count());
  if (seconds < 600) return fmt::format("{} s", seconds);
  if (seconds < 36'000) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

std::string describe(const TaskInfo& task, std::size_t others) {
  std::string line = task.name;
  if (others > 0) {
    line += fmt::format(" and {} like it", others);
  } else if (!task.connection.empty()) {
    line += fmt::format(" {}", task.connection);
  }
  line += fmt::format(": {}", task.operation);
  const char* separator = " at ";
  for (const std::source_location& place : task.awaits) {
    line += separator + core::describe(place);
    separator = ", awaited at ";
  }
  return line + fmt::format(", spawned at {} {}{} ago", core::describe(task.spawned_at),
                            others > 0 ? "up to " : "", describe(task.age));
}

class Drawing {
 public:
  explicit Drawing(const std::vector<TaskInfo>& tasks) {
    std::unordered_map<std::uint64_t, const TaskInfo*> by_id;
    for (const TaskInfo& task : tasks) by_id.emplace(task.id, &task);
    for (const TaskInfo& task : tasks) {
      children_[by_id.contains(task.parent) ? task.parent : 0].push_back(&task);
    }
  }

  std::vector<std::string> lines() {
    draw_children(0, "");
    return std::move(lines_);
  }

 private:
  // What makes leaves alike: all that a line says but age and connection.
  using Place = std::tuple<std::string_view, unsigned, unsigned>;
  using Likeness = std::tuple<std::string_view, std::string_view, Place, std::vector<Place>>;

  static Place place_of(const std::source_location& location) {
    return {location.file_name(), location.line(), location.column()};
  }
  Likeness likeness(const TaskInfo& task) const {
    std::vector<Place> awaits;
    for (const std::source_location& place : task.awaits) awaits.push_back(place_of(place));
    return {task.name, task.operation, place_of(task.spawned_at), std::move(awaits)};
  }
  bool is_leaf(const TaskInfo& task) const { return !children_.contains(task.id); }

  void draw_children(std::uint64_t parent, const std::string& indent) {
    const auto found = children_.find(parent);
    if (found == children_.end()) return;
    const std::vector<const TaskInfo*>& siblings = found->second;
    std::map<Likeness, std::size_t> alike;
    for (const TaskInfo* task : siblings) {
      if (is_leaf(*task)) ++alike[likeness(*task)];
    }
    for (const TaskInfo* task : siblings) {
      std::size_t others = 0;
      if (is_leaf(*task)) {
        std::size_t& count = alike[likeness(*task)];
        if (count == 0) continue;  // drawn with the oldest of its kind
        if (count > kAlikeMost) others = std::exchange(count, 0) - 1;
      }
      lines_.push_back(indent + describe(*task, others));
      draw_children(task->id, indent + "  ");
    }
  }

  Children children_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> draw_tasks(const std::vector<TaskInfo>& tasks) {
  return Drawing(tasks).lines();
}

}  // namespace core
