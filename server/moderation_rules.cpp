// Another part of Moderation: who may speak, who has which role, and what a room is set to.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/assert.hpp"
#include "server/hub.hpp"
#include "server/moderation.hpp"
#include "server/moderation_log.hpp"

namespace server {

namespace {

std::string_view word_of(Mode mode) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"moderated", "closed", "topiclock", "slow", "key"});
  return kWords[static_cast<std::size_t>(mode)];
}

// Where the modes that are on or off are kept.
bool HouseRules::*flag_of(Mode mode) {
  HUBBUB_ASSERT(mode == Mode::kModerated || mode == Mode::kClosed || mode == Mode::kTopicLock);
  if (mode == Mode::kModerated) return &HouseRules::moderated;
  return mode == Mode::kClosed ? &HouseRules::closed : &HouseRules::topic_locked;
}

bool is_on(const HouseRules& rules, Mode mode) {
  if (mode == Mode::kSlow) return rules.slow.count() > 0;
  if (mode == Mode::kKey) return !rules.key.empty();
  return rules.*flag_of(mode);
}

}  // namespace

// --- Muting. ---

void Moderation::act(User& by, const command::Mute& mute) {
  Membership* const place = right(by, "mute");
  if (place == nullptr) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  Membership* const member = find_member(here, by, room, mute.nick);
  if (member == nullptr || !may_touch(by, member->user, member, "mute")) return;
  User& target = member->user;
  Sanction sanction = against(here, target, by);
  sanction.until = end_of(mute.duration);
  if (!lay_down(here, by, room, &HouseRules::mutes, sanction)) return;
  for (Membership* const one : concerned(here, room, sanction)) one->set_muted(true);
  log({.act = "mute",
       .by = by,
       .whom = target.nick(),
       .room = room.name(),
       .address = target.address().to_string(),
       .until = sanction.until});
  announce(room, event::MuteChanged{.room = room.name(),
                                    .nick = target.nick(),
                                    .by = by.nick(),
                                    .on = true,
                                    .until = sanction.until});
}

// All that concern it are lifted, also one of somebody else with the same address; who was muted
// with it is heard again, unless there is another.
void Moderation::act(User& by, const command::Unmute& unmute) {
  Membership* const place = right(by, "unmute");
  if (place == nullptr) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  const User* const target = here.find_user(unmute.nick);
  const Sanctions::Suspect who =
      target != nullptr ? suspect(here, *target) : Sanctions::Suspect{.nick = unmute.nick};
  std::vector<Sanction> lifted;
  if (HouseRules* const rules = room.rules()) lifted = rules->mutes.lift(who, now());
  if (lifted.empty()) return by.tell(event::NotMuted{.nick = unmute.nick, .room = room.name()});
  for (const Sanction& mute : lifted) {
    for (Membership* const one : concerned(here, room, mute)) {
      one->set_muted(mutes(here, one->user, room));
    }
    log({.act = "unmute", .by = by, .whom = mute.nick, .room = room.name()});
  }
  announce(room, event::MuteChanged{.room = room.name(),
                                    .nick = target == nullptr ? unmute.nick : target->nick(),
                                    .by = by.nick()});
}

// --- Roles. ---

void Moderation::act(User& by, const command::GiveRole& give) {
  const bool is_voice = give.role == Role::kVoice;
  Membership* const place = right(by, is_voice ? "voice" : "op");
  if (place == nullptr) return;
  Access here(hub_.directory_);
  Membership* const member = find_member(here, by, place->room(), give.nick);
  if (member == nullptr) return;
  if (member->role() >= give.role) {
    return by.tell(event::RoleIsSo{.nick = member->user.nick(), .role = give.role, .given = true});
  }
  member->set_role(give.role);
  role_changed(by, *member, give.role, is_voice ? "voice" : "op", true);
}

void Moderation::act(User& by, const command::TakeRole& take) {
  const bool is_voice = take.role == Role::kVoice;
  Membership* const place = right(by, is_voice ? "unvoice" : "deop");
  if (place == nullptr) return;
  Access here(hub_.directory_);
  Membership* const member = find_member(here, by, place->room(), take.nick);
  if (member == nullptr) return;
  if (member->role() != take.role) {
    return by.tell(event::RoleIsSo{.nick = member->user.nick(), .role = take.role, .given = false});
  }
  member->set_role(Role::kNone);
  role_changed(by, *member, take.role, is_voice ? "unvoice" : "deop", false);
}

