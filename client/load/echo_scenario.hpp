// The echo scenario: every client sends messages to an echo server (RFC 862) and compares what
// comes back with what it sent, byte for byte and in order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/load/delivery_proof.hpp"
#include "client/load/fleet.hpp"
#include "client/load/options.hpp"
#include "client/load/scenario.hpp"
#include "client/load/share.hpp"
#include "client/load/traffic.hpp"

namespace load {

// A message that comes back changed counts as corrupted, and as lost too, since it did not come
// back as itself; reading goes on with the next thing that looks like a message. No client has
// anything to do with another, so shares have nothing to tell each other.
class EchoScenario final : public Scenario, private Fleet::Owner {
 public:
  EchoScenario(core::Loop& loop, const Options& options, Share share, Traffic& traffic);

  core::Task<Arrivals> prepare(const Interruption& interruption) override;
  void start(std::int64_t now_ns) override;
  void stop() override { sending_ = false; }
  void write_off() override;
  void fill_windows() override;
  Presence presence() override;
  void conclude(Result& result) override;

  std::size_t senders() const override { return clients_.size(); }
  std::size_t senders_of_all() const override { return all_; }
  std::size_t number_of(std::size_t client) const override { return share_.number_of(client); }
  Sent send(std::size_t sender, std::int64_t intended_ns) override;

 private:
  struct Client {
    core::Outflow* out = nullptr;
    std::uint32_t sent = 0;
    std::uint32_t outstanding = 0;
    bool searching = false;  // for the next message, in what is none
    std::string unfinished;  // less than a message
  };

  void connected(std::size_t client, core::Outflow& out) override;
  void received(std::size_t client, std::string_view bytes) override;
  bool closed(std::size_t client) override;

  // Takes whole messages from the front of the bytes; returns how many bytes that was.
  std::size_t take(std::size_t client, std::string_view bytes);
  bool is_next(std::size_t client, std::string_view message) const;
  bool take_out_of_turn(std::size_t client, std::string_view message);
  bool has_padding(std::string_view message) const;
  void came_back(std::size_t client, std::uint32_t sequence, std::int64_t intended_ns);
  void fill_window(std::size_t client, std::int64_t intended_ns);
  std::int64_t intended_of(std::size_t client, std::uint32_t sequence) const;

  core::Loop& loop_;
  Share share_;
  std::size_t all_;  // clients, of all shares
  Traffic& traffic_;
  Fleet fleet_;
  std::vector<Client> clients_;
  DeliveryProof proof_;
  std::string text_;        // of the next message; but for the stamp it is always the same
  std::size_t window_;      // 0: open loop
  std::size_t remembered_;  // a power of two: of each client's latest messages...
  std::vector<std::int64_t> intended_;  // ...when they were to be sent
  bool sending_ = false;
};

}  // namespace load
