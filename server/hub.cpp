// What happens in the hub. Everything a user can do is one function here that ends in publishing to
// a room or telling somebody something; waking the readers is left to the end of the pass.
#include "server/hub.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <utility>

#include "server/names.hpp"

namespace server {

Hub::Hub(core::Loop& loop, Directory& directory, BanList& bans)
    : loop_(loop),
      directory_(directory),
      config_(Access(directory).config()),
      fanout_(loop, config_),
      moderation_(*this),
      operations_(*this, bans),
      self_(std::make_shared<Hub*>(this)),
      names_watch_(registered_names(), [this](const Login& by) {
        loop_.post([self = self_, by] {
          if (*self != nullptr) (*self)->end_stale_logins(by);
        });
      }) {
  Access(directory_).add(*this);
}

Hub::~Hub() {
  *self_ = nullptr;
  Access(directory_).remove(*this);
  loop_.timers().disarm(*this);
}

// --- Who is here. ---

void Hub::connect(User& user) {
  Access here(directory_);
  here.add(user);
  ++counted_.people;
  user.connected_at_ = std::chrono::floor<User::Seconds>(loop_.now().time_since_epoch());
  user.tell(
      event::Welcome{.server = config_.chat.name, .nick = user.nick_, .motd = config_.chat.motd});
  judge_operator(here, user);
  join(here, user, config_.chat.lobby, {});
}

void Hub::disconnect(User& user, Parting parting) {
  Access here(directory_);
  if (!here.has(user)) return;
  while (Membership* const membership = user.memberships_.last()) {
    const bool is_heard = parting.why != Departure::kQuit || parting.words.empty() ||
                          moderation_.is_heard(here, *membership);
    fanout_.close_gap(*membership);
    user.outflow_.retire(*membership);  // no copy: many may go at once, and it ends soon
    const std::shared_ptr<Room> room = unlink(here, user, *membership);
    tell_left(here, *room, user, is_heard ? parting : Parting{});
  }
  here.remove(user);
  --counted_.people;
}

void Hub::forget(User& user) noexcept {
  Access here(directory_);
  if (!here.has(user)) return;
  while (Membership* const membership = user.memberships_.last()) {
    user.outflow_.remove(*membership);
    here.remove_if_unused(*unlink(here, user, *membership));
  }
  here.remove(user);
  --counted_.people;
}

void Hub::change_nick(User& user, std::string_view nick) {
  if (const auto fault = check_nick(nick, config_.limits.nick)) {
    return user.tell(event::BadNick{.fault = *fault, .max_bytes = config_.limits.nick});
  }
  Access here(directory_);
  User* const holder = here.find_user(nick);
  if (registered_names().is_kept_from(user.login(), nick)) {
    return user.tell(event::NickRegistered{.nick = nick});
  }
  if (holder != nullptr && holder != &user) return user.tell(event::NickTaken{.nick = nick});
  if (!moderation_.may_rename(here, user)) return;
  rename(here, user, nick);
}

void Hub::rename(Access& here, User& user, std::string_view nick) {
  const std::string old = user.nick_;
  user.has_chosen_nick_ = true;
  here.rename(user, std::string(nick));
  user.tell(event::NickChanged{.nick = user.nick_});
  if (old == user.nick_) return;
  for (Membership& membership : user.memberships_) {
    Room& room = membership.room();
    if (room.rules() != nullptr) room.rules()->mutes.rename(here.visitor(user), user.nick_);
    if (digests(room)) {
      room.digest.renamed(old, user.nick_);
      start_digest(room);
    } else {
      announce(room, event::Renamed{.room = room.name(), .from = old, .to = user.nick_},
               &membership);
    }
  }
  moderation_.judge(here, user);
}

void Hub::describe(User& user, std::string_view nick) {
  const Access here(directory_);
  const User* const who = here.find_user(nick);
  if (who == nullptr) return user.tell(event::NoSuchNick{.nick = nick});
  std::vector<event::Ranked> rooms;
  for (const Membership& membership : who->memberships_) {
    rooms.push_back({.name = membership.room().name(), .role = membership.role()});
  }
  const std::string address = user.is_operator() ? who->address().to_string() : std::string();
  // Each loop has its own idea of now, and who is on another may come from the future.
  const auto now = std::chrono::floor<std::chrono::seconds>(loop_.now().time_since_epoch());
  const auto age =
      std::max(now - std::chrono::seconds(who->connected_at_), std::chrono::seconds(0));
  user.tell(event::UserDetails{.nick = who->nick_,
                               .rooms = rooms,
                               .connected_seconds = static_cast<std::size_t>(age.count()),
                               .is_operator = who->operator_,
                               .address = address,
                               .account = account_of(*who)});
}

// --- Coming and going. ---

Membership* Hub::find_membership(User& user, std::string_view room) {
  if (room.empty()) {
    if (user.current_ == nullptr) user.tell(event::NotInRoom{});
    return user.current_;
  }
  for (Membership& membership : user.memberships_) {
    if (folded(membership.room().name()) == folded(room)) return &membership;
  }
  user.tell(event::NotInRoom{.room = room});
  return nullptr;
}

void Hub::join(User& user, std::string_view name, std::string_view key) {
  if (const auto fault = check_room(name, config_.limits.room)) {
    return user.tell(event::BadRoomName{.fault = *fault, .max_bytes = config_.limits.room});
  }
  Access here(directory_);
  join(here, user, name, key);
}

bool Hub::is_lobby(std::string_view room) const {
  return folded(room) == folded(config_.chat.lobby);
}

void Hub::join(Access& here, User& user, std::string_view name, std::string_view key) {
  Room* room = here.find_room(name);
  for (Membership& membership : user.memberships_) {
    if (&membership.room() != room) continue;
    user.current_ = &membership;
    return user.tell(event::SwitchedTo{.room = room->name()});
  }
  if (user.memberships_.size() >= config_.limits.rooms_per_user) {
    return user.tell(event::TooManyRooms{.most = config_.limits.rooms_per_user});
  }
  if (room != nullptr) {
    if (!moderation_.admits(here, user, *room, key)) return;
    return enter(here, user, *room, Role::kNone);
  }
  begin_room(here, user, name);
}

// There is always a lobby, which is nobody's.
void Hub::begin_room(Access& here, User& user, std::string_view name) {
  if (!moderation_.lets_begin(here, user, name)) return;
  Quota& quota = here.room_quota();
  const Quota::Limits limits{config_.limits.rooms, config_.limits.rooms_per_address,
                             config_.limits.trusted};
  const bool begins_lobby = is_lobby(name);
  Quota::Share share = begins_lobby ? quota.take_beyond() : quota.take(user.address(), limits);
  if (!share) {
    const bool of_all = quota.is_full(limits);
    return user.tell(event::ServerHasTooManyRooms{.most = of_all ? limits.all : limits.of_address,
                                                  .of_address = !of_all});
  }
  Room& room = here.create_room(name, std::move(share));
  try {
    moderation_.restore_bans(here, room);
    enter(here, user, room, begins_lobby ? Role::kNone : Role::kOperator);
  } catch (...) {
    here.remove_if_unused(room);
    throw;
  }
}

void Hub::enter(Access& here, User& user, Room& room, Role role) {
  std::size_t replayed = 0;
  const std::size_t members = room.members();
  user.memberships_.add(room.add(user, fanout_, config_.chat.replay, replayed));
  here.members_changed(room, members);
  Membership& membership = *user.memberships_.last();
  membership.set_role(role);
  membership.set_muted(moderation_.mutes(here, user, room));
  user.current_ = &membership;
  const auto follow = [&] { user.outflow_.add(membership); };  // what is replayed
  try {
    user.tell(event::Entered{.room = room.name(),
                             .topic = room.topic,
                             .topic_by = room.topic_by,
                             .members = room.members(),
                             .replayed = replayed,
                             .as_operator = role == Role::kOperator});
  } catch (...) {
    follow();  // it is a member all the same
    throw;
  }
  follow();
  if (digests(room)) {
    room.digest.joined(user.nick_);
    start_digest(room);
    return;
  }
  const std::string_view names[] = {user.nick_};
  announce(room, event::Joined{.room = room.name(), .names = names}, &membership);
}

void Hub::leave(User& user, std::string_view name) {
  Membership* const membership = find_membership(user, name);
  if (membership == nullptr) return;
  Access here(directory_);
  keep_owed(user, *membership);
  const std::shared_ptr<Room> room = unlink(here, user, *membership);
  tell_left(here, *room, user, {});
  tell_exited(user, *room);
}

void Hub::tell_exited(User& user, const Room& room) {
  const Membership* const current = user.current_;
  user.tell(event::Exited{.room = room.name(),
                          .current = current == nullptr
                                         ? std::string_view()
                                         : std::string_view(current->room().name())});
}

// What the user is owed from the room's log moves to its mailbox, so that it gets every line until
// it left, and the log need not be kept for who may never read again. More than the mailbox holds
// is said to be missed instead.
void Hub::keep_owed(User& user, Membership& membership) {
  core::Cursor& cursor = membership.cursor;
  const core::Cursor newest = membership.room().newest(user.dialect());
  const std::uint64_t owed = user.outflow_.mailbox_bytes() + newest.byte() - cursor.byte();
  if (owed > config_.limits.mailbox) fanout_.skip_to_newest(membership, newest);
  fanout_.close_gap(membership);
  user.outflow_.remove(membership);
  std::array<iovec, 16> pieces;
  while (const std::size_t count = cursor.gather(pieces, 0, newest.byte())) {
    for (const iovec& piece : std::span(pieces).first(count)) {
      user.outflow_.append({static_cast<const char*>(piece.iov_base), piece.iov_len});
      cursor.advance(piece.iov_len);
    }
  }
}

// The outflow no longer reads from the room, which the caller may still have something to say in.
std::shared_ptr<Room> Hub::unlink(Access& here, User& user, Membership& membership) {
  std::shared_ptr<Room> room = membership.room().shared_from_this();
  fanout_.forget(membership);
  const std::size_t members = room->members();
  room->remove(membership);
  here.members_changed(*room, members);
  const bool was_current = user.current_ == &membership;
  user.memberships_.remove(membership);
  if (was_current) user.current_ = user.memberships_.last();
  return room;
}

void Hub::tell_left(Access& here, Room& room, const User& user, Parting parting) {
  if (digests(room)) {
    room.digest.left(user.nick_);
    start_digest(room);
    return;
  }
  const std::string_view names[] = {user.nick_};
  announce(room, event::Left{.room = room.name(), .names = names, .parting = parting}, nullptr);
  here.remove_if_unused(room);
}

// --- Talking. ---

void Hub::say(User& user, std::string_view text, Manner manner) {
  Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  Room& room = membership->room();
  const bool is_free = !room.restrains_talk() && !membership->muted();
  if (!is_free && !moderation_.may_speak(*membership)) return;
  const event::Said said{.room = room.name(), .from = user.nick_, .text = text, .manner = manner};
  Membership* const author = user.echo_ ? nullptr : membership;
  counted_.deliveries += room.publish(said, core::Record::kMessage, local_time(), fanout_, author);
  ++counted_.messages;
}

void Hub::tell(User& user, std::string_view nick, std::string_view text) {
  Access here(directory_);
  User* const target = here.find_user(nick);
  if (target == nullptr) return user.tell(event::NoSuchNick{.nick = nick});
  if (&target->hub() != this) return tell_far(here, user, *target, text);
  if (!has_room_for(*target, text)) return user.tell(event::MailboxFull{.nick = target->nick_});
  target->tell(event::Told{.from = user.nick_, .text = text});
  user.tell(event::YouTold{.to = target->nick_, .text = text});
}

bool Hub::has_room_for(const User& target, std::string_view text) const {
  return target.outflow_.mailbox_bytes() + text.size() <= config_.limits.mailbox;
}

// The target's loop delivers it. What may go wrong there is rare, so the user is told at once that
// it was told, in order with the answers to what it asks next.
void Hub::tell_far(Access& here, User& user, User& target, std::string_view text) {
  const auto deliver = [nick = target.nick_, sender = user.nick_, from = here.handle(user),
                        text = std::string(text)](User* present) {
    if (present != nullptr && present->hub().has_room_for(*present, text)) {
      return present->tell(event::Told{.from = sender, .text = text});
    }
    from.visit([nick, is_gone = present == nullptr](User* told) {
      if (told != nullptr) told->tell(event::Undelivered{.nick = nick, .is_gone = is_gone});
    });
  };
  here.handle(target).visit(deliver);
  user.tell(event::YouTold{.to = target.nick_, .text = text});
}

void Hub::list_rooms(User& user) {
  const Access here(directory_);
  std::vector<event::RoomList::Entry> entries;
  std::size_t bytes = 0;
  here.ranking().for_each_inhabited([&](const Room& room) {
    constexpr std::size_t kLineMost = 64;  // what stands around the two
    bytes += room.name().size() + room.topic.size() + kLineMost;
    if (entries.size() == kListMost || bytes > answer_most()) return false;
    entries.push_back({.name = room.name(), .topic = room.topic, .members = room.members()});
    return true;
  });
  user.tell(
      event::RoomList{.rooms = entries, .others = here.ranking().inhabited() - entries.size()});
}

void Hub::list_members(User& user, std::string_view name) {
  const Access here(directory_);
  const Room* room = nullptr;
  if (name.empty()) {
    const Membership* const membership = find_membership(user, {});
    if (membership == nullptr) return;
    room = &membership->room();
  } else {
    room = here.find_room(name);
    if (room == nullptr) return user.tell(event::NoSuchRoom{.room = name});
  }
  std::vector<event::Ranked> members;
  for (const auto& audience : room->audiences()) {
    for (const Membership* const member : audience->members()) {
      if (members.size() == kListMost) break;
      members.push_back(
          {.name = member->user.nick(),
           .role = Moderation::keeps_order(*member) ? Role::kOperator : member->role()});
    }
  }
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  user.tell(event::MemberList{
      .room = room->name(), .members = members, .others = room->members() - members.size()});
}

void Hub::show_topic(User& user) {
  const Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  const Access here(directory_);
  const Room& room = membership->room();
  user.tell(event::TopicIs{.room = room.name(), .topic = room.topic, .by = room.topic_by});
}

void Hub::set_topic(User& user, std::string_view topic) {
  Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  if (topic.size() > config_.limits.topic) {
    return user.tell(event::TopicTooLong{.max_bytes = config_.limits.topic});
  }
  Access here(directory_);
  Room& room = membership->room();
  if (!moderation_.may_set_topic(here, *membership)) return;
  room.topic = topic;
  room.topic_by = user.nick_;
  announce(room, event::TopicChanged{.room = room.name(), .by = room.topic_by, .topic = room.topic},
           nullptr);
}

void Hub::show_history(User& user, std::size_t lines) {
  const Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  const Room& room = membership->room();
  const Room::History found = room.history(user.dialect(), lines);
  std::size_t shown = 0;
  for (std::size_t bytes = 0; shown < found.lines.size(); ++shown) {
    bytes += found.lines[found.lines.size() - 1 - shown].size();
    if (bytes > answer_most()) break;
  }
  user.tell(event::History{.room = room.name(), .lines = std::span(found.lines).last(shown)});
}

// --- What members are told of each other. ---

const std::tm& Hub::local_time() {
  const std::time_t now = loop_.ring().wall_clock();
  if (now != local_second_) {
    local_second_ = now;
    ::localtime_r(&now, &local_);
  }
  return local_;
}

void Hub::announce(Room& room, const Event& event, Membership* author) {
  if (room.members() == 0) return;
  room.publish(event, core::Record::kNote, local_time(), fanout_, author);
}

// What happens before a digest is published comes into it, also in a room that is no longer large:
// told at once, it would be told before what went before it.
bool Hub::digests(const Room& room) const {
  return room.digesting || room.members() > config_.chat.digest_above;
}

void Hub::start_digest(Room& room) {
  if (room.digesting) return;
  digesting_.push_back(room.shared_from_this());
  room.digesting = true;
  if (!armed()) loop_.timers().arm(*this, loop_.now() + config_.chat.digest_interval);
}

void Hub::publish_digest(Room& room) {
  room.digest.flush(room.name(), [&](const Event& event) { announce(room, event, nullptr); });
}

// What fails for one room is reported, and the others have their turn.
void Hub::fire() {
  Access here(directory_);
  for (const std::shared_ptr<Room>& room : std::exchange(digesting_, {})) {
    room->digesting = false;
    loop_.contain([&] { publish_digest(*room); });
    here.remove_if_unused(*room);
  }
}

}  // namespace server
