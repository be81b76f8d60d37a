// The connections of a load test: all established before anything is measured, each served by one
// task, their failures counted by cause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/load/causes.hpp"
#include "client/load/scenario.hpp"
#include "core/address.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"
#include "core/task.hpp"

namespace load {

// Thread: the loop's. Must outlive the loop's run, which ends the tasks.
class Fleet {
 public:
  static constexpr std::size_t kConnectingMost = 256;  // at a time
  static constexpr std::size_t kFailuresMost = 256;    // no further attempts after so many
  static constexpr core::Duration kConnectLimit = std::chrono::seconds(10);

  // Whose connections they are.
  class Owner {
   public:
    // The outflow may be used until closed(), and not while the loop shuts down.
    virtual void connected(std::size_t client, core::Outflow& out) = 0;
    // Never empty; valid during the call.
    virtual void received(std::size_t client, std::string_view bytes) = 0;
    // By the other side.
    virtual void closed(std::size_t client) = 0;

   protected:
    ~Owner() = default;
  };

  Fleet(core::Loop& loop, const core::Address& address, std::size_t clients, Owner& owner)
      : loop_(loop), address_(address), owner_(owner), clients_(clients) {}

  // Throws CannotRun unless every connection is established; it says how many are, and why not all.
  core::Task<void> connect_all(const Interruption& interruption);

  // Connections that ended, by cause.
  const Causes& closings() const { return closings_; }
  std::uint64_t closed() const { return closed_; }

 private:
  void launch();
  core::Task<void> serve(std::size_t client);
  core::Task<std::optional<core::Stream>> connect();
  void failed(int error);
  [[noreturn]] void refuse() const;

  core::Loop& loop_;
  core::Address address_;
  Owner& owner_;
  std::size_t clients_;
  std::size_t launched_ = 0;
  std::size_t connecting_ = 0;
  std::size_t failures_ = 0;
  std::uint64_t closed_ = 0;
  Causes causes_;  // of connections that were not established
  Causes closings_;
};

}  // namespace load
