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
constexpr std::size_t kUntakenMost = 256 * 1024;  // bytes a speaker may owe to the server
constexpr std::size_t kFollowedEach = 1U << 16;   // messages of a voice
constexpr std::size_t kFollowedMost = 1U << 22;   // of all, and of all shares

std::size_t followed(const Options& options, const Share& share, std::size_t voices) {
  if (!options.rate) return std::bit_ceil(options.window);
  const std::size_t each = kFollowedMost / share.count / voices;
  return std::clamp(std::bit_floor(each), std::size_t{1}, kFollowedEach);
}

std::size_t own_voices(const Topology& topology, const Share& share) {
  std::size_t count = 0;
  for (const Topology::Room& room : topology.rooms) {
    for (const std::uint32_t speaker : room.speakers) count += share.has(speaker) ? 1 : 0;
  }
  return count;
}

std::size_t own_pairs(const Topology& topology, const Share& share) {
  std::size_t count = 0;
  for (const Topology::Room& room : topology.rooms) {
    for (const std::uint32_t member : room.members) {
      count += share.has(member) ? room.speakers.size() : 0;
    }
  }
  return count;
}

}  // namespace

struct RoomScenario::HeardFrame : Frame {
  HeardFrame(const Frame& frame) : Frame(frame) {}

  const Stamp* stamp = nullptr;  // where the transcript has it; there is no text then
};

// The frames that one client is sent, of which most are known from what others were sent.
class RoomScenario::FramesOf {
 public:
  FramesOf(const Dialect& dialect, const Transcript& transcript, Transcript::Cursor& heard)
      : dialect_(dialect), transcript_(transcript), heard_(heard) {}

  HeardFrame next(std::string_view bytes) {
    const Transcript::Line* const line = transcript_.follow(heard_, bytes);
    if (line == nullptr) return dialect_.next(bytes);
    HeardFrame frame(Frame{.kind = Frame::Kind::kMessage, .bytes = line->size});
    frame.stamp = &line->stamp;
    return frame;
  }

 private:
  const Dialect& dialect_;
  const Transcript& transcript_;
  Transcript::Cursor& heard_;
};

RoomScenario::RoomScenario(core::Loop& loop, const Options& options, Share share,
                           Exchange& exchange, std::unique_ptr<Dialect> dialect, Traffic& traffic)
    : RoomScenario(loop, options, share, exchange, std::move(dialect), traffic,
                   make_topology(options)) {}

