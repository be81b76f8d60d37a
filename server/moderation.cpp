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

void Moderation::log(const Deed& deed) const {
  hub_.log_.note(deed, hub_.loop_.now());
}

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
  if (const Sanction* const ban = rules->bans.find(suspect(here, user), now())) {
    user.tell(event::BannedFromRoom{
        .room = room.name(), .by = ban->by, .reason = ban->reason, .until = ban->until});
    return false;
  }
  const bool knows_key = rules->key.empty() || rules->key == key;
  if (!rules->closed && knows_key) return true;
  if (rules->take_invitation(here.visitor(user))) return true;
  if (rules->closed) {
    user.tell(event::RoomClosed{.room = room.name()});
  } else {
    user.tell(event::KeyNeeded{.room = room.name(), .was_wrong = !key.empty()});
  }
  return false;
}

std::optional<Event> Moderation::restraint(Access& here, Membership& membership) {
  const Room& room = membership.room();
  const HouseRules* const rules = room.rules();
  if (rules == nullptr || keeps_order(membership)) return std::nullopt;
  const User& user = membership.user;
  if (membership.muted()) {
    if (const Sanction* const mute = rules->mutes.find(suspect(here, user), now())) {
      return event::YouAreMuted{.room = room.name(), .by = mute->by, .until = mute->until};
    }
    membership.set_muted(false);  // that is over
  }
  if (rules->moderated && membership.role() == Role::kNone) {
    return event::RoomModerated{.room = room.name()};
  }
  if (rules->slow.count() == 0) return std::nullopt;
  const core::Duration wait = rules->wait(speaker(user), hub_.loop_.now());
  if (wait == core::Duration::zero()) return std::nullopt;
  return event::TooSoon{.room = room.name(),
                        .slow = rules->slow,
                        .wait = std::chrono::ceil<std::chrono::seconds>(wait)};
}

bool Moderation::may_speak(Access& here, Membership& membership) {
  if (const auto why = restraint(here, membership)) {
    membership.user.tell(*why);
    return false;
  }
  take_turn(here, membership);
  return true;
}

void Moderation::take_turn(Access& /*here*/, Membership& membership) {
  HouseRules* const rules = membership.room().rules();
  if (rules == nullptr || rules->slow.count() == 0 || keeps_order(membership)) return;
  rules->take_turn(speaker(membership.user), hub_.loop_.now());
}

std::string Moderation::speaker(const User& user) const {
  if (const std::string_view account = hub_.account_of(user); !account.empty()) {
    return "account " + folded(account);
  }
  const core::Address& address = user.address();
  const bool stands_for_many = address.size() == 0 || is_exempt(address);
  return stands_for_many ? "nick " + folded(user.nick())
                         : core::Network::of_customer(address).to_string();
}

bool Moderation::may_speak(Membership& membership) {
  if (keeps_order(membership)) return true;
  Access here(hub_.directory_);
  return may_speak(here, membership);
}

bool Moderation::may_set_topic(Access& here, Membership& membership) {
  const HouseRules* const rules = membership.room().rules();
  if (rules == nullptr || keeps_order(membership)) return true;
  if (!rules->topic_locked) return may_speak(here, membership);
  membership.user.tell(event::TopicLocked{.room = membership.room().name()});
  return false;
}

bool Moderation::may_rename(Access& here, User& user) {
  if (!user.has_chosen_nick()) return true;
  for (Membership& membership : user.memberships()) {
    if (const auto why = restraint(here, membership)) {
      user.tell(*why);
      return false;
    }
  }
  for (Membership& membership : user.memberships()) take_turn(here, membership);
  return true;
}

bool Moderation::is_heard(Access& here, Membership& membership) {
  return !restraint(here, membership);
}

bool Moderation::mutes(Access& here, const User& user, const Room& room) const {
  const HouseRules* const rules = room.rules();
  return rules != nullptr && rules->mutes.find(suspect(here, user), now()) != nullptr;
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
  if (target.address().size() == 0 || is_exempt(target.address())) return std::nullopt;
  const core::Network network = core::Network::of_customer(target.address());
  if (network.contains(by.address())) return std::nullopt;
  return network;
}

bool Moderation::is_exempt(const core::Address& address) const {
  return core::any_contains(hub_.limits().trusted, address) ||
         core::any_contains(hub_.limits().gateways, address);
}

// --- The rights, and those whom it concerns. ---

// Where it talks, if it keeps order there; else it is told why not.
Membership* Moderation::right(User& by, std::string_view command) {
  Membership* const place = hub_.find_membership(by, {});
  if (place == nullptr || keeps_order(*place)) return place;
  hub_.log_.note_refused(command, by, place->room().name(), hub_.loop_.now());
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
  log({.act = "kick",
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
                         const UserHandle& asker) {
  if (&target.hub() == &hub_) {
    expel(here, target, expulsion);
    return;
  }
  here.handle(target).visit([nick = target.nick(), expulsion, asker](User* present) {
    if (present != nullptr && present->hub().moderation().expel(*present, expulsion)) return;
    if (!asker) return;
    asker.visit([nick, room = expulsion.room](User* by) {
      if (by != nullptr) by->tell(event::NotAMember{.nick = nick, .room = room->name()});
    });
  });
}

bool Moderation::expel(User& user, const Expulsion& expulsion) {
  Access here(hub_.directory_);
  return expel(here, user, expulsion);
}

// It gets every line until then. False: it is not in the room.
bool Moderation::expel(Access& here, User& user, const Expulsion& expulsion) {
  Room& room = *expulsion.room;
  Membership* const membership = member_in(user, room);
  if (membership == nullptr) return false;
  hub_.keep_owed(user, *membership);
  hub_.unlink(here, user, *membership);
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

}  // namespace server
