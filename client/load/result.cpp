// Putting together what the threads of a run found out, as if there had been one.
#include "client/load/result.hpp"

#include <algorithm>

namespace load {

Result::Stalled& Result::Stalled::operator+=(const Stalled& other) {
  readers += other.readers;
  closed += other.closed;
  deliveries += other.deliveries;
  announced += other.announced;
  unannounced += other.unannounced;
  return *this;
}

namespace {

// Each storm is one on all shares; one that was interrupted just then may not have come on some.
void add(std::vector<Result::Storm>& storms, const std::vector<Result::Storm>& more) {
  if (storms.size() < more.size()) storms.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) {
    storms[i].at_ns = more[i].at_ns;
    storms[i].due_ns = more[i].due_ns;
    storms[i].dropped += more[i].dropped;
    storms[i].spared += more[i].spared;
    storms[i].returned += more[i].returned;
    storms[i].back_ns = std::max(storms[i].back_ns, more[i].back_ns);
  }
}

}  // namespace

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
  add(storms, other.storms);
  if (other.stalled) {
    if (!stalled) stalled = Stalled{};
    *stalled += *other.stalled;
  }
  if (first_refusal.empty()) first_refusal = other.first_refusal;
  lateness += other.lateness;
  blocked += other.blocked;
  absent += other.absent;
  overdue += other.overdue;
  threads.insert(threads.end(), other.threads.begin(), other.threads.end());
  return *this;
}

}  // namespace load
