// Accounts: nicks with an owner who has a password. What is slow about them (hashing, the disk)
// happens in threads of its own; a loop awaits it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/task.hpp"
#include "server/account_counts.hpp"
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
// in its thread, so that neither is ahead of the other for longer than a commit. There it is seen
// too whether a login is still good: an account may have been given up, and its name registered by
// somebody else, while a password was hashed.
// Errors: what the store cannot do is an answer, and logged; the next call may fare better.
class Accounts {
 public:
  enum class Result : std::uint8_t {
    kDone,
    kWrongPassword,  // or no such account
    kNotLoggedIn,    // the login is good no more
    kNoAccount,
    kTaken,        // the name has an owner
    kFull,         // accounts.most
    kBusy,         // too many passwords wait to be hashed
    kStoreFailed,  // `why`
  };
  struct Answer {
    Result result = Result::kDone;
    Login login = {};      // where it was done: to the account in question
    std::string why = {};  // continues "cannot be stored now: "
  };

  // Puts the names of the accounts in the archive among `names`, which must outlive the archive,
  // and that this. Throws as Store does.
  Accounts(const Config& config, RegisteredNames& names, Archive& archive);

  // Whether there is a store. Nothing else may be asked for where there is none, but verify().
  bool are_kept() const { return archive_.is_open(); }
  // Holds from now on: the limit of accounts.
  void reconfigure(const Config& config) { most_ = config.accounts.most; }

  // `now` in seconds since 1970.
  core::Task<Answer> add(std::string name, Secret password, std::int64_t now);
  // That the time of the last login cannot be stored keeps nobody out.
  core::Task<Answer> log_in(std::string name, Secret password, std::int64_t now);
  // Ends every other login to the account.
  core::Task<Answer> change_password(Login login, Secret old_password, Secret password);
  // Ends every login to the account.
  core::Task<Answer> remove(Login login, Secret password);
  // The same, whoever's it is.
  core::Task<Answer> drop(std::string name);

  AccountCounts& counts() { return counts_; }
  AccountFigures figures() const;

  // Whether that is the hash of the password; nothing: busy.
  core::Task<std::optional<bool>> verify(std::string hash, Secret password);

 private:
  struct Checked {
    Answer answer;  // kDone: it is the password
    std::string better_hash = {};
  };
  core::Task<Checked> check(std::string name, Secret password);
  template <class Change>
  core::Task<Answer> done_by(Login login, Change change);

  RegisteredNames& names_;
  std::atomic<std::size_t> most_;
  Archive& archive_;
  AccountCounts counts_;
  Passwords passwords_;
};

}  // namespace server
