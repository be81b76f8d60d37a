// The connections of a load test: all established before anything is measured, each served by one
// task, their failures counted by cause. Later each can be dropped, established again, or left
// unread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/load/causes.hpp"
#include "client/load/options.hpp"
#include "client/load/scenario.hpp"
#include "client/load/share.hpp"
#include "core/address.hpp"
#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"
#include "core/task.hpp"
#include "core/tls_context.hpp"

namespace load {

// Thread: the loop's. Must outlive the loop's run, which ends the tasks, and not the loop.
class Fleet {
 public:
  static constexpr std::size_t kConnectingMost = 256;  // at a time, of all shares
  static constexpr std::size_t kFailuresMost = 256;    // no further attempts after so many
  static constexpr core::Duration kConnectLimit = std::chrono::seconds(10);
  static constexpr core::Duration kRetry = std::chrono::milliseconds(100);  // after an attempt

  // Whose connections they are.
  class Owner {
   public:
    // The outflow may be used until closed() or drop(), and not while the loop shuts down.
    virtual void connected(std::size_t client, core::Outflow& out) = 0;
    // Never empty; valid during the call.
    virtual void received(std::size_t client, std::string_view bytes) = 0;
    // By the other side. True: that was an attempt in vain, and is to be made again.
    virtual bool closed(std::size_t client) = 0;

   protected:
    ~Owner() = default;
  };

  // The share of so many clients. Client number i of all connects from source i modulo their
  // number; without sources, from wherever the kernel has it. With TLS, whoever the server is.
  Fleet(core::Loop& loop, const Options& options, Share share, Owner& owner)
      : loop_(loop),
        address_(options.address),
        sources_(options.sources),
        tls_(options.tls),
        share_(share),
        owner_(owner),
        tasks_(share.size(options.clients)) {}

  // Returns when every connection is established, or no further one can be.
  core::Task<Arrivals> connect_all(const Interruption& interruption);

  // Ends a client's connection without a word; the owner is not told. Nothing without one.
  void drop(std::size_t client);
  // Establishes it again, after those that were asked for before. Tries until it succeeds.
  void connect(std::size_t client);

  // From now on nothing more is read for these clients: what comes fills the kernel's buffers, and
  // the server feels it. Once; resume() ends it for all.
  void stall(const std::vector<std::uint32_t>& clients);
  void resume();

  // Connections that the other side ended, by cause.
  const Causes& closings() const { return closings_; }
  std::uint64_t closed() const { return closed_; }
  // Attempts to connect that failed, by cause; also those in vain.
  const Causes& failures() const { return causes_; }

 private:
  void launch();
  core::Task<void> serve(std::size_t client);
  core::Task<std::optional<core::Stream>> established(std::size_t client);
  core::Task<std::optional<core::Stream>> try_to_connect(std::size_t client);
  void failed(int error);
  std::size_t each_share(std::size_t of_all) const;

  core::Loop& loop_;
  core::Address address_;
  std::vector<core::Address> sources_;
  std::shared_ptr<const core::TlsContext> tls_;  // null: plain
  Share share_;
  Owner& owner_;
  std::vector<core::TaskHandle<>> tasks_;  // per client; empty before its first attempt
  std::deque<std::size_t> waiting_;        // to be connected
  std::size_t launched_ = 0;               // for the first time
  std::size_t connecting_ = 0;
  std::size_t failures_ = 0;
  bool established_ = false;  // all were, once
  std::uint64_t closed_ = 0;
  Causes causes_;
  Causes closings_;
  std::vector<bool> stalled_;  // per client, while some are
  core::Event resumed_;
};

}  // namespace load
