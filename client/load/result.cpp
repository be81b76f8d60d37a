// Putting together what the threads of a run found out, as if there had been one.
#include "client/load/result.hpp"

namespace load {

Result::Stalled& Result::Stalled::operator+=(const Stalled& other) {
  readers += other.readers;
  closed += other.closed;
  deliveries += other.deliveries;
  announced += other.announced;
  return *this;
}

Result& Result::operator+=(const Result& other) {
  dialect = other.dialect;
  rooms = other.rooms;
  memberships += other.memberships;
  window += other.window;
  latency += other.latency;
  spread += other.spread;
  returning += other.returning;
  total += other.total;
  proof += other.proof;
  closed += other.closed;
  add(closings, other.closings);
  add(connect_failures, other.connect_failures);
  away += other.away;
  if (other.stalled) {
    if (!stalled) stalled = Stalled{};
    *stalled += *other.stalled;
  }
  if (first_refusal.empty()) first_refusal = other.first_refusal;
  lateness += other.lateness;
  blocked += other.blocked;
  overdue += other.overdue;
  threads.insert(threads.end(), other.threads.begin(), other.threads.end());
  return *this;
}

}  // namespace load
