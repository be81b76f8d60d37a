// Publishing, and following every message to every member.
#include "client/load/room_scenario.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "client/load/disturbance.hpp"
#include "client/load/format.hpp"
#include "core/timeout.hpp"
#include "core/units.hpp"

namespace load {
namespace {

constexpr core::Duration kLook = std::chrono::milliseconds(2);
constexpr core::Duration kConfirmLimit = std::chrono::seconds(10);  // without any confirmation
constexpr std::size_t kUntakenMost = 256 * 1024;  // bytes a speaker may owe to the server
constexpr std::size_t kFollowedEach = 1U << 16;   // messages of a voice
constexpr std::size_t kFollowedMost = 1U << 22;   // of all

std::size_t followed(const Options& options, std::size_t voices) {
  if (!options.rate) return std::bit_ceil(options.window);
  return std::clamp(std::bit_floor(kFollowedMost / voices), std::size_t{1}, kFollowedEach);
}

}  // namespace

RoomScenario::RoomScenario(core::Loop& loop, const Options& options,
                           std::unique_ptr<Dialect> dialect, Traffic& traffic)
    : RoomScenario(loop, options, std::move(dialect), traffic, make_topology(options)) {}

RoomScenario::RoomScenario(core::Loop& loop, const Options& options,
                           std::unique_ptr<Dialect> dialect, Traffic& traffic,
                           const Topology& topology)
    : loop_(loop),
      options_(options),
      traffic_(traffic),
      dialect_(std::move(dialect)),
      fleet_(loop, options.address, options.sources, options.clients, *this),
      clients_(options.clients,
               Client{.frames = FrameReader(options.size + kFrameBesidesTextMost)}),
      proof_(topology.pairs()),
      followed_(followed(options, topology.voices())),
      in_flight_(topology.voices(), followed_),
      sizes_(options.sizes.value_or(MessageSizes(options.size))),
      padding_(blank_text(sizes_.most()).substr(kStampBytes)),
      hears_itself_(dialect_->hears_itself()),
      window_(options.rate ? 0 : options.window) {
  lay_out(topology);
}

void RoomScenario::lay_out(const Topology& topology) {
  std::vector<std::vector<Membership>> of_client(clients_.size());
  std::size_t pairs = 0;
  for (const Topology::Room& plan : topology.rooms) {
    const auto number = static_cast<std::uint32_t>(rooms_.size());
    Room& room = rooms_.emplace_back();
    room.name = plan.name;
    resize_request(room, sizes_.most());
    room.first_voice = voices_.size();
    room.voices = static_cast<std::uint32_t>(plan.speakers.size());
    for (const std::uint32_t client : plan.members) {
      of_client[client].push_back({.first_pair = pairs, .client = client, .room = number});
      pairs += plan.speakers.size();
    }
    for (const std::uint32_t client : plan.speakers) {
      of_client[client].back().voice = static_cast<std::uint32_t>(voices_.size());
      voices_.push_back({.client = client, .room = number});
    }
  }
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    clients_[client].first_membership = static_cast<std::uint32_t>(memberships_.size());
    clients_[client].memberships = static_cast<std::uint32_t>(of_client[client].size());
    for (Membership& membership : of_client[client]) {
      rooms_[membership.room].members.push_back(static_cast<std::uint32_t>(memberships_.size()));
      memberships_.push_back(std::move(membership));
    }
  }
}

void RoomScenario::resize_request(Room& room, std::size_t size) const {
  room.request = dialect_->before_text(room.name, size);
  room.text_at = room.request.size();
  room.request.append(kStampBytes, ' ');
  room.request.append(padding_, 0, size - kStampBytes);
  room.request += dialect_->after_text();
}

