// Drawing the odds: each thing is impossible in half of all runs, and rare or common in the others.
#include "tests/sim/odds.hpp"

namespace sim {

namespace {

double drawn_probability(Choose& choose, double most) {
  if (choose.chance(0.5)) return 0;
  return most * static_cast<double>(choose.between(1, 100)) / 100;
}

}  // namespace

Odds Odds::drawn(Choose& choose) {
  const auto draw = [&](double most) { return drawn_probability(choose, most); };
  Odds odds;
  odds.postponed = draw(0.9);
  odds.early_return = draw(0.3);
  odds.flushed = draw(0.5);
  odds.short_send = draw(0.5);
  odds.short_receive = draw(0.7);
  odds.last_of_many = draw(0.5);
  odds.no_buffer = draw(0.2);
  odds.buffer_at_end = draw(0.5);
  odds.spurious_poll = draw(0.1);
  odds.cancel_late = draw(0.8);
  odds.beaten_cancel = draw(0.8);
  odds.dropped = draw(0.8);
  odds.accept_fails = draw(0.1);
  odds.receive_fails = draw(0.002);
  odds.send_fails = draw(0.002);
  odds.poll_fails = draw(0.1);
  odds.buffers = choose.magnitude(1, 256);
  odds.buffer_bytes = choose.magnitude(1, 4096);
  odds.drift = std::chrono::nanoseconds(choose.magnitude(1, 100'000));
  odds.reaction = std::chrono::nanoseconds(choose.magnitude(1, 1'000'000));
  return odds;
}

}  // namespace sim
