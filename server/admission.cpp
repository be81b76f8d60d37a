// Counting seats and customers, and saying what is refused.
#include "server/admission.hpp"

#include <algorithm>
#include <string_view>

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

bool Admission::trusts(const core::Address& address) const {
  return core::any_contains(limits_.trusted, address);
}

std::variant<Admission::Seat, Admission::Refusal> Admission::admit(const core::Address& address,
                                                                   core::Time now) {
  const std::scoped_lock lock(mutex_);
  auto answer = decide(address, now);
  const auto* const why = std::get_if<Refusal>(&answer);
  auto& count = why == nullptr ? admitted_ : refused_[static_cast<std::size_t>(*why)];
  count.fetch_add(1, std::memory_order_relaxed);
  return answer;
}

Admission::Counts Admission::counts() const {
  Counts counts{.admitted = admitted_.load(std::memory_order_relaxed)};
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    counts.refused[i] = refused_[i].load(std::memory_order_relaxed);
  }
  return counts;
}

std::variant<Admission::Seat, Admission::Refusal> Admission::decide(const core::Address& address,
                                                                    core::Time now) {
  if (trusts(address)) {
    if (!take_seat(true)) return Refusal::kFull;
    return Seat(*this, nullptr);
  }
  if (bans_.find(address)) return Refusal::kBanned;
  forget_idle(now);
  Customers::value_type& entry =
      *customers_.try_emplace(core::Network::of_customer(address).bytes()).first;
  Customer& customer = entry.second;
  if (const auto why = check(customer, now)) return refuse(entry, address, *why);
  if (!take_seat(false)) return Refusal::kFull;
  customer.bucket.charge(connect_rate(limits_), now, 1);
  customer.refused = false;
  ++customer.seats;
  return Seat(*this, &entry);
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

Admission::Refusal Admission::refuse(Customers::value_type& entry, const core::Address& address,
                                     Refusal why) {
  if (!std::exchange(entry.second.refused, true)) {
    const bool many = why == Refusal::kTooManyOfAddress;
    spdlog::warn("refusing connections of address={} at limits.{}={}",
                 core::Network::of_customer(address).to_string(),
                 many ? "connections_per_address" : "connects_per_minute",
                 many ? limits_.connections_per_address : limits_.connects_per_minute);
  }
  return why;
}

bool Admission::take_seat(bool trusted) {
  const std::size_t reserve = std::min(limits_.reserve, limits_.connections / 2);
  const std::size_t most = limits_.connections - (trusted ? 0 : reserve);
  std::size_t taken = this->taken();
  do {
    if (taken >= most) {
      if (!full_.exchange(true)) {
        spdlog::warn("refusing connections at limits.connections={}", limits_.connections);
      }
      return false;
    }
  } while (!taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
  if (full_.load(std::memory_order_relaxed) && taken < most - most / 10 && full_.exchange(false)) {
    spdlog::warn("accepting again at limits.connections={}", limits_.connections);
  }
  return true;
}

void Admission::leave(Customers::value_type* customer) {
  taken_.fetch_sub(1, std::memory_order_relaxed);
  if (customer == nullptr) return;
  const std::scoped_lock lock(mutex_);
  --customer->second.seats;
}

// Each time the entries have doubled, so that it costs next to nothing for each that comes.
void Admission::forget_idle(core::Time now) {
  if (customers_.size() < forget_above_) return;
  std::erase_if(customers_, [now](const Customers::value_type& entry) {
    return entry.second.seats == 0 && entry.second.bucket.full(now);
  });
  constexpr std::size_t kLeast = 1024;
  forget_above_ = std::max(kLeast, 2 * customers_.size());
}

}  // namespace server
