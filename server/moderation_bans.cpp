// Another part of Moderation: whom a sanction concerns, and bans.
#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/hub.hpp"
#include "server/moderation.hpp"
#include "server/names.hpp"

namespace server {

namespace {

std::string text_of(const std::optional<core::Network>& network) {
  return network ? network->to_string() : std::string();
}

}  // namespace

// --- Sanctions. ---

Sanctions::Suspect Moderation::suspect(const Access& here, const User& user) const {
  return {.nick = user.nick(),
          .account = hub_.account_of(user),
          .visitor = here.visitor(user),
          .address = user.address()};
}

// All that somebody can be known by when it comes back: a nick alone is changed at will.
Sanction Moderation::against(Access& here, User& target, const User& by) const {
  return {.nick = target.nick(),
          .account = std::string(hub_.account_of(target)),
          .visitor = here.handle(target).visitor(),
          .network = network_of(target, by),
          .by = by.nick(),
          .since = now()};
}

std::vector<Membership*> Moderation::concerned(const Access& here, const Room& room,
                                               const Sanction& one) const {
  std::vector<Membership*> members;
  for (const auto& audience : room.audiences()) {
    for (Membership* const member : audience->members()) {
      if (keeps_order(*member)) continue;
      if (Sanctions::concerns(one, suspect(here, member->user))) members.push_back(member);
    }
  }
  return members;
}

bool Moderation::lay_down(Access& here, User& by, Room& room, Sanctions HouseRules::*list,
                          const Sanction& sanction) {
  if (HouseRules* const rules = room.rules()) {
    Sanctions& laid_down = rules->*list;
    if (laid_down.replace(sanction, now())) return true;
    if (laid_down.is_full(now())) {
      by.tell(event::TooManyBans{.room = room.name(), .most = Sanctions::kMost});
      return false;
    }
  }
  Quota::Share share = take_share(here, by);
  if (!share) return false;
  (room.make_rules().*list).add(sanction, std::move(share));
  return true;
}

// None, and why is told: a limit is reached. Operators of the server are held to none, or strangers
// could use up what they need against them.
Quota::Share Moderation::take_share(Access& here, User& by) {
  const Config::Limits& config = hub_.limits();
  const Quota::Limits limits{config.sanctions, config.sanctions_per_address, config.trusted};
  Quota& quota = here.sanctions();
  if (by.is_operator()) return quota.take_beyond();
  Quota::Share share = quota.take(by.address(), limits);
  if (!share) {
    here.forget_old_sanctions(now());
    share = quota.take(by.address(), limits);
  }
  if (!share) {
    const bool of_all = quota.is_full(limits);
    by.tell(event::TooManySanctions{.most = of_all ? limits.all : limits.of_address,
                                    .of_address = !of_all});
  }
  return share;
}

void Moderation::judge(Access& here, User& user) {
  std::vector<Expulsion> expulsions;
  for (Membership& membership : user.memberships()) {
    Room& room = membership.room();
    if (room.rules() == nullptr || keeps_order(membership)) continue;
    membership.set_muted(mutes(here, user, room));
    const Sanction* const ban = room.rules()->bans.find(suspect(here, user), now());
    if (ban == nullptr) continue;
    expulsions.push_back({.room = room.shared_from_this(),
                          .by = ban->by,
                          .reason = ban->reason,
                          .banned = true,
                          .until = ban->until});
  }
  for (const Expulsion& expulsion : expulsions) put_out(here, user, expulsion, {});
}

// --- Bans. ---

// A network, or somebody who is not here: its nick, and the account of that name.
Sanction Moderation::of_absent(const Aim& aim, const User& by) const {
  const bool has_account = !aim.nick.empty() && hub_.registered_names().contains(aim.nick);
  return {.nick = std::string(aim.nick),
          .account = std::string(has_account ? aim.nick : std::string_view()),
          .network = aim.network,
          .by = by.nick(),
          .since = now()};
}

void Moderation::act(User& by, const command::Ban& ban) {
  Membership* const place = right(by, "ban");
  if (place == nullptr || !accepts_reason(by, ban.reason)) return;
  const auto aim = take_aim(by, ban.whom);
  if (!aim) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  User* const target = aim->network ? nullptr : here.find_user(aim->nick);
  if (target != nullptr && !may_touch(by, *target, member_in(*target, room), "ban")) return;

  Sanction sanction = target != nullptr ? against(here, *target, by) : of_absent(*aim, by);
  sanction.reason = ban.reason;
  sanction.until = end_of(ban.duration);
  if (!lay_down(here, by, room, &HouseRules::bans, sanction)) return;
  const std::string network = text_of(sanction.network);
  log({.act = "ban",
       .by = by,
       .whom = sanction.nick,
       .room = room.name(),
       .address = network,
       .reason = ban.reason,
       .until = sanction.until});
  answer_when_kept(here, by,
                   {.room = room.name(),
                    .whom = sanction.nick.empty() ? network : sanction.nick,
                    .with_address = !sanction.nick.empty() && sanction.network,
                    .with_account = !sanction.account.empty(),
                    .until = sanction.until});
  const Expulsion expulsion{.room = room.shared_from_this(),
                            .by = sanction.by,
                            .reason = sanction.reason,
                            .banned = true,
                            .until = sanction.until};
  for (Membership* const one : concerned(here, room, sanction)) {
    put_out(here, one->user, expulsion, {});
  }
}

void Moderation::act(User& by, const command::Unban& unban) {
  Membership* const place = right(by, "unban");
  if (place == nullptr) return;
  Access here(hub_.directory_);
  Room& room = place->room();
  if (room.rules() == nullptr || !room.rules()->bans.remove(unban.whom, now())) {
    return by.tell(event::NoSuchBan{.room = room.name(), .whom = unban.whom});
  }
  log({.act = "unban", .by = by, .whom = unban.whom, .room = room.name()});
  answer_when_kept(here, by,
                   {.room = room.name(), .whom = std::string(unban.whom), .is_lifted = true});
}

bool Moderation::lets_begin(Access& here, User& user, std::string_view name) const {
  const Sanctions* const bans = here.kept_bans().find(name, now());
  if (bans == nullptr || user.is_operator()) return true;
  const Sanction* const ban = bans->find(suspect(here, user), now());
  if (ban == nullptr) return true;
  user.tell(event::BannedFromRoom{
      .room = name, .by = ban->by, .reason = ban->reason, .until = ban->until});
  return false;
}

void Moderation::restore_bans(Access& here, Room& room) const {
  Sanctions kept = here.kept_bans().take(room.name(), now());
  if (kept.empty()) return;
  room.make_rules().bans = std::move(kept);
  if (here.room_ban_keeper() != nullptr) here.room_ban_keeper()->write_down_soon(room.name());
}

// It holds already; who is told of it knows that it will hold after a restart.
void Moderation::answer_when_kept(Access& here, User& by, BanNews news) {
  RoomBanKeeper* const keeper = here.room_ban_keeper();
  if (keeper == nullptr) return tell_ban(by, news);
  auto kept = keep(here.handle(by), *keeper, std::move(news));
  hub_.loop_.spawn(std::move(kept), "keep a room's ban").detach();
}

core::Task<void> Moderation::keep(UserHandle by, RoomBanKeeper& keeper, BanNews news) {
  const std::string why = co_await keeper.write_down(news.room);
  if (*by == nullptr) co_return;
  if (why.empty()) co_return tell_ban(**by, news);
  (*by)->tell(event::BanNotKept{
      .room = news.room, .whom = news.whom, .why = why, .is_lifted = news.is_lifted});
}

void Moderation::tell_ban(User& by, const BanNews& news) {
  if (news.is_lifted) return by.tell(event::BanLifted{.room = news.room, .whom = news.whom});
  by.tell(event::BanAdded{.room = news.room,
                          .whom = news.whom,
                          .with_address = news.with_address,
                          .with_account = news.with_account,
                          .until = news.until});
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
                           .is_mute = is_mute,
                           .account = folded(one->account) == folded(one->nick)
                                          ? std::string_view()
                                          : std::string_view(one->account)});
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
    bytes += ban.nick.size() + ban.account.size() + ban.network.size() + ban.by.size() +
             ban.reason.size() + kLineMost;
    if (bytes > hub_.answer_most() / 2) break;
  }
  by.tell(event::BanList{
      .room = room, .entries = std::span(bans).first(shown), .others = bans.size() - shown});
}

}  // namespace server
