// The heap behind timers. Entries carry the deadline, so that comparing touches no timer.
#include "core/timer_queue.hpp"

#include <algorithm>

namespace core {

namespace {
constexpr std::uint32_t kArity = 4;
}

void TimerQueue::place(std::uint32_t index, const Entry& entry) {
  heap_[index] = entry;
  entry.timer->index_ = index;
}

void TimerQueue::sift_up(std::uint32_t index, Entry entry) {
  while (index > 0) {
    const std::uint32_t parent = (index - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
}

void TimerQueue::sift_down(std::uint32_t index, Entry entry) {
  const auto count = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    const std::uint32_t first = index * kArity + 1;
    if (first >= count) break;
    std::uint32_t least = first;
    for (std::uint32_t child = first + 1; child < std::min(first + kArity, count); ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    place(index, heap_[least]);
    index = least;
  }
  place(index, entry);
}

void TimerQueue::arm(Timer& timer, Time deadline) {
  HUBBUB_ASSERT(!timer.armed());
  const Entry entry{std::max(deadline, earliest_), next_sequence_++, &timer};
  heap_.push_back(entry);
  sift_up(static_cast<std::uint32_t>(heap_.size() - 1), entry);
}

void TimerQueue::disarm(Timer& timer) {
  if (!timer.armed()) return;
  const std::uint32_t index = timer.index_;
  timer.index_ = Timer::kUnarmed;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (last.timer == &timer) return;
  if (index > 0 && last.before(heap_[(index - 1) / kArity])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

void TimerQueue::fire_due(Time now, const std::function<void(std::exception_ptr)>& failed) {
  earliest_ = now + Duration(1);
  while (next_deadline() <= now) {
    Timer& timer = *heap_.front().timer;
    disarm(timer);
    try {
      timer.fire();
    } catch (...) {
      failed(std::current_exception());
    }
  }
  earliest_ = Time::min();
}

}  // namespace core
