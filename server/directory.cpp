// Looking up by name, and keeping the names in order.
#include "server/directory.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/ascii.hpp"
#include "core/assert.hpp"
#include "server/names.hpp"

namespace server {

Directory::~Directory() {
  HUBBUB_ASSERT(users_.empty());
}

std::size_t Directory::Hash::operator()(std::string_view nick) const {
  return std::hash<std::string>()(folded(nick));
}

bool Directory::Equal::equal(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return core::lowered(x) == core::lowered(y); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

User* Directory::Access::find_user(std::string_view nick) const {
  const auto found = all_.users_.find(nick);
  return found == all_.users_.end() ? nullptr : *found;
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
  all_.users_.insert(&user);
}

// Nothing fails between taking the old name out and putting the new one in.
void Directory::Access::rename(User& user, std::string nick) {
  auto entry = all_.users_.extract(&user);
  HUBBUB_ASSERT(!entry.empty() && entry.value() == &user);
  user.nick_.swap(nick);
  all_.users_.insert(std::move(entry));
}

void Directory::Access::remove(User& user) noexcept {
  if (const auto handle = all_.handles_.find(&user); handle != all_.handles_.end()) {
    *handle->second = nullptr;
    all_.handles_.erase(handle);
  }
  all_.users_.erase(&user);
}

Directory::Handle Directory::Access::handle(User& user) {
  Handle& handle = all_.handles_[&user];
  if (!handle) handle = std::make_shared<User*>(&user);
  return handle;
}

Room* Directory::Access::find_room(std::string_view name) const {
  const auto found = all_.rooms_.find(folded(name));
  return found == all_.rooms_.end() ? nullptr : found->second.get();
}

Room& Directory::Access::create_room(std::string_view name) {
  auto room =
      std::make_shared<Room>(std::string(name), all_.encoders_, all_.config_.limits.history);
  return *all_.rooms_.emplace(folded(name), std::move(room)).first->second;
}

void Directory::Access::remove_if_unused(const Room& room) {
  if (room.members() > 0 || room.digesting) return;
  const std::string name = folded(room.name());
  if (name == folded(all_.config_.chat.lobby)) return;
  const auto found = all_.rooms_.find(name);
  if (found != all_.rooms_.end() && found->second.get() == &room) all_.rooms_.erase(found);
}

}  // namespace server
