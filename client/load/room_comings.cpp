// Joining, leaving and coming again, and what of the proof each of them settles.
#include <algorithm>
#include <utility>

#include "client/load/format.hpp"
#include "client/load/room_scenario.hpp"

namespace load {

void RoomScenario::connected(std::size_t number, core::Outflow& out) {
  Client& client = clients_[number];
  client.out = &out;
  client.unsettled = client.memberships;
  client.frames = FrameReader(options_.size + kFrameBesidesTextMost);
  ++present_;
  ++traffic_.counters.connected;
  for (Membership& membership : memberships(client)) {
    membership.state = State::kEntering;
    if (membership.voice != kNone) {
      ++speaking_;
      voices_[membership.voice].replayed = voices_[membership.voice].sent;
    }
    if (!client.returns) continue;
    const std::size_t begin = membership.first_pair;
    for (std::size_t i = 0; i < rooms_[membership.room].voices; ++i) proof_.come(begin + i);
  }
  out.append(dialect_->hello(share_.number_of(serial_++)));
  if (!dialect_->waits_for_welcome()) join_all(client);
  if (client.unsettled == 0) ++traffic_.counters.confirmed;
}

void RoomScenario::join_all(Client& client) {
  for (const Membership& membership : memberships(client)) {
    client.out->append(dialect_->join(rooms_[membership.room].name));
    client.turned_to = membership.room;
  }
}

void RoomScenario::take_notice(std::size_t number, std::string_view text) {
  Client& client = clients_[number];
  const Notice notice = dialect_->notice(text);
  switch (notice.kind) {
    case Notice::Kind::kWelcome:
      join_all(client);
      break;
    case Notice::Kind::kConfirmed:
    case Notice::Kind::kLeft:
    case Notice::Kind::kAnswered:
      if (Membership* const membership = asked_for(client, notice)) {
        membership->state == State::kEntering ? confirmed(*membership) : left(*membership);
      }
      break;
    case Notice::Kind::kMissed:
      client.missed += notice.missed;
      if (!client.stalls) traffic_.counters.missed_announced += notice.missed;
      break;
    case Notice::Kind::kRefused:
      ++traffic_.counters.refused;
      if (first_refusal_.empty()) first_refusal_ = printable(text);
      break;
    case Notice::Kind::kAsked:
      client.out->append(notice.answer);
      break;
    case Notice::Kind::kOther:
      // A message that was spoiled so that it is none any more, not a join or a greeting.
      if (started_ns_ != Traffic::kNotYet && text.find(kMarker) != std::string_view::npos) {
        ++traffic_.counters.corrupted;
      }
      break;
  }
}

RoomScenario::Membership* RoomScenario::asked_for(Client& client, const Notice& notice) {
  for (Membership& membership : memberships(client)) {
    const bool enters = membership.state == State::kEntering;
    const bool leaves = membership.state == State::kLeaving;
    if (notice.kind == Notice::Kind::kAnswered
            ? !enters && !leaves
            : (notice.kind == Notice::Kind::kLeft ? !leaves : !enters)) {
      continue;
    }
    const bool named =
        notice.kind == Notice::Kind::kAnswered || notice.room == rooms_[membership.room].name;
    if (named) return &membership;
  }
  return nullptr;
}

void RoomScenario::confirmed(Membership& membership) {
  Client& client = clients_[membership.client];
  Room& room = rooms_[membership.room];
  hear_of_all(room);
  membership.state = State::kIn;
  set_recipients(membership, room.recipients + 1);
  if (client.returns) {
    membership.since = ++moment_;
    for (std::size_t i = 0; i < room.voices; ++i) {
      proof_.settle(membership.first_pair + i, voices_[room.first_voice + i].sent);
    }
  }
  if (--client.unsettled > 0) return;
  if (!client.returns) {
    ++traffic_.counters.confirmed;
    return;
  }
  ++traffic_.counters.returned;
  traffic_.returning.record(static_cast<std::uint64_t>(now_ns_ - client.asked_ns));
  came_back_from_storm(client);
  for (const Membership& each : memberships(client)) {
    if (each.voice != kNone && exchange_.voice(each.voice).cut_off) heard_again(each.voice);
  }
  if (client.unsettled == 0) came_back(client);
}

// One that another storm found on its way is none of that one's.
void RoomScenario::came_back_from_storm(const Client& client) {
  if (client.storm == kNone || client.storm + 1 != storms_.size()) return;
  Result::Storm& storm = storms_.back();
  ++storm.returned;
  storm.back_ns = std::max(storm.back_ns, now_ns_ - storm.due_ns);
}

// And may speak.
void RoomScenario::came_back(Client& client) {
  client.returns = false;
  --returning_;
  for (const Membership& membership : memberships(client)) {
    if (membership.voice != kNone) exchange_.voice(membership.voice).cut_off = false;
  }
}

// Its speaker is there again. Before that says anything, all shares have accounted for the voice.
void RoomScenario::heard_again(std::size_t number) {
  account_for(number);
  for (std::size_t share = 0; share < share_.count; ++share) {
    if (share == share_.index) continue;
    ++clients_[voices_[number].client].unsettled;
    desk_.tell(share, {.kind = Exchange::News::Kind::kHeardAgain,
                       .voice = static_cast<std::uint32_t>(number)});
  }
}

// What its speaker sent last before its connection was dropped may be lost with it. The members'
// stays end there as far as this voice goes, and begin again.
void RoomScenario::account_for(std::size_t number) {
  hear_of(number);
  const Voice& voice = voices_[number];
  for (const std::uint32_t member : rooms_[voice.room].members) {
    Membership& membership = memberships_[member];
    if (membership.client == voice.client && !hears_itself_) continue;
    if (membership.state != State::kIn && membership.state != State::kEntering) continue;
    const std::size_t place = pair(membership, number);
    const Deliveries deliveries = became_of(membership, number, true);
    add_to_proof(membership, number, deliveries);
    proof_.leave(place, end_of(membership, number, true));
    if (membership.state == State::kIn && proof_.next(place) != DeliveryProof::kNothing) {
      traffic_.counters.given_up += voice.sent - proof_.next(place);
    }
    proof_.come(place);
    if (membership.state == State::kIn) proof_.settle(place, voice.sent);
  }
}

// The other shares see whether there are any.
void RoomScenario::set_recipients(const Membership& membership, std::uint32_t count) {
  rooms_[membership.room].recipients = count;
  exchange_.set_recipients(membership.room, share_.index, count);
}

bool RoomScenario::settled(std::size_t number) const {
  const Client& client = clients_[number];
  return client.out != nullptr && client.unsettled == 0 && !client.stalls;
}

void RoomScenario::renew(std::size_t number) {
  Client& client = clients_[number];
  client.returns = true;
  client.unsettled = client.memberships;
  ++returning_;
  for (Membership& membership : memberships(client)) {
    excuse(membership);
    const Room& room = rooms_[membership.room];
    std::vector<std::uint32_t>& ends = ends_[&membership];
    ends.resize(room.voices);
    for (std::size_t i = 0; i < room.voices; ++i) {
      ends[i] = exchange_.voice(room.first_voice + i).known;
    }
    membership.state = State::kLeaving;
    client.out->append(dialect_->leave(room.name));
  }
}

void RoomScenario::left(Membership& membership) {
  Client& client = clients_[membership.client];
  end_stay(membership, true);
  if (--client.unsettled > 0) return;
  disconnect(membership.client);
}

void RoomScenario::storm(core::Time due, core::Duration at) {
  const auto number = static_cast<std::uint32_t>(storms_.size());
  Result::Storm& storm = storms_.emplace_back();
  storm.at_ns = at.count();
  storm.due_ns = in_ns(due);
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    if (!settled(client)) {
      ++storm.spared;
      continue;
    }
    ++storm.dropped;
    clients_[client].storm = number;
    drop(client);
  }
}

