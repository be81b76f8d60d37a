// Members of rooms, some of whom speak: every message must reach every other member of its room
// (and its sender, where the dialect has it so). All scenarios but echo are this one, with other
// rooms or with something that disturbs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "client/load/delivery_proof.hpp"
#include "client/load/dialect.hpp"
#include "client/load/exchange.hpp"
#include "client/load/fleet.hpp"
#include "client/load/in_flight.hpp"
#include "client/load/message_sizes.hpp"
#include "client/load/options.hpp"
#include "client/load/payload.hpp"
#include "client/load/proof_summary.hpp"
#include "client/load/result.hpp"
#include "client/load/room_parts.hpp"
#include "client/load/scenario.hpp"
#include "client/load/share.hpp"
#include "client/load/topology.hpp"
#include "client/load/traffic.hpp"
#include "client/load/transcript.hpp"

namespace load {

// In a closed loop a message is done when everybody has it who is to get it; a member that
// provably missed it (it got a later one, or is gone) is not waited for.
//
// Who is to get a message: who knew that it was a member when the message was sent, and, of those
// who go, who still was one when somebody had the message. What others get, who come or go just
// then, has to be in order and without a gap, and counts for the proof but not for the latency. Of
// a member whose connection the server ends, what was sent until then is expected.
//
// On several threads each has one of these, with a share of the clients and their memberships. All
// know all voices. Another share's message is taken up (hear_of()) when it first arrives here, or
// when the members here change, for those who are members before. So the proof of a pair is the
// receiver's share's alone, and never waits for anybody.
class RoomScenario final : public Scenario, private Fleet::Owner, private Exchange::Reader {
 public:
  RoomScenario(core::Loop& loop, const Options& options, Share share, Exchange& exchange,
               std::unique_ptr<Dialect> dialect, Traffic& traffic);

  core::Task<Arrivals> prepare(const Interruption& interruption) override;
  void start(std::int64_t now_ns) override;
  void stop() override;
  void write_off() override;
  void fill_windows() override;
  Presence presence() override;
  void conclude(Result& result) override;

  std::size_t senders() const override { return own_.size(); }
  std::size_t senders_of_all() const override { return voices_.size(); }
  std::size_t number_of(std::size_t sender) const override { return own_[sender]; }
  Sent send(std::size_t sender, std::int64_t intended_ns) override;

  // --- For what disturbs (disturbance.hpp). ---
  const Share& share() const { return share_; }
  std::size_t clients() const { return clients_.size(); }
  // A member of all its rooms, and on no way in or out.
  bool settled(std::size_t client) const;
  // Leaves its rooms, confirmed, then its connection, and comes again. Only who is settled.
  void renew(std::size_t client);
  // Drops the connections of all who are settled, without a word; they come again. It was due `at`
  // after the beginning of the window, at `due`.
  void storm(core::Time due, core::Duration at);

 private:
  using State = RoomParts::State;
  using Voice = RoomParts::Voice;
  using Room = RoomParts::Room;
  using Membership = RoomParts::Membership;
  using Client = RoomParts::Client;
  struct HeardFrame;
  class FramesOf;
  static constexpr std::uint32_t kNone = RoomParts::kNone;
  static constexpr std::size_t kFrameBesidesTextMost = 64 * 1024;

  // room_scenario.cpp: what goes on all the time.
  RoomScenario(core::Loop& loop, const Options& options, Share share, Exchange& exchange,
               std::unique_ptr<Dialect> dialect, Traffic& traffic, const Topology& topology);
  void lay_out(const Topology& topology);
  void received(std::size_t client, std::string_view bytes) override;
  void take_frame(std::size_t client, const HeardFrame& frame, std::string_view wire);
  // Of a frame with a message of this run, whole and in its room; else null, and what is wrong with
  // it was counted, if anything.
  const Stamp* stamp_of(const Frame& frame);
  void take_message(std::size_t client, const HeardFrame& frame, std::string_view wire);
  // `place` is that of the membership and the voice in the proof.
  void deliver(const Membership& membership, Voice& voice, std::size_t place, const Stamp& stamp);
  void missed(const Membership& membership, std::size_t voice, std::uint32_t begin,
              std::uint32_t end);
  void finished(std::size_t voice, std::uint32_t sequence, std::int64_t intended_ns,
                const Assembly::PartEnd& end);
  void done(std::size_t voice, std::int64_t intended_ns, const Assembly::PartEnd& end);
  void hear_of(std::size_t voice);
  void hear_of_all(const Room& room);
  void take_news(std::size_t from, const Exchange::News& news) override;
  void account_when_read(std::size_t from, std::uint32_t voice, int passes);
  void fill_window(Voice& voice, std::int64_t intended_ns);
  void resize_request(Room& room, std::size_t size) const;

