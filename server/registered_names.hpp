// The nicks that have an owner, in memory: what a loop may ask at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace server {

// Proof that somebody knew the password of an account; no two are alike. It is good until the
// account is given up, whoever has its name then, or somebody else changes its password.
struct Login {
  std::string account;  // as its owner wrote it
  std::uint64_t number = 0;

  bool operator==(const Login&) const = default;
};

// Thread: any. Names are looked up whatever the case of their letters.
class RegisteredNames {
 public:
  RegisteredNames() = default;
  RegisteredNames(const RegisteredNames&) = delete;
  RegisteredNames& operator=(const RegisteredNames&) = delete;

  // While it lives, `told` is called whenever logins to an account are good no more, with the login
  // by which that was done, whose owner knows. It is called by the thread that does it and with the
  // lock held: it hands on what it is told and does nothing else.
  class Watch {
   public:
    using Told = std::function<void(const Login& by)>;
    Watch(RegisteredNames& names, Told told);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    friend class RegisteredNames;
    RegisteredNames& names_;
    const Told told_;
  };

  // A name that is about to be registered: it counts as somebody's already, and is free again when
  // this is destroyed, unless it was kept.
  class Reservation {
   public:
    Reservation(Reservation&& other) noexcept
        : in_(std::exchange(other.in_, nullptr)), login_(std::move(other.login_)) {}
    Reservation& operator=(Reservation&&) = delete;
    ~Reservation();

    Login keep() {
      in_ = nullptr;
      return login_;
    }

   private:
    friend class RegisteredNames;
    Reservation(RegisteredNames& in, Login login) : in_(&in), login_(std::move(login)) {}

    RegisteredNames* in_;
    Login login_;
  };

  // Nothing: the name is somebody's.
  std::optional<Reservation> reserve(std::string_view name);
  void add(std::string_view name);
  // From now on the name is nobody's, and no login to it is good. Asserts that this one was.
  void remove(const Login& by);
  // From now on this is the only login to its account that is good. Asserts that it was.
  void end_others(const Login& by);

  bool contains(std::string_view name) const;
  // Whether the name is somebody's else than theirs who have this login (null: nobody's).
  bool is_kept_from(const Login* login, std::string_view name) const;
  // One that is good; nothing: there is no such account.
  std::optional<Login> login_to(std::string_view name);
  bool is_valid(const Login& login) const;
  std::size_t size() const;

 private:
  struct Owner {
    std::string account;
    std::uint64_t since = 0;   // the first number that is good
    std::uint64_t spared = 0;  // an earlier one that is good too; 0: none

    bool accepts(const Login& login) const {
      return login.number >= since || (spared != 0 && login.number == spared);
    }
  };

  // With the lock. Null: no such account, or it is not good.
  const Owner* find_owner(const Login& login) const;
  void tell(const Login& by) const;

  mutable std::shared_mutex mutex_;                // of what follows
  std::unordered_map<std::string, Owner> owners_;  // by folded name
  std::uint64_t last_number_ = 0;
  std::vector<const Watch*> watches_;
};

}  // namespace server