void RoomScenario::drop(std::size_t number) {
  Client& client = clients_[number];
  client.returns = true;
  ++returning_;
  for (Membership& membership : memberships(client)) {
    excuse(membership);
    end_stay(membership, false);
    if (membership.voice != kNone) exchange_.voice(membership.voice).cut_off = true;
  }
  disconnect(number);
}

// And asks for the next connection.
void RoomScenario::disconnect(std::size_t number) {
  Client& client = clients_[number];
  is_gone(client);
  client.asked_ns = in_ns(loop_.now());
  fleet_.drop(number);
  fleet_.connect(number);
}

void RoomScenario::is_gone(Client& client) {
  client.out = nullptr;
  --present_;
  for (const Membership& membership : memberships(client)) {
    if (membership.voice != kNone) --speaking_;
  }
}

bool RoomScenario::is_entering(const Client& client) const {
  const auto all = memberships(client);
  return std::any_of(all.begin(), all.end(), [](const Membership& membership) {
    return membership.state == State::kEntering;
  });
}

// Who comes again and is shut out before it is in all its rooms tries anew: it is not there, but
// nobody has thrown it out.
bool RoomScenario::closed(std::size_t number) {
  Client& client = clients_[number];
  if (client.out == nullptr) return false;
  const bool tries_again = client.returns && is_entering(client);
  is_gone(client);
  if (!tries_again && std::exchange(client.returns, false)) --returning_;
  for (Membership& membership : memberships(client)) {
    const bool was_followed = membership.state == State::kIn && !client.stalls;
    const Room& room = rooms_[membership.room];
    hear_of_all(room);
    if (was_followed) set_recipients(membership, room.recipients - 1);
    const std::uint64_t lost_before = gone_.all.lost;
    end_stay(membership, !client.stalls);  // to be thrown out is to be told
    if (!was_followed) continue;
    traffic_.counters.given_up += gone_.all.lost - lost_before;
    for (std::size_t i = 0; i < room.voices; ++i) {
      const std::size_t voice = room.first_voice + i;
      if (voices_[voice].client == number && !hears_itself_) continue;
      missed(membership, voice, proof_.next(pair(membership, voice)), voices_[voice].sent);
    }
  }
  return tries_again;
}