  // room_comings.cpp: who comes and goes.
  void connected(std::size_t client, core::Outflow& out) override;
  bool closed(std::size_t client) override;
  void join_all(Client& client);
  void take_notice(std::size_t client, std::string_view text);
  Membership* asked_for(Client& client, const Notice& notice);
  void confirmed(Membership& membership);
  void left(Membership& membership);
  void came_back(Client& client);
  void heard_again(std::size_t voice);
  void account_for(std::size_t voice);
  void set_recipients(const Membership& membership, std::uint32_t count);
  void drop(std::size_t client);
  void disconnect(std::size_t client);
  void is_gone(Client& client);
  void excuse(Membership& membership);
  void stall();
  void end_stay(Membership& membership, bool all_expected);
  void add_to_proof(const Membership& membership, std::size_t voice, const Deliveries& deliveries);
  Result::Stalled stalled() const;
  bool catching_up() const;
  std::uint32_t end_of(const Membership& membership, std::size_t voice, bool all_expected) const;
  Deliveries became_of(const Membership& membership, std::size_t voice, bool all_expected) const;
  std::uint32_t excused_since(const Membership& membership, std::size_t voice) const;
  void came_back_from_storm(const Client& client);
  bool is_entering(const Client& client) const;

  std::span<Membership> memberships(const Client& client) {
    return std::span(memberships_).subspan(client.first_membership, client.memberships);
  }
  std::span<const Membership> memberships(const Client& client) const {
    return std::span(memberships_).subspan(client.first_membership, client.memberships);
  }
  // Null where it has none. Nearly all have one.
  Membership* membership_in(const Client& client, std::uint32_t room) {
    for (Membership& membership : memberships(client)) {
      if (membership.room == room) return &membership;
    }
    return nullptr;
  }
  std::size_t pair(const Membership& membership, std::size_t voice) const {
    return membership.first_pair + (voice - rooms_[membership.room].first_voice);
  }

  core::Loop& loop_;
  const Options& options_;
  Share share_;
  Traffic& traffic_;
  Exchange& exchange_;
  Exchange::Desk desk_;
  std::unique_ptr<Dialect> dialect_;
  Fleet fleet_;
  std::vector<Client> clients_;
  std::vector<Membership> memberships_;  // by client
  std::vector<Room> rooms_;
  std::vector<Voice> voices_;            // by room, of all shares
  std::vector<std::uint32_t> own_;       // those of this share
  std::vector<std::uint32_t> stallers_;  // slow: clients that will read nothing
  std::size_t present_ = 0;              // clients with a connection
  std::size_t speaking_ = 0;             // voices of those
  std::size_t returning_ = 0;            // clients on their way back
  std::uint32_t moment_ = 0;             // grows whenever a member comes later
  std::size_t serial_ = 0;               // connections so far
  DeliveryProof proof_;
  std::size_t followed_;  // messages of each voice that are followed
  InFlight in_flight_;    // of all voices, to members of this share
  Assembly assembly_;     // of own voices, by sender; where there are several shares
  StampReader stamps_;
  Transcript transcript_;
  MessageSizes sizes_;  // of texts
  std::string padding_;
  bool hears_itself_;
  std::size_t window_;       // 0: open loop
  std::int64_t now_ns_ = 0;  // when what is being taken was received
  std::int64_t started_ns_ = Traffic::kNotYet;
  std::string first_refusal_;
  // Of memberships that are being left: what must come, of each voice.
  std::unordered_map<const Membership*, std::vector<std::uint32_t>> ends_;
  ProofSummary gone_;     // the proof for stays that are over
  ProofSummary stalled_;  // the same of readers that stall
  std::vector<Result::Storm> storms_;
  core::TaskHandle<> disturbance_;
  bool sending_ = false;
};

}  // namespace load
