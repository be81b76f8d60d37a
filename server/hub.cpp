// What happens in the hub. Everything a user can do is one function here that ends in publishing to
// a room or telling somebody something; waking the readers is left to the end of the pass.
#include "server/hub.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "server/names.hpp"

namespace server {

Hub::Hub(core::Loop& loop, const Config& config, const Encoders& encoders)
    : loop_(loop), config_(config), encoders_(encoders) {
  loop_.add_pass_end(*this);
}

Hub::~Hub() {
  HUBBUB_ASSERT(users_.empty());
  loop_.timers().disarm(*this);
  loop_.remove_pass_end(*this);
}

// --- Who is here. ---

void Hub::connect(User& user) {
  do {
    user.nick_ = fmt::format("guest-{}", ++guests_);
  } while (!users_.emplace(user.nick_, &user).second);
  user.connected_at_ = loop_.now();
  user.tell(
      event::Welcome{.server = config_.chat.name, .nick = user.nick_, .motd = config_.chat.motd});
  join(user, config_.chat.lobby);
}

void Hub::disconnect(User& user, std::string_view reason) {
  if (find_user(user.nick_) != &user) return;
  while (!user.memberships_.empty()) {
    Membership& membership = *user.memberships_.back();
    Room& room = membership.room;
    close_gap(membership);
    user.outflow_.retire(membership.source);  // no copy: many may go at once, and it ends soon
    unlink(user, membership);
    tell_left(room, user, reason);
  }
  users_.erase(folded(user.nick_));
}

void Hub::forget(User& user) noexcept {
  if (find_user(user.nick_) != &user) return;
  while (!user.memberships_.empty()) {
    Membership& membership = *user.memberships_.back();
    user.outflow_.remove(membership.source);
    unlink(user, membership);
  }
  users_.erase(folded(user.nick_));
}

User* Hub::find_user(std::string_view nick) const {
  const auto found = users_.find(folded(nick));
  return found == users_.end() ? nullptr : found->second;
}

void Hub::change_nick(User& user, std::string_view nick) {
  if (const auto fault = check_nick(nick, config_.limits.nick)) {
    return user.tell(event::BadNick{.fault = *fault, .max_bytes = config_.limits.nick});
  }
  User* const holder = find_user(nick);
  if (holder != nullptr && holder != &user) return user.tell(event::NickTaken{.nick = nick});

  // Nothing fails between taking the old name out and putting the new one in.
  std::string key = folded(nick);
  std::string shown(nick);
  auto entry = users_.extract(folded(user.nick_));
  entry.key().swap(key);
  users_.insert(std::move(entry));
  const std::string old = std::exchange(user.nick_, std::move(shown));
  user.tell(event::NickChanged{.nick = user.nick_});
  if (old == user.nick_) return;
  for (const auto& membership : user.memberships_) {
    Room& room = membership->room;
    if (digests(room)) {
      room.digest().renamed(old, user.nick_);
      start_digest(room);
    } else {
      announce(room, event::Renamed{.room = room.name(), .from = old, .to = user.nick_},
               membership.get());
    }
  }
}

void Hub::describe(User& user, std::string_view nick) {
  const User* const who = find_user(nick);
  if (who == nullptr) return user.tell(event::NoSuchNick{.nick = nick});
  std::vector<std::string_view> rooms;
  for (const auto& membership : who->memberships_) rooms.push_back(membership->room.name());
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - who->connected_at_);
  user.tell(event::UserDetails{.nick = who->nick_,
                               .rooms = rooms,
                               .connected_seconds = static_cast<std::size_t>(age.count())});
}

// --- Coming and going. ---

Room* Hub::find_room(std::string_view name) const {
  const auto found = rooms_.find(folded(name));
  return found == rooms_.end() ? nullptr : found->second.get();
}

Membership* Hub::find_membership(User& user, std::string_view room) {
  if (room.empty()) {
    if (user.current_ == nullptr) user.tell(event::NotInRoom{});
    return user.current_;
  }
  const Room* const wanted = find_room(room);
  for (const auto& membership : user.memberships_) {
    if (&membership->room == wanted) return membership.get();
  }
  user.tell(event::NotInRoom{.room = room});
  return nullptr;
}

