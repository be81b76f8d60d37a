// Accounts: nicks with an owner who has a password. What is slow about them (hashing, the disk)
// happens in threads of its own; a loop awaits it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/task.hpp"
#include "server/archive.hpp"
#include "server/config.hpp"
#include "server/passwords.hpp"
#include "server/registered_names.hpp"
#include "server/secret.hpp"

namespace server {

// Thread: any; what it answers comes on the loop that asked. It decides nothing about who may do
// what when: see server/account_desk.hpp.
// What is asked for is answered once the store has committed it. Cancelled, what has begun at the
// store is done all the same; what has not is dropped. The names in memory change with the store,
// in its thread, so that neither is ahead of the other for longer than a commit.
// Errors: what the store cannot do is an answer, and logged; the next call may fare better.
class Accounts {
 public:
  enum class Result : std::uint8_t {
    kDone,
    kWrongPassword,  // or no such account
    kTaken,          // the name has an owner
    kFull,           // accounts.most
    kBusy,           // too many passwords wait to be hashed
    kStoreFailed,    // `why`
  };
  struct Answer {
    Result result = Result::kDone;
    Login login = {};      // where it was done: to the account in question
    std::string why = {};  // continues "cannot be stored now: "
  };

  // Puts the names of the accounts in the archive among `names`; both must outlive this. Throws as
  // Store does.
  Accounts(const Config& config, RegisteredNames& names, Archive& archive);

  // Whether there is a store. Nothing else may be asked for where there is none, but verify().
  bool are_kept() const { return archive_.is_open(); }
  // Holds from now on: the limit of accounts.
  void reconfigure(const Config& config) { most_ = config.accounts.most; }

  // `now` in seconds since 1970.
  core::Task<Answer> add(std::string name, Secret password, std::int64_t now);
  // That the time of the last login cannot be stored keeps nobody out.
  core::Task<Answer> log_in(std::string name, Secret password, std::int64_t now);
  core::Task<Answer> change_password(std::string name, Secret old_password, Secret password);
  core::Task<Answer> remove(std::string name, Secret password);

  // Whether that is the hash of the password; nothing: busy.
  core::Task<std::optional<bool>> verify(std::string hash, Secret password);

 private:
  struct Checked {
    Answer answer;  // kDone: it is the password
    std::string better_hash = {};
  };
  core::Task<Checked> check(std::string name, Secret password);

  RegisteredNames& names_;
  std::atomic<std::size_t> most_;
  Archive& archive_;
  Passwords passwords_;
};

}  // namespace server
