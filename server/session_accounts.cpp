// A session's part in accounts: passwords typed into commands, and passwords asked for.
#include <utility>

#include "core/assert.hpp"
#include "server/session.hpp"

namespace server {

Caller Session::caller() const {
  return {.address = trusted() ? core::Address() : stream().peer(),
          .connection = describe_connection()};
}

void Session::ask(PasswordUse use, std::string_view nick, Secret old_password) {
  pending().prompt = Prompt{use, std::string(nick), std::move(old_password)};
  tell(event::PasswordWanted{.use = use, .nick = nick});
  dialect().expect_password();
}

void Session::serve(const command::Register& asked) {
  Secret password = Secret::take(asked.password);
  if (!shared_.desk.may_register(*this)) return;
  if (password.empty()) return ask(PasswordUse::kRegister, nick());
  tell(event::PasswordWasVisible{"register"});
  start(shared_.desk.register_nick(*this, caller(), std::move(password)));
}

void Session::serve(const command::LogIn& asked) {
  if (!shared_.desk.may_log_in(*this)) return;
  if (asked.nick.empty() && shared_.desk.is_account(asked.password)) {
    return ask(PasswordUse::kLogIn, asked.password);
  }
  std::string of(asked.nick.empty() ? std::string_view(nick()) : asked.nick);
  Secret password = Secret::take(asked.password);
  if (asked.nick.empty() && !shared_.desk.is_account(of)) {
    return tell(
        event::AccountRefused{.why = event::AccountRefused::Why::kNotRegistered, .detail = of});
  }
  if (password.empty()) return ask(PasswordUse::kLogIn, of);
  tell(event::PasswordWasVisible{"login"});
  start(shared_.desk.log_in(*this, caller(), std::move(of), std::move(password)));
}

void Session::serve(const command::ChangePassword& asked) {
  Secret old_password = Secret::take(asked.old_password);
  Secret password = Secret::take(asked.password);
  if (!shared_.desk.may_change(*this)) return;
  if (password.empty()) return ask(PasswordUse::kChangeOld, login()->account);
  tell(event::PasswordWasVisible{"password"});
  start(
      shared_.desk.change_password(*this, caller(), std::move(old_password), std::move(password)));
}

void Session::serve(const command::Unregister& asked) {
  Secret password = Secret::take(asked.password);
  if (!shared_.desk.may_change(*this)) return;
  if (password.empty()) return ask(PasswordUse::kUnregister, login()->account);
  tell(event::PasswordWasVisible{"unregister"});
  start(shared_.desk.unregister(*this, caller(), std::move(password)));
}

void Session::serve(const command::DropAccount& asked) {
  if (!hub().operations().allow(*this, asked.kWord) || !shared_.desk.may_drop(*this, asked.nick))
    return;
  hub().operations().log({.act = asked.kWord, .by = *this, .whom = asked.nick, .always = true});
  start(shared_.desk.drop(*this, caller(), std::string(asked.nick)));
}

void Session::serve(const command::BecomeOperator& asked) {
  Secret password = Secret::take(asked.password);
  if (!shared_.desk.may_become_operator(*this)) return;
  if (password.empty()) return ask(PasswordUse::kOperator, {});
  tell(event::PasswordWasVisible{"oper"});
  start(shared_.desk.become_operator(*this, caller(), std::move(password)));
}

void Session::serve(const command::GivePassword& given) {
  HUBBUB_ASSERT(pending_ && pending_->prompt);
  Secret password = Secret::take(given.password);
  std::optional<Prompt> prompt = std::exchange(pending_->prompt, std::nullopt);
  forget_if_done();
  tell(event::PasswordTaken{.given = !password.empty()});
  if (password.empty()) return;
  switch (prompt->use) {
    case PasswordUse::kRegister:
      return start(shared_.desk.register_nick(*this, caller(), std::move(password)));
    case PasswordUse::kLogIn:
      return start(shared_.desk.log_in(*this, caller(), prompt->nick, std::move(password)));
    case PasswordUse::kChangeOld:
      return ask(PasswordUse::kChangeNew, prompt->nick, std::move(password));
    case PasswordUse::kChangeNew:
      return start(shared_.desk.change_password(*this, caller(), std::move(prompt->old_password),
                                                std::move(password)));
    case PasswordUse::kUnregister:
      return start(shared_.desk.unregister(*this, caller(), std::move(password)));
    case PasswordUse::kOperator:
      return start(shared_.desk.become_operator(*this, caller(), std::move(password)));
  }
}

}  // namespace server