void Hub::join(User& user, std::string_view name) {
  if (const auto fault = check_room(name, config_.limits.room)) {
    return user.tell(event::BadRoomName{.fault = *fault, .max_bytes = config_.limits.room});
  }
  Room* room = find_room(name);
  for (const auto& membership : user.memberships_) {
    if (&membership->room != room) continue;
    user.current_ = membership.get();
    return user.tell(event::SwitchedTo{.room = room->name()});
  }
  if (user.memberships_.size() >= config_.limits.rooms_per_user) {
    return user.tell(event::TooManyRooms{.most = config_.limits.rooms_per_user});
  }
  if (room == nullptr) {
    if (rooms_.size() >= config_.limits.rooms) {
      return user.tell(event::ServerHasTooManyRooms{.most = config_.limits.rooms});
    }
    auto created = std::make_unique<Room>(std::string(name), encoders_);
    room = rooms_.emplace(folded(name), std::move(created)).first->second.get();
  }
  enter(user, *room);
}

void Hub::enter(User& user, Room& room) {
  std::size_t replayed = 0;
  user.memberships_.reserve(user.memberships_.size() + 1);  // once in the room, it is owned
  user.memberships_.push_back(room.add(user, config_.chat.replay, replayed));
  Membership& membership = *user.memberships_.back();
  user.current_ = &membership;
  user.tell(event::Entered{.room = room.name(),
                           .topic = room.topic,
                           .topic_by = room.topic_by,
                           .members = room.members().size(),
                           .replayed = replayed});
  user.outflow_.add(membership.source);  // what is replayed follows
  if (digests(room)) {
    room.digest().joined(user.nick_);
    start_digest(room);
    return;
  }
  const std::string_view names[] = {user.nick_};
  announce(room, event::Joined{.room = room.name(), .names = names}, &membership);
}

void Hub::leave(User& user, std::string_view name) {
  Membership* const membership = find_membership(user, name);
  if (membership == nullptr) return;
  Room& room = membership->room;
  keep_owed(user, *membership);
  unlink(user, *membership);
  tell_left(room, user, {});
  user.tell(event::Exited{
      .room = room.name(),
      .current = user.current_ == nullptr ? std::string_view() : user.current_->room.name()});
}

// What the user is owed from the room's log moves to its mailbox, so that it gets every line until
// it left, and the log need not be kept for who may never read again. More than the mailbox holds
// is said to be missed instead.
void Hub::keep_owed(User& user, Membership& membership) {
  core::Cursor& cursor = membership.source.cursor;
  const core::Log& log = membership.room.log(user.dialect());
  const std::uint64_t owed = user.outflow_.mailbox_bytes() + cursor.lag_bytes(log);
  if (owed > config_.limits.mailbox) skip_to_newest(membership);
  close_gap(membership);
  user.outflow_.remove(membership.source);
  std::array<iovec, 16> pieces;
  while (const std::size_t count = cursor.gather(pieces)) {
    for (const iovec& piece : std::span(pieces).first(count)) {
      user.outflow_.append({static_cast<const char*>(piece.iov_base), piece.iov_len});
      cursor.advance(piece.iov_len);
    }
  }
}

// The outflow no longer reads from the room.
void Hub::unlink(User& user, Membership& membership) {
  Room& room = membership.room;
  std::erase_if(gaps_, [&](const Gap& gap) { return gap.membership == &membership; });
  room.remove(membership);
  const bool was_current = user.current_ == &membership;
  std::erase_if(user.memberships_, [&](const auto& one) { return one.get() == &membership; });
  if (was_current) {
    user.current_ = user.memberships_.empty() ? nullptr : user.memberships_.back().get();
  }
  if (room.members().empty()) mark_dirty(room);
}

void Hub::tell_left(Room& room, const User& user, std::string_view reason) {
  if (digests(room)) {
    room.digest().left(user.nick_);
    start_digest(room);
    return;
  }
  const std::string_view names[] = {user.nick_};
  announce(room, event::Left{.room = room.name(), .names = names, .reason = reason}, nullptr);
}