// Nobody waits any more for what it has not got.
void RoomScenario::excuse(Membership& membership) {
  const Room& room = rooms_[membership.room];
  hear_of_all(room);
  set_recipients(membership, room.recipients - 1);
  for (std::size_t i = 0; i < room.voices; ++i) {
    const std::size_t number = room.first_voice + i;
    const Voice& voice = voices_[number];
    if (voice.client == membership.client && !hears_itself_) continue;
    const std::uint32_t next = proof_.next(pair(membership, number));
    traffic_.counters.given_up += voice.sent - next;
    const std::uint32_t end = voice.sent;
    std::uint32_t begin = next;
    if (end - next > followed_) begin = end - static_cast<std::uint32_t>(followed_);
    for (; begin != end; ++begin) {
      const auto progress = in_flight_.excused(number, begin, membership.since);
      if (progress.done) finished(number, begin, 0, {.whole = progress.whole});
    }
  }
}

void RoomScenario::end_stay(Membership& membership, bool all_expected) {
  const Room& room = rooms_[membership.room];
  for (std::size_t i = 0; i < room.voices && membership.state != State::kOut; ++i) {
    const std::size_t voice = room.first_voice + i;
    if (voices_[voice].client == membership.client && !hears_itself_) continue;
    add_to_proof(membership, voice, became_of(membership, voice, all_expected));
    if (!clients_[membership.client].returns) continue;
    proof_.leave(pair(membership, voice), end_of(membership, voice, all_expected));
  }
  membership.state = State::kOut;
  ends_.erase(&membership);
}

void RoomScenario::add_to_proof(const Membership& membership, std::size_t voice,
                                const Deliveries& deliveries) {
  Client& client = clients_[membership.client];
  if (client.stalls) client.lost += deliveries.lost;
  (client.stalls ? stalled_ : gone_).add(share_.number_of(membership.client), voice, deliveries);
}

