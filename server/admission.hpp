// Admission: which connections may come in, of all loops together: how many in all, and how many,
// how fast, from one address; and none from where the server has banned.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/time.hpp"
#include "server/ban_list.hpp"
#include "server/config.hpp"
#include "server/doubling_sweep.hpp"
#include "server/refusals.hpp"
#include "server/token_bucket.hpp"

namespace server {

// Thread: any. It must outlive the seats that were taken.
// Addresses are counted as customers (core::Network::of_customer). Those of limits.trusted are not,
// and may have the last limits.reserve seats, and are concerned by no ban.
// A gateway is no customer: until its connections are announced (server/reception.hpp) they have
// limits.unannounced seats, and it may have any number of its own after that.
// Memory: one entry for each customer that has a seat or took one within the last minute.
// The log says once when something begins to be refused (see Refusals), so that who comes and goes
// at a limit fills no log, and once when the server is full no more.
class Admission {
  struct Customer {
    std::uint32_t seats = 0;
    bool refused = false;  // since it last got a seat
    TokenBucket bucket;
  };
  struct Hash {
    std::size_t operator()(const core::HostBytes& bytes) const;
  };
  using Customers = std::unordered_map<core::HostBytes, Customer, Hash>;

 public:
  using Refusal = Cause;

  // One connection's place; free again when it is destroyed.
  class Seat {
   public:
    Seat() = default;  // none
    Seat(Seat&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), customer_(other.customer_) {}
    Seat& operator=(Seat&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(customer_, other.customer_);
      return *this;
    }
    ~Seat() {
      if (of_ != nullptr) of_->leave(customer_);
    }

    // Whether who has it is to be held to the limits of strangers.
    bool trusted() const { return customer_ == nullptr; }
    // Whether bans concern who has it: not who is trusted, and no gateway itself.
    bool can_be_banned() const { return customer_ != nullptr && customer_ != &of_->gateways_; }
    // Where the end of who has it is told; null where there is no seat.
    Refusals* refusals() const { return of_ == nullptr ? nullptr : &of_->refusals_; }

   private:
    friend class Admission;
    Seat(Admission& of, Customer* customer) : of_(&of), customer_(customer) {}

    Admission* of_ = nullptr;
    Customer* customer_ = nullptr;  // stays in place; null: trusted
  };

  // Since the start.
  struct Counts {
    std::uint64_t admitted = 0;
    std::uint64_t handshakes = 0;  // of TLS, that succeeded
    Refusals::Counts refused{};
  };

  Admission(const Config::Limits& limits, const BanList& bans) : bans_(bans), limits_(limits) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  std::variant<Seat, Refusal> admit(const core::Address& address, core::Time now);
  // For a gateway's connection until it is known whose it is.
  std::variant<Seat, Refusal> admit_unannounced(const core::Address& gateway, core::Time now);
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  // Holds for those who come from now on.
  void reconfigure(const Config::Limits& limits);
  void count_handshake() { handshakes_.fetch_add(1, std::memory_order_relaxed); }
  Counts counts() const;
  Refusals& refusals() { return refusals_; }
  // Those that are remembered.
  std::size_t customers();

 private:
  // With the lock.
  std::variant<Seat, Refusal> decide(const core::Address& address, core::Time now);
  std::optional<Refusal> check(Customer& customer, core::Time now) const;
  std::variant<Seat, Refusal> decide_unannounced(const core::Address& gateway, core::Time now);
  bool take_seat(bool trusted, const core::Address& address, core::Time now);
  Refusal refuse(Customer& customer, const core::Address& address, core::Time now, Refusal why);
  struct Limit {
    std::string_view key;
    std::size_t most;
  };
  Limit limit_of(Refusal why) const;
  void leave(Customer* customer);

  const BanList& bans_;
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<std::uint64_t> admitted_ = 0;
  std::atomic<std::uint64_t> handshakes_ = 0;
  Refusals refusals_;
  std::mutex mutex_;   // of what follows
  bool full_ = false;  // and the log has said so
  Config::Limits limits_;
  Customers customers_;
  Customer unannounced_;  // gateways' connections before their header
  Customer gateways_;     // gateways for themselves
  DoublingSweep sweep_{1024};
};

}  // namespace server
