// The broadcast scenario: many members of one room, some of whom publish; every message must reach
// every other member (and its sender, where the dialect has it so).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/load/delivery_proof.hpp"
#include "client/load/dialect.hpp"
#include "client/load/fleet.hpp"
#include "client/load/frame_reader.hpp"
#include "client/load/in_flight.hpp"
#include "client/load/options.hpp"
#include "client/load/payload.hpp"
#include "client/load/proof_summary.hpp"
#include "client/load/scenario.hpp"
#include "client/load/traffic.hpp"

namespace load {

// The first clients are the publishers. In a closed loop a message is done when everybody has it
// who is to get it; a member that provably missed it (it got a later one, or is gone) is not waited
// for. Of a member whose connection ends, what was sent until then is expected, later messages are
// not.
class BroadcastScenario final : public Scenario, private Fleet::Owner {
 public:
  BroadcastScenario(core::Loop& loop, const Options& options, std::unique_ptr<Dialect> dialect,
                    Traffic& traffic);

  core::Task<void> prepare(const Interruption& interruption) override;
  void start(std::int64_t now_ns) override;
  void stop() override { sending_ = false; }
  void fill_windows() override;
  bool alive() const override { return publishing_ > 0 && present_ > 1; }
  void conclude(Result& result) const override;

  std::size_t senders() const override { return publishers_.size(); }
  Sent send(std::size_t sender, std::int64_t intended_ns) override;

 private:
  struct Member {
    core::Outflow* out = nullptr;
    FrameReader frames;
    bool confirmed = false;
  };
  struct Publisher {
    std::uint32_t sent = 0;
    std::uint32_t outstanding = 0;
  };

  [[noreturn]] void refuse(bool late) const;
  void connected(std::size_t member, core::Outflow& out) override;
  void received(std::size_t member, std::string_view bytes) override;
  void closed(std::size_t member) override;

  void take_frame(std::size_t member, const Frame& frame);
  void take_message(std::size_t member, const Frame& frame);
  void take_notice(std::size_t member, std::string_view text);
  void deliver(std::size_t member, const Stamp& stamp);
  void missed(std::size_t sender, std::uint32_t begin, std::uint32_t end);
  void done(std::size_t sender);
  void fill_window(std::size_t sender);
  bool gets_messages_of(std::size_t member, std::size_t sender) const {
    return member != sender || hears_itself_;
  }
  std::size_t pair(std::size_t member, std::size_t sender) const {
    return member * publishers_.size() + sender;
  }

  core::Loop& loop_;
  Traffic& traffic_;
  std::unique_ptr<Dialect> dialect_;
  Fleet fleet_;
  std::vector<Member> members_;
  std::vector<Publisher> publishers_;
  std::size_t present_ = 0;     // members with a connection
  std::size_t publishing_ = 0;  // publishers of those
  DeliveryProof proof_;
  std::size_t followed_;  // messages of each publisher that are followed
  InFlight in_flight_;

  StampReader stamps_;
  std::size_t size_;     // of a text
  std::string request_;  // to publish the next message; but for the stamp it is always the same
  std::size_t text_at_;  // where its text begins
  std::string room_;
  bool hears_itself_;
  std::size_t window_;       // 0: open loop
  std::int64_t now_ns_ = 0;  // when what is being taken was received
  std::int64_t started_ns_ = Traffic::kNotYet;
  std::string first_refusal_;
  ProofSummary gone_;  // the proof for members that are gone
  bool sending_ = false;
};

}  // namespace load
