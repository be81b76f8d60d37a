// The directory: who is here under which name, and which rooms there are, of all loops together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/config.hpp"
#include "server/kept_bans.hpp"
#include "server/quota.hpp"
#include "server/registered_names.hpp"
#include "server/room.hpp"
#include "server/room_ban_keeper.hpp"
#include "server/room_ranking.hpp"
#include "server/user.hpp"
#include "server/user_handle.hpp"
#include "server/user_index.hpp"

namespace server {

// Thread: any; one at a time has Access, which is its lock. What others may look at of a user (its
// nick, its memberships) and of a room (its members, its topic, its digest) changes only then.
// Talking needs none of it: a line takes its room's lock alone.
// Ownership: holds the rooms, refers to users.
class Directory {
 public:
  class Access;

  Directory(const Config& config, const Encoders& encoders)
      : config_(config), encoders_(encoders) {}
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Those that only their owners can have. They have a lock of their own.
  RegisteredNames& registered_names() { return registered_names_; }

 private:
  Config config_;
  const Encoders encoders_;
  RegisteredNames registered_names_;
  std::mutex mutex_;
  Quota sanctions_;
  Quota room_quota_;
  KeptBans kept_bans_;
  RoomBanKeeper* ban_keeper_ = nullptr;
  bool server_ends_ = false;
  std::time_t forgotten_at_ = 0;
  UserIndex users_;
  std::unordered_map<std::string, std::shared_ptr<Room>> rooms_;  // by folded name
  RoomRanking ranking_;
  std::unordered_map<const User*, UserHandle> handles_;
  std::vector<Hub*> hubs_;
  std::uint64_t guests_ = 0;
};

// Everything of the directory, for as long as this lives. Names are looked up whatever the case of
// their letters. What has to do with a user that is to come, change or go is for its own loop.
class Directory::Access {
 public:
  explicit Access(Directory& directory) : all_(directory), lock_(directory.mutex_) {}

  User* find_user(std::string_view nick) const;
  bool has(const User& user) const { return find_user(user.nick()) == &user; }
  std::size_t users() const { return all_.users_.size(); }
  template <class Function>
  void for_each_user(Function function) const {
    all_.users_.for_each(function);
  }
  // A nick for a guest, that nobody has.
  std::string guest_nick();
  // Takes somebody in, under a guest's nick.
  void add(User& user);
  // The nick must be free, or the user's own.
  void rename(User& user, std::string nick);
  void remove(User& user) noexcept;
  // The one that leads to it; made when it is first asked for.
  UserHandle handle(User& user);
  // Null: nobody has asked for a handle, so nothing can be remembered about it.
  Visitor visitor(const User& user) const;

  // The hubs of all loops, in the order in which they came.
  void add(Hub& hub) { all_.hubs_.push_back(&hub); }
  void remove(Hub& hub) { std::erase(all_.hubs_, &hub); }
  const std::vector<Hub*>& hubs() const { return all_.hubs_; }

  // What holds for rooms that begin.
  const Config& config() const { return all_.config_; }
  void reconfigure(const Config& config) { all_.config_ = config; }

  Room* find_room(std::string_view name) const;
  std::size_t rooms() const { return all_.rooms_.size(); }
  const RoomRanking& ranking() const { return all_.ranking_; }
  // What a room takes for as long as there is it.
  Quota& room_quota() { return all_.room_quota_; }
  Room& create_room(std::string_view name, Quota::Share share);
  // To be called when a room has other than so many members.
  void members_changed(const Room& room, std::size_t from) noexcept {
    all_.ranking_.changed(room, from);
  }
  // What a sanction in a room takes for as long as it lasts.
  Quota& sanctions() { return all_.sanctions_; }
  // Frees what rooms hold of those that are over, at most once a second. `now`: time of day.
  void forget_old_sanctions(std::time_t now);
  // Null: nobody.
  RoomBanKeeper* room_ban_keeper() const { return all_.ban_keeper_; }
  void set_room_ban_keeper(RoomBanKeeper* keeper) { all_.ban_keeper_ = keeper; }
  // From now on rooms end because the server does, and leave their bans to the next one.
  void set_server_ends() { all_.server_ends_ = true; }
  bool server_ends() const { return all_.server_ends_; }
  // Those that the server before has left.
  KeptBans& kept_bans() { return all_.kept_bans_; }
  // Unless it has members, a digest to publish, or is the lobby. What it has of the server's ends
  // with it.
  void remove_if_unused(const Room& room);

 private:
  Directory& all_;
  std::scoped_lock<std::mutex> lock_;
};

}  // namespace server
