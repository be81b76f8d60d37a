// Joining, publishing, and following every message to every member.
#include "client/load/broadcast_scenario.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "client/load/format.hpp"
#include "client/load/payload.hpp"
#include "core/timeout.hpp"
#include "core/units.hpp"

namespace load {
namespace {

constexpr core::Duration kLook = std::chrono::milliseconds(2);
constexpr core::Duration kConfirmLimit = std::chrono::seconds(10);  // without any confirmation
constexpr std::size_t kUntakenMost = 256 * 1024;  // bytes a publisher may owe to the server
constexpr std::size_t kFrameBesidesTextMost = 64 * 1024;
constexpr std::size_t kFollowedEach = 1U << 16;  // messages of a publisher
constexpr std::size_t kFollowedMost = 1U << 22;  // of all

std::size_t followed(const Options& options) {
  if (!options.rate) return std::bit_ceil(options.window);
  return std::min(std::bit_floor(kFollowedMost / options.publishers), kFollowedEach);
}

}  // namespace

BroadcastScenario::BroadcastScenario(core::Loop& loop, const Options& options,
                                     std::unique_ptr<Dialect> dialect, Traffic& traffic)
    : loop_(loop),
      traffic_(traffic),
      dialect_(std::move(dialect)),
      fleet_(loop, options.address, options.clients, *this),
      members_(options.clients,
               Member{.frames = FrameReader(options.size + kFrameBesidesTextMost)}),
      publishers_(options.publishers),
      proof_(options.clients * options.publishers),
      followed_(followed(options)),
      in_flight_(options.publishers, followed_),
      size_(options.size),
      request_(dialect_->before_text(size_) + blank_text(size_) + dialect_->after_text()),
      text_at_(dialect_->before_text(size_).size()),
      room_(options.room),
      hears_itself_(dialect_->hears_itself()),
      window_(options.rate ? 0 : options.window) {}

void BroadcastScenario::connected(std::size_t member, core::Outflow& out) {
  members_[member].out = &out;
  ++present_;
  if (member < publishers_.size()) ++publishing_;
  ++traffic_.counters.connected;
  out.append(dialect_->hello(member));
  if (!dialect_->waits_for_welcome()) out.append(dialect_->join());
}

core::Task<void> BroadcastScenario::prepare(const Interruption& interruption) {
  co_await fleet_.connect_all(interruption);
  std::uint64_t confirmed = 0;
  core::Time since = loop_.now();
  while (traffic_.counters.confirmed < members_.size()) {
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

void BroadcastScenario::refuse(bool late) const {
  std::string sentence =
      fmt::format("{} of {} members were confirmed", grouped(traffic_.counters.confirmed),
                  grouped(members_.size()));
  if (late)
    sentence += fmt::format(", and no further one for {}", core::format_duration(kConfirmLimit));
  if (fleet_.closed() > 0) sentence += "; connections ended: " + describe(fleet_.closings());
  if (!first_refusal_.empty()) sentence += "; the server said: " + first_refusal_;
  throw CannotRun(sentence);
}

void BroadcastScenario::start(std::int64_t now_ns) {
  started_ns_ = now_ns;
  sending_ = true;
}

Sent BroadcastScenario::send(std::size_t sender, std::int64_t intended_ns) {
  core::Outflow* const out = members_[sender].out;
  if (!sending_ || out == nullptr || present_ < 2) return Sent::kNever;
  Publisher& publisher = publishers_[sender];
  if (publisher.sent == kMessagesMost) return Sent::kNever;
  if (out->mailbox_bytes() > kUntakenMost) return Sent::kLater;
  write_stamp(&request_[text_at_],
              {static_cast<std::uint32_t>(sender), publisher.sent, intended_ns});
  out->append(request_);
  const auto recipients = static_cast<std::uint32_t>(present_ - (hears_itself_ ? 0 : 1));
  in_flight_.begin(sender, publisher.sent, recipients);
  ++publisher.sent;
  ++publisher.outstanding;
  ++traffic_.counters.sent;
  traffic_.counters.expected += recipients;
  traffic_.counters.bytes_out += request_.size();
  return Sent::kYes;
}

void BroadcastScenario::fill_windows() {
  in_flight_.forget();
  for (std::size_t sender = 0; sender < publishers_.size(); ++sender) {
    publishers_[sender].outstanding = 0;
    fill_window(sender);
  }
}

void BroadcastScenario::fill_window(std::size_t sender) {
  while (publishers_[sender].outstanding < window_) {
    if (send(sender, in_ns(loop_.ring().now())) != Sent::kYes) return;
  }
}

void BroadcastScenario::received(std::size_t member, std::string_view bytes) {
  traffic_.counters.bytes_in += bytes.size();
  now_ns_ = in_ns(loop_.now());
  members_[member].frames.feed(*dialect_, bytes,
                               [this, member](const Frame& frame) { take_frame(member, frame); });
}

void BroadcastScenario::take_frame(std::size_t member, const Frame& frame) {
  if (frame.kind == Frame::Kind::kMessage) [[likely]] {
    take_message(member, frame);
  } else if (frame.kind == Frame::Kind::kGarbage) {
    ++traffic_.counters.corrupted;
  } else {
    take_notice(member, frame.text);
  }
}

void BroadcastScenario::take_message(std::size_t member, const Frame& frame) {
  const std::string_view text = frame.text;
  const bool ours = text.size() == size_ && has_marker(text.data());
  const Stamp* const stamp = ours ? stamps_.read(text.data()) : nullptr;
  // What was said before this run is replayed to who joins; it is nobody's fault.
  const bool earlier =
      stamp != nullptr ? stamp->intended_ns < started_ns_ : started_ns_ == Traffic::kNotYet;
  if (earlier) return;
  const char* const padding = &request_[text_at_ + kStampBytes];
  const bool whole =
      stamp != nullptr && std::memcmp(text.data() + kStampBytes, padding, size_ - kStampBytes) == 0;
  if (!whole) {
    // A message of ours that was cut, lengthened or changed, or else somebody else's.
    if (text.find(kMarker) != std::string_view::npos) ++traffic_.counters.corrupted;
    return;
  }
  if (frame.room != room_ || stamp->sender >= publishers_.size() ||
      !gets_messages_of(member, stamp->sender)) {
    ++traffic_.counters.unexpected;
    return;
  }
  deliver(member, *stamp);
}

void BroadcastScenario::take_notice(std::size_t member, std::string_view text) {
  const Notice notice = dialect_->notice(text);
  switch (notice.kind) {
    case Notice::Kind::kWelcome:
      members_[member].out->append(dialect_->join());
      break;
    case Notice::Kind::kConfirmed:
      if (!members_[member].confirmed) ++traffic_.counters.confirmed;
      members_[member].confirmed = true;
      break;
    case Notice::Kind::kMissed:
      traffic_.counters.missed_announced += notice.missed;
      break;
    case Notice::Kind::kRefused:
      ++traffic_.counters.refused;
      if (first_refusal_.empty()) first_refusal_ = printable(text);
      break;
    case Notice::Kind::kAsked:
      members_[member].out->append(notice.answer);
      break;
    case Notice::Kind::kOther:
      // A message that was spoiled so that it is none any more, not a join or a greeting.
      if (started_ns_ != Traffic::kNotYet && text.find(kMarker) != std::string_view::npos) {
        ++traffic_.counters.corrupted;
      }
      break;
  }
}

void BroadcastScenario::deliver(std::size_t member, const Stamp& stamp) {
  const std::size_t place = pair(member, stamp.sender);
  const std::uint32_t next = proof_.next(place);
  switch (proof_.arrived(place, stamp.sequence, publishers_[stamp.sender].sent)) {
    case Arrival::kInOrder:
      break;
    case Arrival::kAfterGap:
      missed(stamp.sender, next, stamp.sequence);
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
  traffic_.delivered(stamp.intended_ns, now_ns_);
  const auto progress = in_flight_.received(stamp.sender, stamp.sequence, now_ns_);
  if (!progress.done) return;
  if (progress.whole) {
    ++traffic_.counters.completed;
    if (traffic_.measures(stamp.intended_ns)) traffic_.spread.record(progress.spread_ns);
  }
  done(stamp.sender);
}

// One member does not have the messages from `begin` to before `end`, and is not waited for.
void BroadcastScenario::missed(std::size_t sender, std::uint32_t begin, std::uint32_t end) {
  if (end - begin > followed_) begin = end - static_cast<std::uint32_t>(followed_);
  for (; begin != end; ++begin) {
    if (in_flight_.missed(sender, begin).done) done(sender);
  }
}

void BroadcastScenario::done(std::size_t sender) {
  std::uint32_t& outstanding = publishers_[sender].outstanding;
  if (outstanding > 0) --outstanding;
  fill_window(sender);
}

void BroadcastScenario::closed(std::size_t member) {
  members_[member].out = nullptr;
  --present_;
  if (member < publishers_.size()) --publishing_;
  for (std::size_t sender = 0; sender < publishers_.size(); ++sender) {
    if (!gets_messages_of(member, sender)) continue;
    const std::uint32_t sent = publishers_[sender].sent;
    const std::size_t place = pair(member, sender);
    const Deliveries deliveries = proof_.deliveries(place, sent);
    traffic_.counters.given_up += deliveries.lost;
    gone_.add(member, sender, deliveries);
    missed(sender, proof_.next(place), sent);
  }
}

void BroadcastScenario::conclude(Result& result) const {
  result.dialect = dialect_->name();
  result.closed = fleet_.closed();
  result.closings = fleet_.closings();
  result.first_refusal = first_refusal_;
  result.proof = gone_;
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (members_[member].out == nullptr) continue;
    for (std::size_t sender = 0; sender < publishers_.size(); ++sender) {
      if (!gets_messages_of(member, sender)) continue;
      const Deliveries deliveries =
          proof_.deliveries(pair(member, sender), publishers_[sender].sent);
      result.proof.add(member, sender, deliveries);
    }
  }
}

}  // namespace load