// --- Talking. ---

void Hub::say(User& user, std::string_view text, Manner manner) {
  Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  Room& room = membership->room;
  const event::Said said{.room = room.name(), .from = user.nick_, .text = text, .manner = manner};
  publish(room, said, core::Record::kMessage, user.echo_ ? nullptr : membership);
}

void Hub::tell(User& user, std::string_view nick, std::string_view text) {
  User* const target = find_user(nick);
  if (target == nullptr) return user.tell(event::NoSuchNick{.nick = nick});
  if (target->outflow_.mailbox_bytes() + text.size() > config_.limits.mailbox) {
    return user.tell(event::MailboxFull{.nick = target->nick_});
  }
  target->tell(event::Told{.from = user.nick_, .text = text});
  user.tell(event::YouTold{.to = target->nick_, .text = text});
}

void Hub::list_rooms(User& user) {
  std::vector<const Room*> rooms;
  for (const auto& [name, room] : rooms_) {
    if (!room->members().empty()) rooms.push_back(room.get());
  }
  const std::size_t sorted = std::min(rooms.size(), kListMost);
  std::partial_sort(rooms.begin(), rooms.begin() + static_cast<std::ptrdiff_t>(sorted), rooms.end(),
                    [](const Room* a, const Room* b) {
                      if (a->members().size() != b->members().size()) {
                        return a->members().size() > b->members().size();
                      }
                      return a->name() < b->name();
                    });
  std::vector<event::RoomList::Entry> entries;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < sorted; ++i) {
    constexpr std::size_t kLineMost = 64;  // what stands around the two
    bytes += rooms[i]->name().size() + rooms[i]->topic.size() + kLineMost;
    if (bytes > answer_most()) break;
    entries.push_back({.name = rooms[i]->name(),
                       .topic = rooms[i]->topic,
                       .members = rooms[i]->members().size()});
  }
  user.tell(event::RoomList{.rooms = entries, .others = rooms.size() - entries.size()});
}

void Hub::list_members(User& user, std::string_view name) {
  const Room* room = nullptr;
  if (name.empty()) {
    const Membership* const membership = find_membership(user, {});
    if (membership == nullptr) return;
    room = &membership->room;
  } else {
    room = find_room(name);
    if (room == nullptr) return user.tell(event::NoSuchRoom{.room = name});
  }
  const auto& members = room->members();
  const std::size_t shown = std::min(members.size(), kListMost);
  std::vector<std::string_view> nicks;
  for (std::size_t i = 0; i < shown; ++i) nicks.push_back(members[i]->user.nick());
  std::sort(nicks.begin(), nicks.end());
  user.tell(
      event::MemberList{.room = room->name(), .nicks = nicks, .others = members.size() - shown});
}

void Hub::show_topic(User& user) {
  const Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  const Room& room = membership->room;
  user.tell(event::TopicIs{.room = room.name(), .topic = room.topic, .by = room.topic_by});
}

void Hub::set_topic(User& user, std::string_view topic) {
  const Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  if (topic.size() > config_.limits.topic) {
    return user.tell(event::TopicTooLong{.max_bytes = config_.limits.topic});
  }
  Room& room = membership->room;
  room.topic = topic;
  room.topic_by = user.nick_;
  announce(room, event::TopicChanged{.room = room.name(), .by = room.topic_by, .topic = room.topic},
           nullptr);
}

void Hub::show_history(User& user, std::size_t lines) {
  const Membership* const membership = find_membership(user, {});
  if (membership == nullptr) return;
  const auto found = membership->room.history(user.dialect(), lines);
  std::size_t shown = 0;
  for (std::size_t bytes = 0; shown < found.size(); ++shown) {
    bytes += found[found.size() - 1 - shown].size();
    if (bytes > answer_most()) break;
  }
  user.tell(event::History{.room = membership->room.name(), .lines = std::span(found).last(shown)});
}

// --- Publishing, and waking the readers once a pass. ---

const std::tm& Hub::local_time() {
  const std::time_t now = loop_.ring().wall_clock();
  if (now != local_second_) {
    local_second_ = now;
    ::localtime_r(&now, &local_);
  }
  return local_;
}

