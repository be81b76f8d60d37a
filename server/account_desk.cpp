// One function for each command, and the log.
#include "server/account_desk.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/event.hpp"
#include "server/names.hpp"

namespace server {
namespace {

using Result = Accounts::Result;
using Answer = Accounts::Answer;
using Why = event::AccountRefused::Why;
using What = event::AccountChanged::What;

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
    case Result::kDone:
    case Result::kWrongPassword:
      break;
  }
  return Why::kWrongPassword;
}

std::string_view word_of(Result result) {
  switch (result) {
    case Result::kDone:
      return "done";
    case Result::kWrongPassword:
      return "wrong_password";
    case Result::kTaken:
      return "taken";
    case Result::kFull:
      return "full";
    case Result::kBusy:
      return "busy";
    case Result::kStoreFailed:
      return "store_failed";
  }
  return {};
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
  if (is_operators_account(user.nick()) && !user.is_operator()) {
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

bool AccountDesk::may_become_operator(User& user) const {
  return !hub_.config().operators.password.empty() ||
         server::refuse(user, Why::kNoOperatorPassword);
}

bool AccountDesk::accepts(User& user, const Secret& password) const {
  const auto fault = check_password(password.text(), user.nick());
  if (fault) user.tell(event::BadPassword{*fault});
  return !fault;
}

bool AccountDesk::is_operators_account(std::string_view account) const {
  const auto& all = hub_.config().operators.accounts;
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& one) { return folded(one) == folded(account); });
}

// --- What is logged and refused. ---

// A name that is nobody's may be a password in the wrong place, and is not written down.
void AccountDesk::log(const Caller& caller, std::string_view action, std::string_view account,
                      std::string_view outcome) const {
  const bool is_known = account == "operators" || is_account(account);
  spdlog::info("account action={} outcome={} account={} connection={}", action, outcome,
               is_known ? account : "unknown", caller.connection);
}

bool AccountDesk::take_attempt(User& user, const Caller& caller, std::string_view account,
                               std::string_view action) {
  if (attempts_.take(account, caller.address, hub_.loop().now())) return true;
  log(caller, action, account, "too_many_attempts");
  return server::refuse(user, Why::kTooManyAttempts);
}

void AccountDesk::refuse(User& user, const Caller& caller, std::string_view action,
                         std::string_view account, const Answer& answer) const {
  log(caller, action, account, word_of(answer.result));
  const std::string_view detail = answer.result == Result::kTaken ? account : answer.why;
  server::refuse(user, reason_of(answer.result), detail);
}

// --- The commands. ---

core::Task<void> AccountDesk::register_nick(User& user, Caller caller, Secret password) {
  if (!may_register(user) || !accepts(user, password)) co_return;
  if (!take_attempt(user, caller, {}, "register")) co_return;
  const std::string nick = user.nick();
  const Answer answer = co_await accounts_.add(nick, std::move(password), now());
  if (answer.result != Result::kDone) {
    co_return refuse(user, caller, "register", nick, answer);
  }
  log(caller, "register", nick, "done");
  hub_.log_in(user, answer.login);
  user.tell(event::AccountChanged{.what = What::kRegistered, .account = nick});
  if (is_operators_account(nick)) hub_.make_operator(user);
}

core::Task<void> AccountDesk::log_in(User& user, Caller caller, std::string nick, Secret password) {
  if (!may_log_in(user) || !take_attempt(user, caller, nick, "login")) co_return;
  const Answer answer = co_await accounts_.log_in(nick, std::move(password), now());
  if (answer.result != Result::kDone) co_return refuse(user, caller, "login", nick, answer);
  log(caller, "login", nick, "done");
  while (!hub_.log_in(user, answer.login)) co_await free_nick(user, answer.login.account);
  user.tell(event::AccountChanged{.what = What::kLoggedIn, .account = answer.login.account});
  if (is_operators_account(answer.login.account)) hub_.make_operator(user);
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
  const std::string account = user.login()->account;
  if (!take_attempt(user, caller, account, "password")) co_return;
  const Answer answer =
      co_await accounts_.change_password(account, std::move(old_password), std::move(password));
  if (answer.result != Result::kDone) co_return refuse(user, caller, "password", account, answer);
  log(caller, "password", account, "done");
  user.tell(event::AccountChanged{.what = What::kPasswordChanged, .account = account});
}

core::Task<void> AccountDesk::unregister(User& user, Caller caller, Secret password) {
  if (!may_change(user)) co_return;
  const std::string account = user.login()->account;
  if (!take_attempt(user, caller, account, "unregister")) co_return;
  const Answer answer = co_await accounts_.remove(account, std::move(password));
  if (answer.result != Result::kDone) {
    co_return refuse(user, caller, "unregister", account, answer);
  }
  spdlog::info("account action=unregister outcome=done account={} connection={}", account,
               caller.connection);
  if (is_operators_account(account)) hub_.end_operator(user);
  hub_.log_out(user);
  user.tell(event::AccountChanged{.what = What::kUnregistered, .account = account});
}

core::Task<void> AccountDesk::become_operator(User& user, Caller caller, Secret password) {
  constexpr std::string_view kAction = "oper";
  constexpr std::string_view kAccount = "operators";
  if (!may_become_operator(user)) co_return;
  if (!take_attempt(user, caller, {}, kAction)) co_return;
  const std::optional<bool> is_right =
      co_await accounts_.verify(hub_.config().operators.password, std::move(password));
  const Answer answer{.result = !is_right   ? Result::kBusy
                                : *is_right ? Result::kDone
                                            : Result::kWrongPassword};
  if (answer.result != Result::kDone) co_return refuse(user, caller, kAction, kAccount, answer);
  log(caller, kAction, kAccount, "done");
  hub_.make_operator(user);
}

void AccountDesk::log_out(User& user) {
  if (!may_change(user)) return;
  const std::string account = user.login()->account;
  if (is_operators_account(account)) hub_.end_operator(user);
  hub_.log_out(user);
  user.tell(event::AccountChanged{.what = What::kLoggedOut, .account = account});
}

}  // namespace server
