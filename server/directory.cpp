// Looking up by name, and keeping the names in order.
#include "server/directory.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/assert.hpp"
#include "server/names.hpp"

namespace server {

// Whoever keeps a room for longer has no use for what it has of the server's.
Directory::~Directory() {
  HUBBUB_ASSERT(users_.empty());
  for (const auto& [name, room] : rooms_) room->close();
}

User* Directory::Access::find_user(std::string_view nick) const {
  return all_.users_.find(nick);
}

std::string Directory::Access::guest_nick() {
  std::string nick;
  do {
    nick = fmt::format("guest-{}", ++all_.guests_);
  } while (find_user(nick) != nullptr);
  return nick;
}

void Directory::Access::add(User& user) {
  user.nick_ = guest_nick();
  all_.users_.insert(user);
}

// Nothing fails between taking the old name out and putting the new one in.
void Directory::Access::rename(User& user, std::string nick) {
  all_.users_.erase(user);
  user.nick_.swap(nick);
  all_.users_.insert(user);
}

void Directory::Access::remove(User& user) noexcept {
  if (const auto handle = all_.handles_.find(&user); handle != all_.handles_.end()) {
    handle->second.clear();
    all_.handles_.erase(handle);
  }
  all_.users_.erase(user);
}

UserHandle Directory::Access::handle(User& user) {
  const auto found = all_.handles_.find(&user);
  if (found != all_.handles_.end()) return found->second;
  return all_.handles_.emplace(&user, UserHandle(user)).first->second;
}

Visitor Directory::Access::visitor(const User& user) const {
  const auto handle = all_.handles_.find(&user);
  return handle == all_.handles_.end() ? nullptr : handle->second.visitor();
}

Room* Directory::Access::find_room(std::string_view name) const {
  const auto found = all_.rooms_.find(folded(name));
  return found == all_.rooms_.end() ? nullptr : found->second.get();
}

Room& Directory::Access::create_room(std::string_view name, Quota::Share share) {
  auto room = std::make_shared<Room>(std::string(name), all_.encoders_, all_.config_.limits.history,
                                     std::move(share));
  const auto created = all_.rooms_.emplace(folded(name), std::move(room)).first;
  try {
    all_.ranking_.add(*created->second);
  } catch (...) {
    created->second->close();
    all_.rooms_.erase(created);
    throw;
  }
  return *created->second;
}

void Directory::Access::forget_old_sanctions(std::time_t now) {
  if (std::exchange(all_.forgotten_at_, now) == now) return;
  for (const auto& [name, room] : all_.rooms_) {
    if (room->rules() != nullptr) room->rules()->forget_old(now);
  }
  all_.kept_bans_.forget_old(now);
}

void Directory::Access::remove_if_unused(const Room& room) {
  if (room.members() > 0 || room.digesting) return;
  const std::string name = folded(room.name());
  if (name == folded(all_.config_.chat.lobby)) return;
  const auto found = all_.rooms_.find(name);
  if (found == all_.rooms_.end() || found->second.get() != &room) return;
  const bool has_bans = room.rules() != nullptr && !room.rules()->bans.empty();
  if (has_bans && all_.ban_keeper_ != nullptr && !all_.server_ends_) {
    all_.ban_keeper_->write_down_soon(room.name());
  }
  all_.ranking_.remove(room);
  found->second->close();
  all_.rooms_.erase(found);
}

}  // namespace server
