// The account desk: what people do with accounts, from the command to the answer, for those whose
// connections live on one loop.
#pragma once

#include <string>
#include <string_view>

#include "core/address.hpp"
#include "core/task.hpp"
#include "server/accounts.hpp"
#include "server/attempts.hpp"
#include "server/hub.hpp"
#include "server/log_limiter.hpp"
#include "server/registrations.hpp"
#include "server/secret.hpp"
#include "server/user.hpp"

namespace server {

// Who asks, beside the user: for limits and for the log.
struct Caller {
  core::Address address;  // none: it is not held to the limit by address (limits.trusted)
  std::string connection;
};

// Thread: the loop's. What it is asked for takes time, so it is awaited (Session::start); the user
// must live until then, and is told the outcome. What the user is told came of an attempt is
// counted, and logged in one line with who and whence, and never with a password; where it cost no
// password, because there were too many, in as many lines as a LogLimiter says. Attempts whose
// connection ends before that leave no trace but in Attempts.
class AccountDesk {
 public:
  AccountDesk(Hub& hub, Accounts& accounts, Attempts& attempts, Registrations& registrations)
      : hub_(hub), accounts_(accounts), attempts_(attempts), registrations_(registrations) {}

  // Whether it makes sense to ask for a password; if not, the user is told why.
  bool may_register(User& user) const;
  bool may_log_in(User& user) const;
  bool may_change(User& user) const;  // its account, being logged in
  bool may_log_out(User& user) const;
  bool may_become_operator(User& user) const;
  bool may_drop(User& user, std::string_view nick) const;  // somebody's account
  bool accepts(User& user, const Secret& password) const;

  // Whose password a word after /login asks for, or else is: a registered nick is the former.
  bool is_account(std::string_view word) const { return hub_.registered_names().contains(word); }

  core::Task<void> register_nick(User& user, Caller caller, Secret password);
  // Takes the account's nick too; another connection that has it is ended.
  core::Task<void> log_in(User& user, Caller caller, std::string nick, Secret password);
  core::Task<void> change_password(User& user, Caller caller, Secret old_password, Secret password);
  core::Task<void> unregister(User& user, Caller caller, Secret password);
  // Takes an account from whoever registered it. The caller sees to it that the user may do that.
  core::Task<void> drop(User& user, Caller caller, std::string nick);
  core::Task<void> become_operator(User& user, Caller caller, Secret password);
  // Takes no time.
  void log_out(User& user);

 private:
  bool take_attempt(User& user, const Caller& caller, std::string_view account,
                    AccountAction action);
  void refuse(User& user, const Caller& caller, AccountAction action, std::string_view account,
              const Accounts::Answer& answer);
  void log(const Caller& caller, AccountAction action, std::string_view account,
           AccountOutcome outcome);
  void note(const Caller& caller, AccountAction action, std::string_view account,
            AccountOutcome outcome);
  core::Task<void> free_nick(User& user, std::string nick);
  std::int64_t now() const { return hub_.loop().ring().wall_clock(); }

  Hub& hub_;
  Accounts& accounts_;
  Attempts& attempts_;
  Registrations& registrations_;
  LogLimiter too_many_;  // attempts that cost nothing, by whomever
};

}  // namespace server
