// Counting seats, and saying when there are none.
#include "server/seats.hpp"

#include <spdlog/spdlog.h>

namespace server {

std::optional<Seats::Seat> Seats::take() {
  std::size_t taken = this->taken();
  do {
    if (taken >= most_) {
      if (!full_.exchange(true))
        spdlog::warn("refusing connections at limits.connections={}", most_);
      return std::nullopt;
    }
  } while (!taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
  if (full_.load(std::memory_order_relaxed) && taken < most_ - most_ / 10 &&
      full_.exchange(false)) {
    spdlog::warn("accepting again at limits.connections={}", most_);
  }
  return Seat(*this);
}

}  // namespace server
