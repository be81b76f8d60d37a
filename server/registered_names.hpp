// The nicks that have an owner, in memory: what a loop may ask at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace server {

// Proof that somebody knew the password of an account. An account that was given up and registered
// again is another one, which an old proof does not open.
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
  void remove(std::string_view name);

  bool contains(std::string_view name) const;
  // Whether the name is somebody's else than theirs who have this login (null: nobody's).
  bool is_kept_from(const Login* login, std::string_view name) const;
  // What a login to the account is; nothing: there is no such account.
  std::optional<Login> login_to(std::string_view name) const;
  // Whether the account that was logged in to is there still.
  bool is_valid(const Login& login) const;
  std::size_t size() const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Login> logins_;  // by folded name
  std::uint64_t last_number_ = 0;
};

}  // namespace server
