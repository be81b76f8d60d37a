// What the operators of a room do. Each deed is one function: may it, whom does it concern, do it,
// say so.
#include "server/moderation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "server/hub.hpp"
#include "server/moderation_log.hpp"
#include "server/names.hpp"

namespace server {

namespace {

std::string text_of(const std::optional<core::Network>& network) {
  return network ? network->to_string() : std::string();
}

}  // namespace

Membership* Moderation::member_in(const User& user, const Room& room) {
  for (Membership& membership : user.memberships()) {
    if (&membership.room() == &room) return &membership;
  }
  return nullptr;
}

void Moderation::obey(User& by, const command::Moderation& command) {
  std::visit([&](const auto& one) { act(by, one); }, command);
}

// --- What others are asked for. ---

bool Moderation::keeps_order(const Membership& member) {
  return member.role() == Role::kOperator || member.user.is_operator();
}

bool Moderation::admits(Access& here, User& user, const Room& room, std::string_view key) {
  HouseRules* const rules = room.rules();
  if (rules == nullptr || user.is_operator()) return true;
  if (const Sanction* const ban = rules->bans.find(user.nick(), user.address(), now())) {
    user.tell(event::BannedFromRoom{
        .room = room.name(), .by = ban->by, .reason = ban->reason, .until = ban->until});
    return false;
  }
  const bool knows_key = rules->key.empty() || rules->key == key;
  if (!rules->closed && knows_key) return true;
  if (rules->anybody_invited() && rules->take_invitation(here.handle(user))) return true;
  if (rules->closed) {
    user.tell(event::RoomClosed{.room = room.name()});
  } else {
    user.tell(event::KeyNeeded{.room = room.name(), .was_wrong = !key.empty()});
  }
  return false;
}

bool Moderation::may_speak(User& user, Membership& membership) {
  if (keeps_order(membership)) return true;
  Access here(hub_.directory_);
  const Room& room = membership.room();
  HouseRules* const rules = room.rules();
  if (rules == nullptr) return true;
  if (membership.muted()) {
    if (const Sanction* const mute = rules->mutes.find(user.nick(), user.address(), now())) {
      user.tell(event::YouAreMuted{.room = room.name(), .by = mute->by, .until = mute->until});
      return false;
    }
    membership.set_muted(false);  // that is over
  }
  if (rules->moderated && membership.role() == Role::kNone) {
    user.tell(event::RoomModerated{.room = room.name()});
    return false;
  }
  if (rules->slow.count() == 0) return true;
  const core::Duration wait = rules->take_turn(here.handle(user), hub_.loop_.now());
  if (wait == core::Duration::zero()) return true;
  user.tell(event::TooSoon{.room = room.name(),
                           .slow = rules->slow,
                           .wait = std::chrono::ceil<std::chrono::seconds>(wait)});
  return false;
}

bool Moderation::may_set_topic(const Membership& membership) const {
  const HouseRules* const rules = membership.room().rules();
  if (rules == nullptr || !rules->topic_locked || keeps_order(membership)) return true;
  membership.user.tell(event::TopicLocked{.room = membership.room().name()});
  return false;
}

bool Moderation::mutes(const User& user, const Room& room) const {
  const HouseRules* const rules = room.rules();
  if (rules == nullptr) return false;
  return rules->mutes.find(user.nick(), user.address(), now()) != nullptr;
}

std::time_t Moderation::now() const {
  return hub_.loop_.ring().wall_clock();
}

std::time_t Moderation::end_of(std::optional<std::chrono::seconds> duration) const {
  return duration ? now() + static_cast<std::time_t>(duration->count()) : 0;
}

std::optional<Aim> Moderation::take_aim(User& by, std::string_view whom) const {
  if (const auto network = core::Network::parse(whom)) {
    if (network->is_wider_than(kWidestV4, kWidestV6)) {
      by.tell(event::NetworkTooWide{.network = whom});
    } else if (network->contains(by.address())) {
      by.tell(event::OwnNetwork{.network = whom});
    } else {
      return Aim{.nick = {}, .network = network};
    }
    return std::nullopt;
  }
  const auto fault = check_nick(whom, hub_.limits().nick);
  if (!fault || *fault == NameFault::kReserved) return Aim{.nick = whom, .network = {}};
  by.tell(event::BadTarget{.typed = whom, .takes_nick = true});
  return std::nullopt;
}

bool Moderation::accepts_reason(User& by, std::string_view reason) const {
  const std::size_t most = hub_.limits().topic;
  if (reason.size() <= most) return true;
  by.tell(event::ReasonTooLong{.max_bytes = most});
  return false;
}

std::optional<core::Network> Moderation::network_of(const User& target, const User& by) const {
  if (target.address().size() == 0) return std::nullopt;
  if (core::any_contains(hub_.limits().trusted, target.address())) return std::nullopt;
  const core::Network network = core::Network::of_customer(target.address());
  if (network.contains(by.address())) return std::nullopt;
  return network;
}

// --- The rights, and those whom it concerns. ---

// Where it talks, if it keeps order there; else it is told why not.
Membership* Moderation::right(User& by, std::string_view command) {
  Membership* const place = hub_.find_membership(by, {});
  if (place == nullptr || keeps_order(*place)) return place;
  log_refused_deed(command, by, place->room().name());
  by.tell(event::RoomOperatorsOnly{.command = command, .room = place->room().name()});
  return nullptr;
}

Membership* Moderation::find_member(Access& here, User& by, Room& room, std::string_view nick) {
  const User* const user = here.find_user(nick);
  if (user == nullptr) {
    by.tell(event::NoSuchNick{.nick = nick});
    return nullptr;
  }
  Membership* const member = member_in(*user, room);
  if (member == nullptr) by.tell(event::NotAMember{.nick = user->nick(), .room = room.name()});
  return member;
}

bool Moderation::may_touch(User& by, const User& target, const Membership* membership,
                           std::string_view command) {
  if (&target == &by) {
    by.tell(event::NotYourself{.command = command});
  } else if (target.is_operator()) {
    by.tell(event::IsOperator{.nick = target.nick(), .room = {}});
  } else if (membership != nullptr && membership->role() == Role::kOperator) {
    by.tell(event::IsOperator{.nick = target.nick(), .room = membership->room().name()});
  } else {
    return true;
  }
  return false;
}

// Told at once, and before it what a digest has collected.
void Moderation::announce(Room& room, const Event& event) {
  hub_.publish_digest(room);
  hub_.announce(room, event, nullptr);
}

// --- Putting out. ---

void Moderation::act(User& by, const command::Kick& kick) {
  Membership* const place = right(by, "kick");
  if (place == nullptr || !accepts_reason(by, kick.reason)) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  const Membership* const member = find_member(here, by, room, kick.nick);
  if (member == nullptr || !may_touch(by, member->user, member, "kick")) return;
  log_deed({.act = "kick",
            .by = by,
            .whom = member->user.nick(),
            .room = room.name(),
            .address = member->user.address().to_string(),
            .reason = kick.reason});
  put_out(here, member->user,
          {.room = room.shared_from_this(), .by = by.nick(), .reason = std::string(kick.reason)},
          here.handle(by));
}

void Moderation::put_out(Access& here, User& target, const Expulsion& expulsion,
                         Directory::Handle asker) {
  if (&target.hub() == &hub_) {
    expel(here, target, expulsion);
    return;
  }
  Moderation& there = target.hub().moderation();
  target.hub().loop().post(
      [this, &there, who = here.handle(target), nick = target.nick(), expulsion,
       asker = std::move(asker)] { there.put_out_here(who, nick, expulsion, *this, asker); });
}

// On the loop of who is to go.
void Moderation::put_out_here(const Directory::Handle& target, std::string_view nick,
                              const Expulsion& expulsion, Moderation& home,
                              const Directory::Handle& asker) {
  Access here(hub_.directory_);
  if (*target != nullptr && expel(here, **target, expulsion)) return;
  if (asker == nullptr) return;
  home.hub_.loop_.post([asker, nick = std::string(nick), room = expulsion.room] {
    if (*asker != nullptr) (*asker)->tell(event::NotAMember{.nick = nick, .room = room->name()});
  });
}

// It gets every line until then. False: it is not in the room.
bool Moderation::expel(Access& here, User& user, const Expulsion& expulsion) {
  Room& room = *expulsion.room;
  Membership* const membership = member_in(user, room);
  if (membership == nullptr) return false;
  hub_.keep_owed(user, *membership);
  hub_.unlink(user, *membership);
  user.tell(event::YouArePutOut{.room = room.name(),
                                .by = expulsion.by,
                                .reason = expulsion.reason,
                                .banned = expulsion.banned,
                                .until = expulsion.until});
  hub_.tell_exited(user, room);
  announce(room, event::PutOut{.room = room.name(),
                               .nick = user.nick(),
                               .by = expulsion.by,
                               .reason = expulsion.reason,
                               .banned = expulsion.banned,
                               .until = expulsion.until});
  here.remove_if_unused(room);
  return true;
}

void Moderation::put_out_all(Access& here, const core::Network& network,
                             const Expulsion& expulsion) {
  std::vector<User*> concerned;
  for (const auto& audience : expulsion.room->audiences()) {
    for (const Membership* const member : audience->members()) {
      const bool is_there = network.contains(member->user.address());
      if (is_there && !keeps_order(*member)) concerned.push_back(&member->user);
    }
  }
  for (User* const user : concerned) put_out(here, *user, expulsion, {});
}

// --- Bans. ---

void Moderation::act(User& by, const command::Ban& ban) {
  Membership* const place = right(by, "ban");
  if (place == nullptr || !accepts_reason(by, ban.reason)) return;
  const auto aim = take_aim(by, ban.whom);
  if (!aim) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  User* const target = aim->network ? nullptr : here.find_user(aim->nick);
  const Membership* const member = target == nullptr ? nullptr : member_in(*target, room);
  if (target != nullptr && !may_touch(by, *target, member, "ban")) return;

  Sanction sanction{.nick = target == nullptr ? std::string(aim->nick) : target->nick(),
                    .network = target == nullptr ? aim->network : network_of(*target, by),
                    .by = by.nick(),
                    .reason = std::string(ban.reason),
                    .until = end_of(ban.duration)};
  if (!room.make_rules().bans.add(sanction, now())) {
    return by.tell(event::TooManyBans{.room = room.name(), .most = Sanctions::kMost});
  }
  const std::string network = text_of(sanction.network);
  log_deed({.act = "ban",
            .by = by,
            .whom = sanction.nick,
            .room = room.name(),
            .address = network,
            .reason = ban.reason,
            .until = sanction.until});
  by.tell(event::BanAdded{
      .room = room.name(),
      .whom = sanction.nick.empty() ? std::string_view(network) : std::string_view(sanction.nick),
      .with_address = !sanction.nick.empty() && sanction.network,
      .until = sanction.until});
  const Expulsion expulsion{.room = room.shared_from_this(),
                            .by = sanction.by,
                            .reason = sanction.reason,
                            .banned = true,
                            .until = sanction.until};
  if (member != nullptr) return put_out(here, *target, expulsion, {});
  if (sanction.nick.empty()) put_out_all(here, *sanction.network, expulsion);
}

void Moderation::act(User& by, const command::Unban& unban) {
  Membership* const place = right(by, "unban");
  if (place == nullptr) return;
  const Access here(hub_.directory_);
  Room& room = place->room();
  if (room.rules() == nullptr || !room.rules()->bans.remove(unban.whom, now())) {
    return by.tell(event::NoSuchBan{.room = room.name(), .whom = unban.whom});
  }
  log_deed({.act = "unban", .by = by, .whom = unban.whom, .room = room.name()});
  by.tell(event::BanLifted{.room = room.name(), .whom = unban.whom});
}

// The networks beside nicks are for operators of the server: an address is nobody's business.
void Moderation::act(User& by, const command::ListBans& /*list*/) {
  if (by.current() == nullptr && by.is_operator()) return hub_.operations_.list_bans(by);
  const Membership* const place = right(by, "bans");
  if (place == nullptr) return;
  {
    const Access here(hub_.directory_);
    const Room& room = place->room();
    std::vector<event::BanList::Entry> entries;
    const auto collect = [&](const Sanctions& sanctions, bool is_mute) {
      for (const Sanction* const one : sanctions.all(now())) {
        const bool shows = one->nick.empty() || by.is_operator();
        entries.push_back({.nick = one->nick,
                           .by = one->by,
                           .reason = one->reason,
                           .network = shows ? text_of(one->network) : std::string(),
                           .until = one->until,
                           .is_mute = is_mute});
      }
    };
    if (const HouseRules* const rules = room.rules()) {
      collect(rules->bans, false);
      collect(rules->mutes, true);
    }
    tell_bans(by, room.name(), std::move(entries));
  }
  if (by.is_operator()) hub_.operations_.list_bans(by);
}

void Moderation::tell_bans(User& by, std::string_view room,
                           std::vector<event::BanList::Entry> bans) const {
  std::size_t shown = 0;
  for (std::size_t bytes = 0; shown < std::min(bans.size(), Hub::kListMost); ++shown) {
    constexpr std::size_t kLineMost = 128;  // what stands around them
    const event::BanList::Entry& ban = bans[shown];
    bytes += ban.nick.size() + ban.network.size() + ban.by.size() + ban.reason.size() + kLineMost;
    if (bytes > hub_.answer_most() / 2) break;
  }
  by.tell(event::BanList{
      .room = room, .entries = std::span(bans).first(shown), .others = bans.size() - shown});
}

}  // namespace server
