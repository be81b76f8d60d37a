// One function for each command, and the log.
#include "server/account_desk.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/assert.hpp"
#include "core/event.hpp"
#include "server/names.hpp"

namespace server {
namespace {

using Result = Accounts::Result;
using Answer = Accounts::Answer;
using Why = event::AccountRefused::Why;
using What = event::AccountChanged::What;
using Action = AccountAction;

// What the log calls what /oper opens.
constexpr std::string_view kOperators = "operators";

Why reason_of(Result result) {
  switch (result) {
    case Result::kTaken:
      return Why::kAlreadyRegistered;
    case Result::kFull:
      return Why::kFull;
    case Result::kBusy:
      return Why::kBusy;
    case Result::kStoreFailed:
      return Why::kStoreFailed;
    case Result::kNotLoggedIn:
      return Why::kNotLoggedIn;
    case Result::kNoAccount:
      return Why::kNoAccount;
    case Result::kDone:
    case Result::kWrongPassword:
      break;
  }
  return Why::kWrongPassword;
}

AccountOutcome outcome_of(Result result) {
  switch (result) {
    case Result::kDone:
      return AccountOutcome::kDone;
    case Result::kWrongPassword:
      return AccountOutcome::kWrongPassword;
    case Result::kNotLoggedIn:
      return AccountOutcome::kNotLoggedIn;
    case Result::kNoAccount:
      return AccountOutcome::kNoAccount;
    case Result::kTaken:
      return AccountOutcome::kTaken;
    case Result::kFull:
      return AccountOutcome::kFull;
    case Result::kBusy:
      return AccountOutcome::kBusy;
    case Result::kStoreFailed:
      return AccountOutcome::kStoreFailed;
  }
  HUBBUB_ASSERT(false);
}

// No password is hashed for it, so that it can be brought about at will.
bool costs_nothing(AccountOutcome outcome) {
  return outcome == AccountOutcome::kTooManyAttempts ||
         outcome == AccountOutcome::kTooManyFromAddress ||
         outcome == AccountOutcome::kTooManyForAccount ||
         outcome == AccountOutcome::kTooManyAtAll ||
         outcome == AccountOutcome::kTooManyRegistered || outcome == AccountOutcome::kBusy;
}

bool refuse(User& user, Why why, std::string_view detail = {}) {
  user.tell(event::AccountRefused{.why = why, .detail = detail});
  return false;
}

}  // namespace

// --- Before it is worth a password. ---

bool AccountDesk::may_register(User& user) const {
  if (!accounts_.are_kept()) return server::refuse(user, Why::kNotKept);
  if (check_nick(user.nick())) return server::refuse(user, Why::kGuestNick);
  if (is_account(user.nick())) return server::refuse(user, Why::kAlreadyRegistered, user.nick());
  // Else whoever comes first would be an operator.
  if (hub_.is_operators_account(user.nick()) && !user.is_operator()) {
    return server::refuse(user, Why::kAlreadyRegistered, user.nick());
  }
  return true;
}

bool AccountDesk::may_log_in(User& user) const {
  return accounts_.are_kept() || server::refuse(user, Why::kNotKept);
}

bool AccountDesk::may_change(User& user) const {
  if (!may_log_in(user)) return false;
  const Login* const login = user.login();
  const bool is_logged_in = login != nullptr && hub_.registered_names().is_valid(*login);
  return is_logged_in || server::refuse(user, Why::kNotLoggedIn);
}

// One that is good no more too, should its end not have been noticed yet.
bool AccountDesk::may_log_out(User& user) const {
  if (!may_log_in(user)) return false;
  return user.login() != nullptr || server::refuse(user, Why::kNotLoggedIn);
}

bool AccountDesk::may_become_operator(User& user) const {
  return !hub_.config().operators.password.empty() ||
         server::refuse(user, Why::kNoOperatorPassword);
}

// An account that makes its owner an operator is for the configuration to take off its list.
bool AccountDesk::may_drop(User& user, std::string_view nick) const {
  if (!may_log_in(user)) return false;
  if (!is_account(nick)) return server::refuse(user, Why::kNoAccount);
  if (!hub_.is_operators_account(nick)) return true;
  user.tell(event::IsOperator{.nick = nick, .room = {}});
  return false;
}

bool AccountDesk::accepts(User& user, const Secret& password) const {
  const auto fault = check_password(password.text(), user.nick());
  if (fault) user.tell(event::BadPassword{*fault});
  return !fault;
}

// --- What is logged and refused. ---

// A name that is nobody's may be a password in the wrong place, and is not written down.
void AccountDesk::log(const Caller& caller, Action action, std::string_view account,
                      AccountOutcome outcome) {
  const bool is_known = account == kOperators || is_account(account);
  note(caller, action, is_known ? account : "unknown", outcome);
}

void AccountDesk::note(const Caller& caller, Action action, std::string_view account,
                       AccountOutcome outcome) {
  accounts_.counts().add(action, outcome);
  const auto end =
      LogLimiter::admit(costs_nothing(outcome) ? &too_many_ : nullptr, hub_.loop().now());
  if (!end) return;
  spdlog::info("account action={} outcome={} account={} connection={}{}",
               kAccountActions[static_cast<std::size_t>(action)],
               kAccountOutcomes[static_cast<std::size_t>(outcome)], account, caller.connection,
               *end);
}

bool AccountDesk::take_attempt(User& user, const Caller& caller, std::string_view account,
                               Action action) {
  const auto refuse = [&](AccountOutcome outcome, Why why) {
    log(caller, action, account, outcome);
    return server::refuse(user, why);
  };
  switch (attempts_.take(account, caller.address, hub_.loop().now())) {
    case Attempts::Answer::kTaken:
      return true;
    case Attempts::Answer::kTooMany:
      return refuse(AccountOutcome::kTooManyAttempts, Why::kTooManyAttempts);
    case Attempts::Answer::kTooManyOfAddress:
      return refuse(AccountOutcome::kTooManyFromAddress, Why::kTooManyFromAddress);
    case Attempts::Answer::kTooManyOfAccount:
      return refuse(AccountOutcome::kTooManyForAccount, Why::kTooManyForAccount);
    case Attempts::Answer::kTooManyAtAll:
      return refuse(AccountOutcome::kTooManyAtAll, Why::kBusy);
  }
  HUBBUB_ASSERT(false);
}

void AccountDesk::refuse(User& user, const Caller& caller, Action action, std::string_view account,
                         const Answer& answer) {
  log(caller, action, account, outcome_of(answer.result));
  const std::string_view detail = answer.result == Result::kTaken ? account : answer.why;
  server::refuse(user, reason_of(answer.result), detail);
}

// --- The commands. ---

core::Task<void> AccountDesk::register_nick(User& user, Caller caller, Secret password) {
  if (!may_register(user) || !accepts(user, password)) co_return;
  if (!take_attempt(user, caller, {}, Action::kRegister)) co_return;
  const std::string nick = user.nick();
  if (!registrations_.take(caller.address, hub_.loop().now())) {
    log(caller, Action::kRegister, nick, AccountOutcome::kTooManyRegistered);
    server::refuse(user, Why::kTooManyRegistered);
    co_return;
  }
  const Answer answer = co_await accounts_.add(nick, std::move(password), now());
  if (answer.result != Result::kDone) {
    registrations_.give_back(caller.address, hub_.loop().now());
    co_return refuse(user, caller, Action::kRegister, nick, answer);
  }
  log(caller, Action::kRegister, nick, AccountOutcome::kDone);
  hub_.log_in(user, answer.login, What::kRegistered);
}

core::Task<void> AccountDesk::log_in(User& user, Caller caller, std::string nick, Secret password) {
  if (!may_log_in(user) || !take_attempt(user, caller, nick, Action::kLogIn)) co_return;
  const Answer answer = co_await accounts_.log_in(nick, std::move(password), now());
  if (answer.result != Result::kDone) co_return refuse(user, caller, Action::kLogIn, nick, answer);
  while (hub_.registered_names().is_valid(answer.login)) {
    if (hub_.log_in(user, answer.login, What::kLoggedIn)) {
      co_return log(caller, Action::kLogIn, nick, AccountOutcome::kDone);
    }
    co_await free_nick(user, answer.login.account);
  }
  // It was changed while the other made way.
  refuse(user, caller, Action::kLogIn, nick, {.result = Result::kWrongPassword});
}

// The event is shared with whoever ends the other connection, who may come to it when this user has
// gone.
core::Task<void> AccountDesk::free_nick(User& user, std::string nick) {
  const auto freed = std::make_shared<core::Event>();
  hub_.end_other(user, nick, [freed] { freed->set(); });
  co_await freed->wait();
}

core::Task<void> AccountDesk::change_password(User& user, Caller caller, Secret old_password,
                                              Secret password) {
  if (!may_change(user) || !accepts(user, password)) co_return;
  const Login login = *user.login();
  const std::string& account = login.account;
  if (!take_attempt(user, caller, account, Action::kChangePassword)) co_return;
  const Answer answer =
      co_await accounts_.change_password(login, std::move(old_password), std::move(password));
  if (answer.result != Result::kDone) {
    co_return refuse(user, caller, Action::kChangePassword, account, answer);
  }
  log(caller, Action::kChangePassword, account, AccountOutcome::kDone);
  user.tell(event::AccountChanged{.what = What::kPasswordChanged, .account = account});
}

core::Task<void> AccountDesk::unregister(User& user, Caller caller, Secret password) {
  if (!may_change(user)) co_return;
  const Login login = *user.login();
  const std::string& account = login.account;
  if (!take_attempt(user, caller, account, Action::kUnregister)) co_return;
  const Answer answer = co_await accounts_.remove(login, std::move(password));
  if (answer.result != Result::kDone) {
    co_return refuse(user, caller, Action::kUnregister, account, answer);
  }
  note(caller, Action::kUnregister, account, AccountOutcome::kDone);  // it is unknown by now
  hub_.log_out(user, What::kUnregistered);
}

core::Task<void> AccountDesk::drop(User& user, Caller caller, std::string nick) {
  const Answer answer = co_await accounts_.drop(nick);
  if (answer.result != Result::kDone) co_return refuse(user, caller, Action::kDrop, nick, answer);
  const std::string& account = answer.login.account;
  note(caller, Action::kDrop, account, AccountOutcome::kDone);  // it is unknown by now
  user.tell(event::AccountChanged{.what = What::kUnregistered, .account = account});
}

core::Task<void> AccountDesk::become_operator(User& user, Caller caller, Secret password) {
  if (!may_become_operator(user)) co_return;
  if (!take_attempt(user, caller, {}, Action::kBecomeOperator)) co_return;
  const std::string hash = hub_.config().operators.password;
  const std::optional<bool> is_right = co_await accounts_.verify(hash, std::move(password));
  const bool is_in_force = hub_.config().operators.password == hash;  // as it was when it was given
  const Answer answer{.result = !is_right                  ? Result::kBusy
                                : *is_right && is_in_force ? Result::kDone
                                                           : Result::kWrongPassword};
  if (answer.result != Result::kDone) {
    co_return refuse(user, caller, Action::kBecomeOperator, kOperators, answer);
  }
  log(caller, Action::kBecomeOperator, kOperators, AccountOutcome::kDone);
  hub_.make_operator(user);
}

void AccountDesk::log_out(User& user) {
  if (may_log_out(user)) hub_.log_out(user, What::kLoggedOut);
}

}  // namespace server
