// Adding up shares, and the sentences for those who cannot begin.
#include "client/load/scenario.hpp"

#include <fmt/format.h>

#include "client/load/format.hpp"
#include "core/units.hpp"

namespace load {

Arrivals& Arrivals::operator+=(const Arrivals& other) {
  clients += other.clients;
  tried += other.tried;
  failed += other.failed;
  add(causes, other.causes);
  confirmed += other.confirmed;
  late = late || other.late;
  closed += other.closed;
  add(closings, other.closings);
  if (first_refusal.empty()) first_refusal = other.first_refusal;
  if (interrupted.empty()) interrupted = other.interrupted;
  return *this;
}

void Arrivals::check(const std::string& address) const {
  if (!interrupted.empty()) return;
  if (failed > 0) {
    std::string sentence =
        fmt::format("{} of {} connections to {} were established: {}", grouped(tried - failed),
                    grouped(clients), address, describe(causes));
    if (tried < clients) sentence += fmt::format(", {} not tried", grouped(clients - tried));
    throw CannotRun(sentence);
  }
  if (confirmed >= clients) return;
  std::string sentence =
      fmt::format("{} of {} members were confirmed", grouped(confirmed), grouped(clients));
  if (late) {
    sentence += fmt::format(", and no further one for {}", core::format_duration(kConfirmLimit));
  }
  if (closed > 0) sentence += "; connections ended: " + describe(closings);
  if (!first_refusal.empty()) sentence += "; the server said: " + first_refusal;
  throw CannotRun(sentence);
}

Presence& Presence::operator+=(const Presence& other) {
  present += other.present;
  speaking += other.speaking;
  returning += other.returning;
  catching_up = catching_up || other.catching_up;
  return *this;
}

}  // namespace load
