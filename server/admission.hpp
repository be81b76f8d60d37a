// Admission: which connections may come in, of all loops together: how many in all, and how many,
// how fast, from one address; and none from where the server has banned.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/time.hpp"
#include "server/ban_list.hpp"
#include "server/config.hpp"
#include "server/token_bucket.hpp"

namespace server {

// Thread: any. It must outlive the seats that were taken.
// Addresses are counted as customers (core::Network::of_customer). Those of limits.trusted are not,
// may have the last limits.reserve seats, and are concerned by no ban.
// Memory: one entry for each customer that has a seat or took one within the last minute.
// The log says once when something begins to be refused, and once when it is over, so that who
// comes and goes at a limit fills no log.
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

   private:
    friend class Admission;
    Seat(Admission& of, Customers::value_type* customer) : of_(&of), customer_(customer) {}

    Admission* of_ = nullptr;
    Customers::value_type* customer_ = nullptr;  // stays in place
  };

  enum class Refusal : std::uint8_t {
    kFull,               // limits.connections
    kTooManyOfAddress,   // limits.connections_per_address
    kTooOftenOfAddress,  // limits.connects_per_minute
    kBanned,             // by an operator
  };
  static constexpr std::size_t kRefusals = 4;

  // Since the start; `refused` in the order of Refusal.
  struct Counts {
    std::uint64_t admitted = 0;
    std::array<std::uint64_t, kRefusals> refused{};
  };

  Admission(const Config::Limits& limits, const BanList& bans) : bans_(bans), limits_(limits) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  std::variant<Seat, Refusal> admit(const core::Address& address, core::Time now);
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  // Holds for those who come from now on.
  void reconfigure(const Config::Limits& limits);
  Counts counts() const;
  // Those that are remembered.
  std::size_t customers();

 private:
  // With the lock.
  bool trusts(const core::Address& address) const;
  std::variant<Seat, Refusal> decide(const core::Address& address, core::Time now);
  std::optional<Refusal> check(Customer& customer, core::Time now) const;
  bool take_seat(bool trusted);
  Refusal refuse(Customers::value_type& customer, const core::Address& address, Refusal why);
  void leave(Customers::value_type* customer);
  void forget_idle(core::Time now);

  const BanList& bans_;
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<bool> full_ = false;
  std::atomic<std::uint64_t> admitted_ = 0;
  std::array<std::atomic<std::uint64_t>, kRefusals> refused_{};
  std::mutex mutex_;  // of what follows
  Config::Limits limits_;
  Customers customers_;
  std::size_t forget_above_ = 1024;
};

}  // namespace server
