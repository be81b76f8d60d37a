// Timers in user space: a heap by deadline. Linked kernel timeouts are costly and can lose bytes.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <vector>

#include "core/assert.hpp"
#include "core/time.hpp"

namespace core {

class TimerQueue;

// Something that happens at a time. Stays in place while it is armed; asserts that in the end it
// is not.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return index_ != kUnarmed; }

 protected:
  ~Timer() { HUBBUB_ASSERT(!armed()); }

 private:
  friend class TimerQueue;

  // On the loop's thread, after completions and before coroutines. No longer armed.
  virtual void fire() = 0;

  static constexpr std::uint32_t kUnarmed = UINT32_MAX;
  std::uint32_t index_ = kUnarmed;
};

// A four-ary heap that knows each timer's place, so that a cancelled timer is gone at once and a
// million timeouts that never happen leave nothing behind. Equal deadlines fire in the order they
// were armed. Insert and remove cost O(log n). Thread: the loop's.
class TimerQueue {
 public:
  void arm(Timer& timer, Time deadline);
  // Does nothing to a timer that is not armed.
  void disarm(Timer& timer);

  // kNever when there is none.
  Time next_deadline() const { return heap_.empty() ? kNever : heap_.front().deadline; }
  std::size_t size() const { return heap_.size(); }

  // Fires what is due by `now` and was armed before this call. What is armed meanwhile becomes due
  // right after `now` at the earliest, so that it neither fires now nor stands before what does.
  // What one throws is given to `failed`, which must not throw, and the others fire all the same.
  void fire_due(Time now, const std::function<void(std::exception_ptr)>& failed);

 private:
  struct Entry {
    Time deadline;
    std::uint64_t sequence;
    Timer* timer;

    bool before(const Entry& other) const {
      return deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence;
    }
  };

  void place(std::uint32_t index, const Entry& entry);
  void sift_up(std::uint32_t index, Entry entry);
  void sift_down(std::uint32_t index, Entry entry);

  std::vector<Entry> heap_;
  std::uint64_t next_sequence_ = 0;
  Time earliest_ = Time::min();  // no deadline lies before it
};

}  // namespace core