RoomScenario::RoomScenario(core::Loop& loop, const Options& options, Share share,
                           Exchange& exchange, std::unique_ptr<Dialect> dialect, Traffic& traffic,
                           const Topology& topology)
    : loop_(loop),
      options_(options),
      share_(share),
      traffic_(traffic),
      exchange_(exchange),
      desk_(exchange, share, loop, *this),
      dialect_(std::move(dialect)),
      fleet_(loop, options, share, *this),
      clients_(share.size(options.clients),
               Client{.frames = FrameReader(options.size + kFrameBesidesTextMost)}),
      proof_(own_pairs(topology, share)),
      followed_(followed(options, share, topology.voices())),
      in_flight_(topology.voices(), followed_),
      assembly_(share.count == 1 ? 0 : own_voices(topology, share), followed_),
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
    for (const std::uint32_t member : plan.members) {
      if (!share_.has(member)) continue;
      const auto client = static_cast<std::uint32_t>(share_.client_of(member));
      of_client[client].push_back({.first_pair = pairs, .client = client, .room = number});
      pairs += plan.speakers.size();
    }
    for (const std::uint32_t speaker : plan.speakers) {
      const auto voice = static_cast<std::uint32_t>(voices_.size());
      voices_.push_back({.number = speaker, .room = number});
      if (!share_.has(speaker)) continue;
      voices_.back().client = static_cast<std::uint32_t>(share_.client_of(speaker));
      voices_.back().own = static_cast<std::uint32_t>(own_.size());
      of_client[voices_.back().client].back().voice = voice;
      own_.push_back(voice);
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
  for (const std::uint32_t client : stallers(options_, topology)) {
    if (share_.has(client)) {
      stallers_.push_back(static_cast<std::uint32_t>(share_.client_of(client)));
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

core::Task<Arrivals> RoomScenario::prepare(const Interruption& interruption) {
  Arrivals came = co_await fleet_.connect_all(interruption);
  if (came.failed > 0 || !came.interrupted.empty()) co_return came;
  std::uint64_t confirmed = 0;
  core::Time since = loop_.now();
  while (traffic_.counters.confirmed < clients_.size()) {
    if (interruption.requested) came.interrupted = "joining";
    if (traffic_.counters.confirmed > confirmed) {
      confirmed = traffic_.counters.confirmed;
      since = loop_.now();
    }
    came.late = loop_.now() - since > Arrivals::kConfirmLimit;
    const bool gave_up = came.late || fleet_.closed() > 0 || !first_refusal_.empty();
    if (gave_up || !came.interrupted.empty()) break;
    co_await core::sleep(kLook);
  }
  came.confirmed = traffic_.counters.confirmed;
  came.closed = fleet_.closed();
  came.closings = fleet_.closings();
  came.first_refusal = first_refusal_;
  co_return came;
}

void RoomScenario::start(std::int64_t now_ns) {
  started_ns_ = now_ns;
  sending_ = true;
  stall();
  const core::Time start{std::chrono::nanoseconds(now_ns)};
  disturbance_ = loop_.spawn(disturb(*this, options_, start), "disturbance");
}

void RoomScenario::stop() {
  sending_ = false;
  disturbance_.cancel();
  fleet_.resume();
}

Sent RoomScenario::send(std::size_t sender, std::int64_t intended_ns) {
  const std::uint32_t number = own_[sender];
  Voice& voice = voices_[number];
  Client& client = clients_[voice.client];
  if (!sending_ || client.out == nullptr || client.unsettled > 0) return Sent::kNever;
  Room& room = rooms_[voice.room];
  const bool is_counted = !hears_itself_ && !client.stalls;
  const std::uint32_t recipients = room.recipients - (is_counted ? 1 : 0);
  const std::uint64_t elsewhere = share_.count == 1 ? 0 : exchange_.listeners(voice.room, share_);
  if ((recipients == 0 && elsewhere == 0) || voice.sent == kMessagesMost) return Sent::kNever;
  if (client.out->mailbox_bytes() > kUntakenMost) return Sent::kLater;
  if (client.turned_to != voice.room) {
    client.turned_to = voice.room;
    client.out->append(dialect_->turn_to(room.name));
  }
  if (!sizes_.is_fixed()) resize_request(room, sizes_.of(number, voice.sent));
  write_stamp(&room.request[room.text_at], {number, voice.sent, intended_ns});
  if (share_.count > 1) {
    const std::uint64_t here = recipients > 0 ? std::uint64_t{1} << share_.index : 0;
    assembly_.begin(sender, voice.sent, here | elsewhere, intended_ns);
  }
  exchange_.voice(number).sent.store(voice.sent + 1, std::memory_order_release);
  client.out->append(room.request);
  in_flight_.begin(number, voice.sent, recipients, moment_);
  ++voice.sent;
  ++voice.outstanding;
  ++traffic_.counters.sent;
  traffic_.counters.expected += recipients;
  traffic_.counters.bytes_out += room.request.size();
  return Sent::kYes;
}

void RoomScenario::write_off() {
  for (const Room& room : rooms_) hear_of_all(room);
  in_flight_.forget();
  assembly_.forget();
  for (Voice& voice : voices_) voice.outstanding = 0;
}

void RoomScenario::fill_windows() {
  const std::int64_t now_ns = in_ns(loop_.ring().now());
  for (const std::uint32_t voice : own_) fill_window(voices_[voice], now_ns);
}

void RoomScenario::fill_window(Voice& voice, std::int64_t intended_ns) {
  while (voice.outstanding < window_) {
    if (send(voice.own, intended_ns) != Sent::kYes) return;
  }
}

void RoomScenario::received(std::size_t number, std::string_view bytes) {
  Client& client = clients_[number];
  if (client.out == nullptr) return;  // it was dropped just now
  traffic_.counters.bytes_in += bytes.size();
  now_ns_ = in_ns(loop_.now());
  FramesOf frames(*dialect_, transcript_, client.heard);
  client.frames.feed(frames, bytes, [this, number](const HeardFrame& frame, std::string_view wire) {
    take_frame(number, frame, wire);
  });
}

void RoomScenario::take_frame(std::size_t number, const HeardFrame& frame, std::string_view wire) {
  if (frame.kind == Frame::Kind::kMessage) [[likely]] {
    take_message(number, frame, wire);
  } else if (frame.kind == Frame::Kind::kGarbage) {
    ++traffic_.counters.corrupted;
  } else {
    take_notice(number, frame.text);
  }
}

const Stamp* RoomScenario::stamp_of(const Frame& frame) {
  const std::string_view text = frame.text;
  const bool ours = text.size() >= kStampBytes && has_marker(text.data());
  const Stamp* const stamp = ours ? stamps_.read(text.data()) : nullptr;
  // What was said before this run is replayed to who joins; it is nobody's fault.
  const bool earlier =
      stamp != nullptr ? stamp->intended_ns < started_ns_ : started_ns_ == Traffic::kNotYet;
  if (earlier) return nullptr;
  const bool whole =
      stamp != nullptr && text.size() == sizes_.of(stamp->sender, stamp->sequence) &&
      std::memcmp(text.data() + kStampBytes, padding_.data(), text.size() - kStampBytes) == 0;
  if (!whole) {
    // A message of ours that was cut, lengthened or changed, or else somebody else's.
    if (text.find(kMarker) != std::string_view::npos) ++traffic_.counters.corrupted;
    return nullptr;
  }
  if (stamp->sender >= voices_.size() || frame.room != rooms_[voices_[stamp->sender].room].name) {
    ++traffic_.counters.unexpected;
    return nullptr;
  }
  return stamp;
}

void RoomScenario::take_message(std::size_t number, const HeardFrame& frame,
                                std::string_view wire) {
  const Stamp* stamp = frame.stamp;
  if (stamp == nullptr) {
    stamp = stamp_of(frame);
    if (stamp == nullptr) return;
    transcript_.write(clients_[number].heard, wire, *stamp);
  }
  Voice& voice = voices_[stamp->sender];
  Membership* const membership = membership_in(clients_[number], voice.room);
  if (membership == nullptr || membership->state == State::kOut) {
    ++traffic_.counters.unexpected;
    return;
  }
  if (voice.client == number && !hears_itself_) {
    if (stamp->sequence >= voice.replayed) ++traffic_.counters.unexpected;
    return;
  }
  deliver(*membership, voice, pair(*membership, stamp->sender), *stamp);
}

void RoomScenario::deliver(const Membership& membership, Voice& voice, std::size_t place,
                           const Stamp& stamp) {
  if (stamp.sequence >= voice.sent) [[unlikely]]
    hear_of(stamp.sender);
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
  if (stamp.sequence >= voice.known) {
    voice.known = stamp.sequence + 1;
    exchange_.voice(stamp.sender).raise_known(voice.known);
  }
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
  const auto spread_ns = static_cast<std::int64_t>(progress.spread_ns);
  finished(stamp.sender, stamp.sequence, stamp.intended_ns,
           {.whole = progress.whole, .first_ns = now_ns_ - spread_ns, .last_ns = now_ns_});
}

// One member does not have the messages from `begin` to before `end`, and is not waited for.
void RoomScenario::missed(const Membership& membership, std::size_t voice, std::uint32_t begin,
                          std::uint32_t end) {
  if (end - begin > followed_) begin = end - static_cast<std::uint32_t>(followed_);
  for (; begin != end; ++begin) {
    if (in_flight_.missed(voice, begin, membership.since).done) finished(voice, begin, 0, {});
  }
}

// Nobody of this share is waited for any more.
void RoomScenario::finished(std::size_t number, std::uint32_t sequence, std::int64_t intended_ns,
                            const Assembly::PartEnd& end) {
  if (share_.count == 1) return done(number, intended_ns, end);
  const Exchange::News news{
      .voice = static_cast<std::uint32_t>(number), .sequence = sequence, .end = end};
  if (voices_[number].client != kNone) return take_news(share_.index, news);
  desk_.tell(voices_[number].number % share_.count, news);
}

// A message of this share's is done, everywhere.
void RoomScenario::done(std::size_t number, std::int64_t intended_ns,
                        const Assembly::PartEnd& end) {
  if (end.whole) ++traffic_.counters.completed;
  if (end.whole && end.last_ns >= 0 && traffic_.measures(intended_ns)) {
    traffic_.spread.record(static_cast<std::uint64_t>(end.last_ns - end.first_ns));
  }
  Voice& voice = voices_[number];
  if (voice.outstanding > 0) --voice.outstanding;
  fill_window(voice, in_ns(loop_.now()));  // due since the last member had the one before
}

}  // namespace load
