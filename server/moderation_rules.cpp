// The other half of Moderation: who may speak, who has which role, and what a room is set to.
#include <array>
#include <string>
#include <utility>

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
  const User& target = member->user;
  const std::time_t until = end_of(mute.duration);
  const Sanction sanction{.nick = target.nick(),
                          .network = network_of(target, by),
                          .by = by.nick(),
                          .reason = {},
                          .until = until};
  if (!room.make_rules().mutes.add(sanction, now())) {
    return by.tell(event::TooManyBans{.room = room.name(), .most = Sanctions::kMost});
  }
  member->set_muted(true);
  log_deed({.act = "mute",
            .by = by,
            .whom = target.nick(),
            .room = room.name(),
            .address = target.address().to_string(),
            .until = until});
  announce(
      room,
      event::MuteChanged{
          .room = room.name(), .nick = target.nick(), .by = by.nick(), .on = true, .until = until});
}

// Who is muted because of somebody else's network is freed of that.
void Moderation::act(User& by, const command::Unmute& unmute) {
  Membership* const place = right(by, "unmute");
  if (place == nullptr) return;
  const Access here(hub_.directory_);
  Room& room = place->room();
  const User* const target = here.find_user(unmute.nick);
  HouseRules* const rules = room.rules();
  const Sanction* const mute =
      rules == nullptr
          ? nullptr
          : rules->mutes.find(unmute.nick, target == nullptr ? core::Address() : target->address(),
                              now());
  if (mute == nullptr) {
    return by.tell(event::NotMuted{.nick = unmute.nick, .room = room.name()});
  }
  const std::string against = mute->nick;
  rules->mutes.remove(against, now());
  if (Membership* const member = target == nullptr ? nullptr : member_in(*target, room)) {
    member->set_muted(mutes(*target, room));
  }
  log_deed({.act = "unmute", .by = by, .whom = against, .room = room.name()});
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
  log_deed({.act = deed,
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
  const Directory::Handle who = here.handle(*target);
  if (!room.make_rules().invite(who)) {
    return by.tell(
        event::TooManyInvited{.room = room.name(), .most = HouseRules::kInvitationsMost});
  }
  log_deed({.act = "invite",
            .by = by,
            .whom = target->nick(),
            .room = room.name(),
            .address = target->address().to_string()});
  by.tell(event::Invited{.room = room.name(), .nick = target->nick()});
  Moderation& there = target->hub().moderation();
  if (&there == this) return deliver_invitation(*target, room.name(), by.nick());
  target->hub().loop().post([&there, who, name = room.name(), nick = by.nick()] {
    if (*who != nullptr) there.deliver_invitation(**who, name, nick);
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
  log_deed({.act = word_of(mode), .by = by, .room = room.name(), .value = value});
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
