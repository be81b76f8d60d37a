// A user, as the hub sees one: a nick, a way to tell it things, and the rooms it is in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/outflow.hpp"
#include "server/dialect.hpp"
#include "server/event.hpp"

namespace server {

class Room;
class User;

// One user in one room: where it reads the room's log. Owned by the user, listed by the room.
// The place never moves while the membership lasts.
struct Membership {
  Membership(Room& in, User& of, const core::Cursor& from) : room(in), user(of), source(from) {}

  Room& room;
  User& user;
  core::Source source;
  std::size_t index = 0;     // in the room's list
  std::uint64_t missed = 0;  // messages it was skipped over and has not been told of
};

// Implemented by the session of each dialect. Thread: the loop's. The hub refers to a user from
// Hub::connect() to Hub::disconnect().
class User {
 public:
  User(DialectId dialect, core::Outflow& outflow) : outflow_(outflow), dialect_(dialect) {}
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  // Owes the user one private event. Ignored once its connection is broken.
  virtual void tell(const Event& event) = 0;
  // The same, in the place that was marked (core::Outflow::mark()).
  virtual void tell_at(std::uint64_t mark, const Event& event) = 0;

  // Ends the user's connection soon, telling it why. The user stays in the hub until its session
  // has ended, so this may be called while the hub walks its lists.
  virtual void evict(std::string_view reason) = 0;

  DialectId dialect() const { return dialect_; }
  core::Outflow& outflow() const { return outflow_; }
  const std::string& nick() const { return nick_; }
  bool echo() const { return echo_; }
  void set_echo(bool on) { echo_ = on; }
  const std::vector<std::unique_ptr<Membership>>& memberships() const { return memberships_; }
  // The one in the room that it talks in; null when it is in none.
  Membership* current() const { return current_; }

 protected:
  ~User() = default;

 private:
  friend class Hub;

  core::Outflow& outflow_;
  std::string nick_;
  std::vector<std::unique_ptr<Membership>> memberships_;  // in the order of joining
  Membership* current_ = nullptr;
  core::Time connected_at_;
  DialectId dialect_;
  bool echo_ = false;  // wants its own lines back
};

}  // namespace server
