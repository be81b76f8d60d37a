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
  prompt_ = std::make_unique<Prompt>(Prompt{use, std::string(nick), std::move(old_password)});
  tell(event::PasswordWanted{.use = use, .nick = nick});
  dialect_->expect_password();
}

void Session::serve(const command::Register& asked) {
  Secret password = Secret::take(asked.password);
  if (!desk_.may_register(*this)) return;
  if (password.empty()) return ask(PasswordUse::kRegister, nick());
  tell(event::PasswordWasVisible{"register"});
  start(desk_.register_nick(*this, caller(), std::move(password)));
}

void Session::serve(const command::LogIn& asked) {
  if (!desk_.may_log_in(*this)) return;
  if (asked.nick.empty() && desk_.is_account(asked.password)) {
    return ask(PasswordUse::kLogIn, asked.password);
  }
  std::string of(asked.nick.empty() ? std::string_view(nick()) : asked.nick);
  Secret password = Secret::take(asked.password);
  if (asked.nick.empty() && !desk_.is_account(of)) {
    return tell(
        event::AccountRefused{.why = event::AccountRefused::Why::kNotRegistered, .detail = of});
  }
  if (password.empty()) return ask(PasswordUse::kLogIn, of);
  tell(event::PasswordWasVisible{"login"});
  start(desk_.log_in(*this, caller(), std::move(of), std::move(password)));
}

void Session::serve(const command::ChangePassword& asked) {
  Secret old_password = Secret::take(asked.old_password);
  Secret password = Secret::take(asked.password);
  if (!desk_.may_change(*this)) return;
  if (password.empty()) return ask(PasswordUse::kChangeOld, login()->account);
  tell(event::PasswordWasVisible{"password"});
  start(desk_.change_password(*this, caller(), std::move(old_password), std::move(password)));
}

void Session::serve(const command::Unregister& asked) {
  Secret password = Secret::take(asked.password);
  if (!desk_.may_change(*this)) return;
  if (password.empty()) return ask(PasswordUse::kUnregister, login()->account);
  tell(event::PasswordWasVisible{"unregister"});
  start(desk_.unregister(*this, caller(), std::move(password)));
}

void Session::serve(const command::BecomeOperator& asked) {
  Secret password = Secret::take(asked.password);
  if (!desk_.may_become_operator(*this)) return;
  if (password.empty()) return ask(PasswordUse::kOperator, {});
  tell(event::PasswordWasVisible{"oper"});
  start(desk_.become_operator(*this, caller(), std::move(password)));
}

void Session::serve(const command::GivePassword& given) {
  HUBBUB_ASSERT(prompt_);
  Secret password = Secret::take(given.password);
  const std::unique_ptr<Prompt> prompt = std::move(prompt_);
  tell(event::PasswordTaken{.given = !password.empty()});
  if (password.empty()) return;
  switch (prompt->use) {
    case PasswordUse::kRegister:
      return start(desk_.register_nick(*this, caller(), std::move(password)));
    case PasswordUse::kLogIn:
      return start(desk_.log_in(*this, caller(), prompt->nick, std::move(password)));
    case PasswordUse::kChangeOld:
      return ask(PasswordUse::kChangeNew, prompt->nick, std::move(password));
    case PasswordUse::kChangeNew:
      return start(desk_.change_password(*this, caller(), std::move(prompt->old_password),
                                         std::move(password)));
    case PasswordUse::kUnregister:
      return start(desk_.unregister(*this, caller(), std::move(password)));
    case PasswordUse::kOperator:
      return start(desk_.become_operator(*this, caller(), std::move(password)));
  }
}

}  // namespace server