void Moderation::role_changed(const User& by, const Membership& member, Role role,
                              std::string_view deed, bool given) {
  Room& room = member.room();
  log({.act = deed,
       .by = by,
       .whom = member.user.nick(),
       .room = room.name(),
       .address = member.user.address().to_string()});
  announce(room, event::RoleChanged{.room = room.name(),
                                    .nick = member.user.nick(),
                                    .by = by.nick(),
                                    .role = role,
                                    .given = given});
}

// --- Invitations. ---

void Moderation::act(User& by, const command::Invite& invite) {
  Membership* const place = right(by, "invite");
  if (place == nullptr) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  User* const target = here.find_user(invite.nick);
  if (target == nullptr) return by.tell(event::NoSuchNick{.nick = invite.nick});
  if (member_in(*target, room) != nullptr) {
    return by.tell(event::IsMember{.nick = target->nick(), .room = room.name()});
  }
  const UserHandle who = here.handle(*target);
  const HouseRules* const rules = room.rules();
  if (rules == nullptr || !rules->is_invited(who.visitor())) {
    Quota::Share share = take_share(here, by);
    if (!share) return;
    if (!room.make_rules().invite(who.visitor(), std::move(share))) {
      return by.tell(
          event::TooManyInvited{.room = room.name(), .most = HouseRules::kInvitationsMost});
    }
  }
  log({.act = "invite",
       .by = by,
       .whom = target->nick(),
       .room = room.name(),
       .address = target->address().to_string()});
  by.tell(event::Invited{.room = room.name(), .nick = target->nick()});
  if (&target->hub() == &hub_) return deliver_invitation(*target, room.name(), by.nick());
  who.visit([name = room.name(), nick = by.nick()](User* present) {
    if (present == nullptr) return;
    present->hub().moderation().deliver_invitation(*present, name, nick);
  });
}

// Who is owed too much to take it is invited all the same.
void Moderation::deliver_invitation(User& target, std::string_view room,
                                    std::string_view by) const {
  if (hub_.has_room_for(target, room)) target.tell(event::YouAreInvited{.room = room, .by = by});
}

// --- What a room is set to. ---

void Moderation::show_mode(User& by, Mode mode) {
  const Membership* const place = hub_.find_membership(by, {});
  if (place == nullptr) return;
  const Access here(hub_.directory_);
  const HouseRules* const rules = place->room().rules();
  event::ModeIs answer{.room = place->room().name(), .mode = mode, .key = {}};
  if (rules != nullptr) {
    answer.on = is_on(*rules, mode);
    answer.slow = rules->slow;
    if (keeps_order(*place)) answer.key = rules->key;
  }
  by.tell(answer);
}

// With the lock.
void Moderation::mode_changed(const User& by, Room& room, Mode mode) {
  const HouseRules& rules = *room.rules();
  room.rules_changed();
  const bool on = is_on(rules, mode);
  const std::string value =
      mode == Mode::kSlow ? fmt::to_string(rules.slow.count()) : std::string(on ? "on" : "off");
  log({.act = word_of(mode), .by = by, .room = room.name(), .value = value});
  announce(room,
           event::ModeChanged{
               .room = room.name(), .by = by.nick(), .mode = mode, .on = on, .slow = rules.slow});
}

void Moderation::act(User& by, const command::SetMode& set) {
  if (!set.on) return show_mode(by, set.mode);
  const Membership* const place = right(by, word_of(set.mode));
  if (place == nullptr) return;
  const Access here(hub_.directory_);
  place->room().make_rules().*flag_of(set.mode) = *set.on;
  mode_changed(by, place->room(), set.mode);
}

void Moderation::act(User& by, const command::SetSlow& set) {
  if (!set.pause) return show_mode(by, Mode::kSlow);
  const Membership* const place = right(by, word_of(Mode::kSlow));
  if (place == nullptr) return;
  const Access here(hub_.directory_);
  place->room().make_rules().slow = *set.pause;
  mode_changed(by, place->room(), Mode::kSlow);
}

void Moderation::act(User& by, const command::SetKey& set) {
  if (!set.key) return show_mode(by, Mode::kKey);
  const Membership* const place = right(by, word_of(Mode::kKey));
  if (place == nullptr) return;
  if (set.key->size() > HouseRules::kKeyMost || set.key->starts_with('#')) {
    return by.tell(event::BadKey{.max_bytes = HouseRules::kKeyMost});
  }
  const Access here(hub_.directory_);
  place->room().make_rules().key = *set.key;
  mode_changed(by, place->room(), Mode::kKey);
}

}  // namespace server