core::Task<void> RoomScenario::prepare(const Interruption& interruption) {
  co_await fleet_.connect_all(interruption);
  std::uint64_t confirmed = 0;
  core::Time since = loop_.now();
  while (traffic_.counters.confirmed < clients_.size()) {
    if (interruption.requested) throw CannotRun("interrupted while joining");
    if (traffic_.counters.confirmed > confirmed) {
      confirmed = traffic_.counters.confirmed;
      since = loop_.now();
    }
    const bool late = loop_.now() - since > kConfirmLimit;
    if (late || fleet_.closed() > 0 || !first_refusal_.empty()) refuse(late);
    co_await core::sleep(kLook);
  }
}

void RoomScenario::refuse(bool late) const {
  std::string sentence =
      fmt::format("{} of {} members were confirmed", grouped(traffic_.counters.confirmed),
                  grouped(clients_.size()));
  if (late)
    sentence += fmt::format(", and no further one for {}", core::format_duration(kConfirmLimit));
  if (fleet_.closed() > 0) sentence += "; connections ended: " + describe(fleet_.closings());
  if (!first_refusal_.empty()) sentence += "; the server said: " + first_refusal_;
  throw CannotRun(sentence);
}

void RoomScenario::start(std::int64_t now_ns) {
  started_ns_ = now_ns;
  sending_ = true;
  if (options_.scenario == ScenarioKind::kSlow) stall(options_.stalled);
  disturbance_ = loop_.spawn(disturb(*this, options_), "disturbance");
}

void RoomScenario::stop() {
  sending_ = false;
  disturbance_.cancel();
  fleet_.resume();
}

Sent RoomScenario::send(std::size_t number, std::int64_t intended_ns) {
  Voice& voice = voices_[number];
  Client& client = clients_[voice.client];
  if (!sending_ || client.out == nullptr || client.unsettled > 0) return Sent::kNever;
  Room& room = rooms_[voice.room];
  const bool is_counted = !hears_itself_ && !client.stalls;
  const std::uint32_t recipients = room.recipients - (is_counted ? 1 : 0);
  if (recipients == 0 || voice.sent == kMessagesMost) return Sent::kNever;
  if (client.out->mailbox_bytes() > kUntakenMost) return Sent::kLater;
  if (client.turned_to != voice.room) {
    client.turned_to = voice.room;
    client.out->append(dialect_->turn_to(room.name));
  }
  if (!sizes_.is_fixed()) {
    resize_request(room, sizes_.of(static_cast<std::uint32_t>(number), voice.sent));
  }
  write_stamp(&room.request[room.text_at],
              {static_cast<std::uint32_t>(number), voice.sent, intended_ns});
  client.out->append(room.request);
  in_flight_.begin(number, voice.sent, recipients, moment_);
  ++voice.sent;
  ++voice.outstanding;
  ++traffic_.counters.sent;
  traffic_.counters.expected += recipients;
  traffic_.counters.bytes_out += room.request.size();
  return Sent::kYes;
}

void RoomScenario::fill_windows() {
  in_flight_.forget();
  for (std::size_t voice = 0; voice < voices_.size(); ++voice) {
    voices_[voice].outstanding = 0;
    fill_window(voice);
  }
}

void RoomScenario::fill_window(std::size_t voice) {
  while (voices_[voice].outstanding < window_) {
    if (send(voice, in_ns(loop_.ring().now())) != Sent::kYes) return;
  }
}

void RoomScenario::received(std::size_t client, std::string_view bytes) {
  if (clients_[client].out == nullptr) return;  // it was dropped just now
  traffic_.counters.bytes_in += bytes.size();
  now_ns_ = in_ns(loop_.now());
  clients_[client].frames.feed(*dialect_, bytes,
                               [this, client](const Frame& frame) { take_frame(client, frame); });
}

void RoomScenario::take_frame(std::size_t client, const Frame& frame) {
  if (frame.kind == Frame::Kind::kMessage) [[likely]] {
    take_message(client, frame);
  } else if (frame.kind == Frame::Kind::kGarbage) {
    ++traffic_.counters.corrupted;
  } else {
    take_notice(client, frame.text);
  }
}