void Hub::publish(Room& room, const Event& event, core::Record kind, Membership* author) {
  room.publish(event, kind, local_time(), author);
  mark_dirty(room);
}

void Hub::announce(Room& room, const Event& event, Membership* author) {
  if (!room.members().empty()) publish(room, event, core::Record::kNote, author);
}

// What happens before a digest is published comes into it, also in a room that is no longer large:
// told at once, it would be told before what went before it.
bool Hub::digests(const Room& room) const {
  return room.digesting || room.members().size() > config_.chat.digest_above;
}

void Hub::start_digest(Room& room) {
  if (room.digesting) return;
  room.digesting = true;
  digesting_.push_back(&room);
  if (!armed()) loop_.timers().arm(*this, loop_.now() + config_.chat.digest_interval);
}

namespace {

// What fails for one room is thrown only after the others had their turn.
template <class Work>
void for_each_room(const std::vector<Room*>& rooms, const Work& work) {
  std::exception_ptr failure;
  for (Room* const room : rooms) {
    try {
      work(*room);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

void Hub::fire() {
  for_each_room(std::exchange(digesting_, {}), [this](Room& room) {
    room.digesting = false;
    mark_dirty(room);
    room.digest().flush(room.name(), [&](const Event& event) { announce(room, event, nullptr); });
  });
}

void Hub::mark_dirty(Room& room) {
  if (room.dirty) return;
  room.dirty = true;
  dirty_.push_back(&room);
}

void Hub::pass_ended() {
  for_each_room(std::exchange(dirty_, {}), [this](Room& room) {
    room.dirty = false;
    room.trim_history(config_.limits.history);
    wake_members(room);
    remove_if_unused(room);
  });
  if (!gaps_.empty()) tell_gaps();
}

void Hub::wake_members(Room& room) {
  for (Membership* const membership : room.members()) {
    core::Outflow& outflow = membership->user.outflow();
    if (!outflow.blocked()) {
      outflow.mark_lagging();
      continue;
    }
    const core::Log& log = room.log(membership->user.dialect());
    if (membership->source.cursor.lag_bytes(log) > config_.limits.max_lag) {
      fell_behind(*membership);
    }
  }
}

void Hub::fell_behind(Membership& membership) {
  skip_to_newest(membership);
  if (config_.chat.on_lag == LagPolicy::kDisconnect) {
    membership.user.evict("reading too slowly");
  }
}

void Hub::skip_to_newest(Membership& membership) {
  const core::Log& log = membership.room.log(membership.user.dialect());
  const std::uint64_t missed = membership.source.cursor.jump_to_head(log);
  if (membership.missed == 0 && missed > 0) {
    gaps_.push_back({&membership, membership.user.outflow().mark()});
  }
  membership.missed += missed;
}

// Once its socket takes bytes again: until then the gap may grow.
void Hub::tell_gaps() {
  std::erase_if(gaps_, [this](const Gap& gap) {
    User& user = gap.membership->user;
    if (user.outflow().blocked()) return false;
    tell_gap(*gap.membership, gap.mark);
    if (user.outflow().mailbox_bytes() > config_.limits.mailbox + kNoticesMost) {
      user.evict("not reading");
    }
    return true;
  });
}

void Hub::tell_gap(Membership& membership, std::uint64_t mark) {
  membership.user.tell_at(mark, event::Missed{.room = membership.room.name(),
                                              .messages = std::exchange(membership.missed, 0)});
}

// Of a membership that ends.
void Hub::close_gap(Membership& membership) {
  if (membership.missed == 0) return;
  const auto found = std::find_if(gaps_.begin(), gaps_.end(),
                                  [&](const Gap& gap) { return gap.membership == &membership; });
  HUBBUB_ASSERT(found != gaps_.end());
  const std::uint64_t mark = found->mark;
  gaps_.erase(found);
  tell_gap(membership, mark);
}

void Hub::remove_if_unused(Room& room) {
  if (!room.members().empty() || room.digesting || room.dirty) return;
  if (folded(room.name()) == folded(config_.chat.lobby)) return;
  rooms_.erase(folded(room.name()));
}

}  // namespace server
