// A quota: how many of something there may be (rooms; bans, mutes and invitations in all rooms
// together), and how many of them people of one address may have taken, so that no few take all.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "core/address.hpp"
#include "core/network.hpp"

namespace server {

// Thread: under the directory's lock. It must outlive its shares.
// Memory: one entry for each customer (core::Network::of_customer) that has a share.
class Quota {
  using Customers = std::map<core::HostBytes, std::size_t>;

 public:
  struct Limits {
    std::size_t all;
    std::size_t of_address;                     // of each; zero: no limit
    const std::vector<core::Network>& trusted;  // counted among all only
  };

  // The right to one; given back when it is destroyed.
  class Share {
   public:
    Share() = default;  // none
    Share(Share&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), customer_(other.customer_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(customer_, other.customer_);
      return *this;
    }
    ~Share() {
      if (of_ != nullptr) of_->give_back(customer_);
    }

    explicit operator bool() const { return of_ != nullptr; }

   private:
    friend class Quota;
    Share(Quota& of, Customers::iterator customer) : of_(&of), customer_(customer) {}

    Quota* of_ = nullptr;
    Customers::iterator customer_{};  // the end: trusted
  };

  Quota() = default;
  Quota(const Quota&) = delete;
  Quota& operator=(const Quota&) = delete;

  // For somebody who connects from there; none: a limit is reached.
  Share take(const core::Address& by, const Limits& limits);
  // Whatever the limits say; counted among all.
  Share take_beyond();
  // Whether it is that of all together, and not that of an address.
  bool is_full(const Limits& limits) const { return taken_ >= limits.all; }
  std::size_t taken() const { return taken_; }

 private:
  void give_back(Customers::iterator customer);

  Customers customers_;
  std::size_t taken_ = 0;
};

}  // namespace server
