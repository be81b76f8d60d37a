// Lock: one task at a time, across its waits. asyncio's Lock.
#pragma once

#include "core/semaphore.hpp"

namespace core {

// `auto guard = co_await lock.acquire();` holds the lock until the guard goes. A semaphore of one,
// with all that is said of it: a released lock belongs to the first in line before that one runs,
// so locked() stays true (asyncio's says false in between, and lets nobody in either).
// Not recursive: a task that acquires it twice waits for itself.
// Thread: the loop's, for tasks of one loop. Outlives its guards (asserted).
class Lock : private Semaphore {
 public:
  using Guard = Permit;

  Lock() : Semaphore(1, "lock") {}

  bool locked() const { return available() == 0; }
  bool is_held_by(const Guard& guard) const { return guard.is_of(*this); }

  using Semaphore::acquire;
  using Semaphore::try_acquire;

 private:
  friend class Condition;
};

}  // namespace core
