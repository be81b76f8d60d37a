// Counting shares.
#include "server/quota.hpp"

namespace server {

Quota::Share Quota::take(const core::Address& by, const Limits& limits) {
  if (is_full(limits)) return {};
  auto customer = customers_.end();
  if (by.size() > 0 && !core::any_contains(limits.trusted, by)) {
    customer = customers_.try_emplace(core::Network::of_customer(by).bytes(), 0).first;
    if (limits.of_address != 0 && customer->second >= limits.of_address) return {};
    ++customer->second;
  }
  ++taken_;
  return {*this, customer};
}

Quota::Share Quota::take_beyond() {
  ++taken_;
  return {*this, customers_.end()};
}

void Quota::give_back(Customers::iterator customer) {
  --taken_;
  if (customer != customers_.end() && --customer->second == 0) customers_.erase(customer);
}

}  // namespace server