void RoomScenario::take_message(std::size_t client, const Frame& frame) {
  const std::string_view text = frame.text;
  const bool ours = text.size() >= kStampBytes && has_marker(text.data());
  const Stamp* const stamp = ours ? stamps_.read(text.data()) : nullptr;
  // What was said before this run is replayed to who joins; it is nobody's fault.
  const bool earlier =
      stamp != nullptr ? stamp->intended_ns < started_ns_ : started_ns_ == Traffic::kNotYet;
  if (earlier) return;
  const bool whole =
      stamp != nullptr && text.size() == sizes_.of(stamp->sender, stamp->sequence) &&
      std::memcmp(text.data() + kStampBytes, padding_.data(), text.size() - kStampBytes) == 0;
  if (!whole) {
    // A message of ours that was cut, lengthened or changed, or else somebody else's.
    if (text.find(kMarker) != std::string_view::npos) ++traffic_.counters.corrupted;
    return;
  }
  if (stamp->sender >= voices_.size()) {
    ++traffic_.counters.unexpected;
    return;
  }
  Voice& voice = voices_[stamp->sender];
  const Room& room = rooms_[voice.room];
  Membership* const membership = membership_in(clients_[client], voice.room);
  if (membership == nullptr || membership->state == State::kOut || frame.room != room.name) {
    ++traffic_.counters.unexpected;
    return;
  }
  if (voice.client == client && !hears_itself_) {
    if (stamp->sequence >= voice.replayed) ++traffic_.counters.unexpected;
    return;
  }
  deliver(*membership, voice, membership->first_pair + (stamp->sender - room.first_voice), *stamp);
}

void RoomScenario::deliver(const Membership& membership, Voice& voice, std::size_t place,
                           const Stamp& stamp) {
  const std::uint32_t next = proof_.next(place);
  const Arrival arrival = proof_.arrived(place, stamp.sequence, voice.sent);
  switch (arrival) {
    case Arrival::kInOrder:
    case Arrival::kEarly:
      break;
    case Arrival::kAfterGap:
      if (membership.state == State::kIn && next != DeliveryProof::kNothing) {
        missed(membership, stamp.sender, next, stamp.sequence);
      }
      break;
    case Arrival::kReordered:  // was taken for missed before
      traffic_.delivered(stamp.intended_ns, now_ns_);
      return;
    case Arrival::kDuplicate:
      return;
    case Arrival::kNeverSent:
      ++traffic_.counters.unexpected;
      return;
  }
  if (stamp.sequence >= voice.known) voice.known = stamp.sequence + 1;
  const bool is_in = membership.state == State::kIn && arrival != Arrival::kEarly;
  const auto progress =
      is_in ? in_flight_.received(stamp.sender, stamp.sequence, now_ns_, membership.since)
            : InFlight::Progress{.counted = false};
  if (!progress.counted) [[unlikely]] {
    ++traffic_.counters.expected;
    ++traffic_.counters.received;
    return;
  }
  traffic_.delivered(stamp.intended_ns, now_ns_);
  if (!progress.done) return;
  if (progress.whole) {
    ++traffic_.counters.completed;
    if (traffic_.measures(stamp.intended_ns)) traffic_.spread.record(progress.spread_ns);
  }
  done(stamp.sender);
}

// One member does not have the messages from `begin` to before `end`, and is not waited for.
void RoomScenario::missed(const Membership& membership, std::size_t voice, std::uint32_t begin,
                          std::uint32_t end) {
  if (end - begin > followed_) begin = end - static_cast<std::uint32_t>(followed_);
  for (; begin != end; ++begin) {
    if (in_flight_.missed(voice, begin, membership.since).done) done(voice);
  }
}

void RoomScenario::done(std::size_t voice) {
  std::uint32_t& outstanding = voices_[voice].outstanding;
  if (outstanding > 0) --outstanding;
  fill_window(voice);
}

}  // namespace load
