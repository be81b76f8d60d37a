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
#include <unordered_set>
#include <vector>

#include "server/config.hpp"
#include "server/registered_names.hpp"
#include "server/room.hpp"
#include "server/user.hpp"

namespace server {

// Thread: any; one at a time has Access, which is its lock. What others may look at of a user (its
// nick, its memberships) and of a room (its members, its topic, its digest) changes only then.
// Talking needs none of it: a line takes its room's lock alone.
// Ownership: holds the rooms, refers to users.
class Directory {
 public:
  // Leads to a user on another loop. Only that loop may look inside; null once the user is gone.
  using Handle = std::shared_ptr<User*>;

  class Access;

  Directory(const Config& config, const Encoders& encoders)
      : config_(config), encoders_(encoders) {}
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Those that only their owners can have. They have a lock of their own.
  RegisteredNames& registered_names() { return registered_names_; }

 private:
  // By nick, whatever the case of its letters.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view nick) const;
    std::size_t operator()(const User* user) const { return (*this)(user->nick()); }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return equal(nick_of(a), nick_of(b));
    }
    static std::string_view nick_of(std::string_view nick) { return nick; }
    static std::string_view nick_of(const User* user) { return user->nick(); }
    static bool equal(std::string_view a, std::string_view b);
  };

  Config config_;
  const Encoders encoders_;
  RegisteredNames registered_names_;
  std::mutex mutex_;
  std::unordered_set<User*, Hash, Equal> users_;
  std::unordered_map<std::string, std::shared_ptr<Room>> rooms_;  // by folded name
  std::unordered_map<const User*, Handle> handles_;
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
    for (User* const user : all_.users_) function(*user);
  }
  // A nick for a guest, that nobody has.
  std::string guest_nick();
  // Takes somebody in, under a guest's nick.
  void add(User& user);
  // The nick must be free, or the user's own.
  void rename(User& user, std::string nick);
  void remove(User& user) noexcept;
  Handle handle(User& user);

  // The hubs of all loops, in the order in which they came.
  void add(Hub& hub) { all_.hubs_.push_back(&hub); }
  void remove(Hub& hub) { std::erase(all_.hubs_, &hub); }
  const std::vector<Hub*>& hubs() const { return all_.hubs_; }

  // What holds for rooms that begin.
  const Config& config() const { return all_.config_; }
  void reconfigure(const Config& config) { all_.config_ = config; }

  Room* find_room(std::string_view name) const;
  const std::unordered_map<std::string, std::shared_ptr<Room>>& rooms() const {
    return all_.rooms_;
  }
  Room& create_room(std::string_view name);
  // Unless it has members, a digest to publish, or is the lobby.
  void remove_if_unused(const Room& room);

 private:
  Directory& all_;
  std::scoped_lock<std::mutex> lock_;
};

}  // namespace server