// Messages before this must come.
std::uint32_t RoomScenario::end_of(const Membership& membership, std::size_t number,
                                   bool all_expected) const {
  const Voice& voice = voices_[number];
  if (all_expected && membership.state == State::kLeaving) {
    return ends_.at(&membership)[number - rooms_[voice.room].first_voice];
  }
  if (!all_expected || membership.state != State::kIn) return 0;
  const Exchange::Voice& shared = exchange_.voice(number);
  return shared.cut_off ? shared.known.load() : voice.sent;
}

// Messages that were said since, and are not expected any more. Who is gone for good is owed none.
std::uint32_t RoomScenario::excused_since(const Membership& membership, std::size_t number) const {
  const std::size_t place = pair(membership, number);
  const std::uint32_t sent = voices_[number].sent;
  const std::uint32_t next = proof_.next(place);
  if (membership.state == State::kOut || next == DeliveryProof::kNothing) {
    return clients_[membership.client].returns ? proof_.excused_since(place, sent) : 0;
  }
  return sent - std::min(sent, std::max(next, end_of(membership, number, true)));
}

Deliveries RoomScenario::became_of(const Membership& membership, std::size_t number,
                                   bool all_expected) const {
  return proof_.deliveries(pair(membership, number), end_of(membership, number, all_expected));
}

void RoomScenario::stall() {
  for (const std::uint32_t number : stallers_) {
    Client& client = clients_[number];
    client.stalls = true;
    for (Membership& membership : memberships(client)) {
      membership.since = kNone;
      set_recipients(membership, rooms_[membership.room].recipients - 1);
    }
  }
  if (!stallers_.empty()) fleet_.stall(stallers_);
}

Result::Stalled RoomScenario::stalled() const {
  Result::Stalled result;
  result.deliveries = stalled_.all;
  for (const Client& client : clients_) {
    if (!client.stalls) continue;
    ++result.readers;
    result.announced += client.missed;
    if (client.out == nullptr) ++result.closed;
    std::uint64_t lost = client.lost;
    for (const Membership& membership : memberships(client)) {
      const Room& room = rooms_[membership.room];
      for (std::size_t i = 0; i < room.voices && membership.state != State::kOut; ++i) {
        const Deliveries deliveries = became_of(membership, room.first_voice + i, true);
        result.deliveries += deliveries;
        lost += deliveries.lost;
      }
    }
    result.unannounced += lost - std::min(lost, client.missed);
  }
  return result;
}

// Those that stalled read again: until they have everything, or were told what they have missed.
bool RoomScenario::catching_up() const {
  if (stallers_.empty()) return returning_ > 0;
  const Result::Stalled now = stalled();
  return now.closed < now.readers && now.unannounced > 0;
}

Presence RoomScenario::presence() {
  for (const Room& room : rooms_) hear_of_all(room);
  return {.present = present_,
          .speaking = speaking_,
          .returning = returning_,
          .catching_up = !sending_ && catching_up()};
}

void RoomScenario::conclude(Result& result) {
  for (const Room& room : rooms_) hear_of_all(room);
  result.dialect = dialect_->name();
  result.closed = fleet_.closed();
  result.closings = fleet_.closings();
  result.connect_failures = fleet_.failures();
  result.first_refusal = first_refusal_;
  result.away = returning_;
  result.storms = storms_;
  result.rooms = rooms_.size();
  result.memberships = memberships_.size();
  result.proof = gone_;
  if (options_.scenario == ScenarioKind::kSlow) result.stalled = stalled();
  for (const Membership& membership : memberships_) {
    if (clients_[membership.client].stalls) continue;
    const Room& room = rooms_[membership.room];
    for (std::size_t i = 0; i < room.voices; ++i) {
      const std::size_t voice = room.first_voice + i;
      if (voices_[voice].client == membership.client && !hears_itself_) continue;
      result.proof.all.excused += excused_since(membership, voice);
      if (membership.state == State::kOut) continue;
      result.proof.add(share_.number_of(membership.client), voice,
                       became_of(membership, voice, true));
    }
  }
  // A voice is named by who speaks, and where.
  for (FaultyPair& faulty : result.proof.worst) {
    const Voice& voice = voices_[faulty.sender];
    faulty.sender = voice.number;
    faulty.room = rooms_[voice.room].name;
  }
}

}  // namespace load
