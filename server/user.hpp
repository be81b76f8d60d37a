// A user, as the hub sees one: a nick, a way to tell it things, and the rooms it is in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/address.hpp"
#include "core/outflow.hpp"
#include "server/dialect.hpp"
#include "server/event.hpp"
#include "server/registered_names.hpp"

namespace server {

class Audience;
class Hub;
class Room;
class User;

// One user in one room: where it reads the room's log. Owned by the user, listed by the audience.
// The place never moves while the membership lasts. Kept small: there is one for each connection.
class Membership final : public core::Source {
 public:
  Membership(Audience& in, User& of, core::Cursor&& from)
      : core::Source(std::move(from)), audience(in), user(of) {}

  Room& room() const;

  // Its place in the audience's list, the role and the mute change under the directory's lock; its
  // own loop looks at them without.
  static constexpr std::uint32_t kIndexMost = (1U << 24) - 1;
  std::uint32_t index() const { return bits(0, kIndexMost); }
  void set_index(std::uint32_t index) { set_bits(0, kIndexMost, index); }
  Role role() const { return static_cast<Role>(bits(kRoleAt, kRoleMost)); }
  void set_role(Role role) { set_bits(kRoleAt, kRoleMost, static_cast<std::uint32_t>(role)); }
  bool muted() const { return bits(kMutedAt, 1) != 0; }
  void set_muted(bool muted) { set_bits(kMutedAt, 1, muted ? 1 : 0); }

 private:
  static constexpr unsigned kRoleAt = 24;
  static constexpr std::uint32_t kRoleMost = 3;
  static constexpr unsigned kMutedAt = 26;

  std::uint32_t bits(unsigned at, std::uint32_t most) const {
    return word_.load(std::memory_order_relaxed) >> at & most;
  }
  void set_bits(unsigned at, std::uint32_t most, std::uint32_t value) {
    const std::uint32_t others = word_.load(std::memory_order_relaxed) & ~(most << at);
    word_.store(others | value << at, std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> word_ = 0;  // all of them, where there is padding

 public:
  Audience& audience;
  User& user;
  std::unique_ptr<Membership> next;  // of the same user
};

// The rooms of one user, in the order of joining.
class Memberships {
 public:
  class Iterator {
   public:
    explicit Iterator(Membership* at) : at_(at) {}
    Membership& operator*() const { return *at_; }
    Iterator& operator++() {
      at_ = at_->next.get();
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    Membership* at_;
  };

  Iterator begin() const { return Iterator(first_.get()); }
  Iterator end() const { return Iterator(nullptr); }
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const;
  // The newest one; null: none.
  Membership* last() const;

  void add(std::unique_ptr<Membership> membership);
  void remove(const Membership& membership);

 private:
  std::unique_ptr<Membership> first_;
};

// Implemented by the session of each dialect. Thread: its hub's loop, but for the nick, the rooms,
// the address and whether it is an operator, which other loops look up under the directory's lock
// and which change under it. The hub refers to a user from Hub::connect() to Hub::disconnect().
class User {
 public:
  User(DialectId dialect, core::Outflow& outflow) : outflow_(outflow), dialect_(dialect) {}
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  // Owes the user one private event. Ignored once its connection is broken.
  virtual void tell(const Event& event) = 0;
  // The same, in the place that was marked (core::Outflow::mark()).
  virtual void tell_at(std::uint64_t mark, const Event& event) = 0;

  // Ends the user's connection soon, telling it and the log why: it does not read (kReadsTooSlowly,
  // kReadsNothing), an operator has it so (kEnded, kBanned), or it logged in elsewhere
  // (kElsewhere). The user stays in the hub until its session has ended, so this may be called
  // while the hub walks its lists.
  virtual void evict(Parting parting) = 0;

  // Where it connects from; the same all the time.
  virtual const core::Address& address() const = 0;

  // The hub of its loop; the same all the time.
  virtual Hub& hub() const = 0;

  DialectId dialect() const { return dialect_; }
  core::Outflow& outflow() const { return outflow_; }
  const std::string& nick() const { return nick_; }
  // Whether it has ever been renamed, by itself or by a login.
  bool has_chosen_nick() const { return has_chosen_nick_; }
  bool echo() const { return echo_; }
  void set_echo(bool on) { echo_ = on; }
  const Memberships& memberships() const { return memberships_; }
  // Where it is logged in; null: nowhere. Changes as the nick does.
  const Login* login() const { return login_.get(); }
  // Of the server.
  bool is_operator() const { return operator_; }
  // The one in the room that it talks in; null when it is in none.
  Membership* current() const { return current_; }

 protected:
  ~User() = default;

 private:
  friend class Hub;
  friend class Directory;
  using Seconds = std::chrono::duration<std::uint32_t>;  // enough for a century

  core::Outflow& outflow_;
  std::string nick_;
  Memberships memberships_;
  Membership* current_ = nullptr;
  std::unique_ptr<const Login> login_;
  Seconds connected_at_{};  // of the clock
  DialectId dialect_;
  bool operator_ = false;
  bool gave_operators_password_ = false;
  bool has_chosen_nick_ = false;
  bool echo_ = false;  // wants its own lines back
};

}  // namespace server
