// Seats: the connections that may be served at a time, of all loops together (limits.connections).
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace server {

// Thread: any. Must outlive the seats that were taken.
class Seats {
 public:
  // One connection's place; free again when it is destroyed.
  class Seat {
   public:
    Seat() = default;  // none
    Seat(Seat&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Seat& operator=(Seat&& other) noexcept {
      std::swap(of_, other.of_);
      return *this;
    }
    ~Seat() {
      if (of_ != nullptr) of_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class Seats;
    explicit Seat(Seats& of) : of_(&of) {}

    Seats* of_ = nullptr;
  };

  explicit Seats(std::size_t most) : most_(most) {}
  Seats(const Seats&) = delete;
  Seats& operator=(const Seats&) = delete;

  // Nothing: all are taken. The log says once that it is so, and once that a tenth is free again,
  // so that who comes and goes at the limit fills no log.
  std::optional<Seat> take();
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<bool> full_ = false;
};

}  // namespace server
