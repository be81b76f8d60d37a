// Counting seats and customers, and saying what is refused.
#include "server/admission.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace server {

namespace {

Rate connect_rate(const Config::Limits& limits) {
  const std::size_t most = limits.connects_per_minute;
  if (most == 0) return {core::Duration::zero(), 1};
  return {core::Duration(std::chrono::minutes(1)) / most, most};
}

}  // namespace

std::size_t Admission::Hash::operator()(const core::HostBytes& bytes) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::variant<Admission::Seat, Admission::Refusal> Admission::admit(const core::Address& address,
                                                                   core::Time now) {
  const std::scoped_lock lock(mutex_);
  auto answer = decide(address, now);
  if (const auto* const why = std::get_if<Refusal>(&answer)) {
    refusals_.count(*why);
  } else {
    admitted_.fetch_add(1, std::memory_order_relaxed);
  }
  return answer;
}

std::variant<Admission::Seat, Admission::Refusal> Admission::admit_unannounced(
    const core::Address& gateway, core::Time now) {
  const std::scoped_lock lock(mutex_);
  auto answer = decide_unannounced(gateway, now);
  if (const auto* const why = std::get_if<Refusal>(&answer)) refusals_.count(*why);
  return answer;
}

Admission::Counts Admission::counts() const {
  return {.admitted = admitted_.load(std::memory_order_relaxed),
          .handshakes = handshakes_.load(std::memory_order_relaxed),
          .refused = refusals_.counts()};
}

std::variant<Admission::Seat, Admission::Refusal> Admission::decide(const core::Address& address,
                                                                    core::Time now) {
  if (core::any_contains(limits_.trusted, address)) {
    if (!take_seat(true, address, now)) return Refusal::kFull;
    return Seat(*this, nullptr);
  }
  if (core::any_contains(limits_.gateways, address)) {
    if (!take_seat(false, address, now)) return Refusal::kFull;
    ++gateways_.seats;
    return Seat(*this, &gateways_);
  }
  if (bans_.find(address)) {
    refusals_.say(Refusal::kBanned, address.to_string(), "by an operator", now);
    return Refusal::kBanned;
  }
  sweep_.run(customers_, now, [now](const Customers::value_type& entry) {
    return entry.second.seats == 0 && entry.second.bucket.full(now);
  });
  Customer& customer = customers_[core::Network::of_customer(address).bytes()];
  if (const auto why = check(customer, now)) return refuse(customer, address, now, *why);
  if (!take_seat(false, address, now)) return Refusal::kFull;
  customer.bucket.charge(connect_rate(limits_), now, 1);
  customer.refused = false;
  ++customer.seats;
  return Seat(*this, &customer);
}

std::variant<Admission::Seat, Admission::Refusal> Admission::decide_unannounced(
    const core::Address& gateway, core::Time now) {
  if (unannounced_.seats >= limits_.unannounced) {
    return refuse(unannounced_, gateway, now, Refusal::kUnannounced);
  }
  if (!take_seat(false, gateway, now)) return Refusal::kFull;
  unannounced_.refused = false;
  ++unannounced_.seats;
  return Seat(*this, &unannounced_);
}

std::optional<Admission::Refusal> Admission::check(Customer& customer, core::Time now) const {
  const std::size_t most = limits_.connections_per_address;
  if (most != 0 && customer.seats >= most) return Refusal::kTooManyOfAddress;
  TokenBucket bucket = customer.bucket;
  if (!bucket.take(connect_rate(limits_), now)) return Refusal::kTooOftenOfAddress;
  return std::nullopt;
}

void Admission::reconfigure(const Config::Limits& limits) {
  const std::scoped_lock lock(mutex_);
  limits_ = limits;
}

std::size_t Admission::customers() {
  const std::scoped_lock lock(mutex_);
  return customers_.size();
}

Admission::Refusal Admission::refuse(Customer& customer, const core::Address& address,
                                     core::Time now, Refusal why) {
  if (!std::exchange(customer.refused, true)) {
    const auto [key, most] = limit_of(why);
    refusals_.say(why, core::Network::of_customer(address).to_string(),
                  fmt::format("at limits.{}={}", key, most), now);
  }
  return why;
}

Admission::Limit Admission::limit_of(Refusal why) const {
  if (why == Refusal::kUnannounced) return {"unannounced", limits_.unannounced};
  if (why == Refusal::kTooManyOfAddress) {
    return {"connections_per_address", limits_.connections_per_address};
  }
  return {"connects_per_minute", limits_.connects_per_minute};
}

bool Admission::take_seat(bool trusted, const core::Address& address, core::Time now) {
  const std::size_t reserve = std::min(limits_.reserve, limits_.connections / 2);
  const std::size_t most = limits_.connections - (trusted ? 0 : reserve);
  std::size_t taken = this->taken();
  do {
    if (taken >= most) {
      if (!full_) {
        full_ = refusals_.say(Refusal::kFull, core::Network::of_customer(address).to_string(),
                              fmt::format("at limits.connections={}", limits_.connections), now);
      }
      return false;
    }
  } while (!taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
  if (full_ && taken < most - most / 10) {
    full_ = false;
    spdlog::warn("accepting again at limits.connections={}", limits_.connections);
  }
  return true;
}

void Admission::leave(Customer* customer) {
  taken_.fetch_sub(1, std::memory_order_relaxed);
  if (customer == nullptr) return;
  const std::scoped_lock lock(mutex_);
  --customer->seats;
}

}  // namespace server
