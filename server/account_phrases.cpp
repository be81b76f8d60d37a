// None of them repeats anything but names that are known to be names.
#include "server/account_phrases.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"

namespace server {
namespace {

std::string wish(const event::PasswordWanted& wanted) {
  switch (wanted.use) {
    case PasswordUse::kRegister:
      return fmt::format("choose a password for {}", wanted.nick);
    case PasswordUse::kLogIn:
    case PasswordUse::kUnregister:
      return fmt::format("the password of {}, please", wanted.nick);
    case PasswordUse::kChangeOld:
      return fmt::format("the present password of {}, please", wanted.nick);
    case PasswordUse::kChangeNew:
      return fmt::format("choose a new password for {}", wanted.nick);
    case PasswordUse::kOperator:
      return "the operators' password, please";
  }
  HUBBUB_ASSERT(false);
}

}  // namespace

std::string phrase(const event::PasswordWanted& wanted) {
  return wish(wanted) + "; it is your next line, which nobody sees (/cancel: never mind)";
}

std::string phrase(const event::PasswordTaken& taken) {
  return taken.given ? "thank you" : "never mind, then";
}

std::string phrase(const event::PasswordWasVisible& visible) {
  return fmt::format("your password stands on your screen; /{} without it asks for it unseen",
                     visible.command);
}

std::string phrase(const event::AccountChanged& changed) {
  using What = event::AccountChanged::What;
  switch (changed.what) {
    case What::kRegistered:
      return fmt::format("{} is yours now; /login {} gets it back when you return", changed.account,
                         changed.account);
    case What::kLoggedIn:
      return fmt::format("you are logged in as {}", changed.account);
    case What::kLoggedOut:
      return fmt::format("you are not logged in as {} any more", changed.account);
    case What::kPasswordChanged:
      return fmt::format("the password of {} is changed", changed.account);
    case What::kUnregistered:
      return fmt::format("{} is not registered any more", changed.account);
    case What::kLoginEnded:
      return fmt::format(
          "you are not logged in as {} any more: its password was changed, or it is registered no "
          "more",
          changed.account);
  }
  HUBBUB_ASSERT(false);
}

std::string phrase(const event::OperatorNoMore& /*no_more*/) {
  return "you are not an operator of this server any more";
}

std::string phrase(const event::NickRegistered& registered) {
  return fmt::format("{} is registered: /login {}", registered.nick, registered.nick);
}

std::string phrase(const event::AccountRefused& refused) {
  using Why = event::AccountRefused::Why;
  switch (refused.why) {
    case Why::kNotKept:
      return "this server keeps no accounts: every nick is free for whoever comes first";
    case Why::kGuestNick:
      return "only a nick that you chose can be registered; /nick NAME first";
    case Why::kAlreadyRegistered:
      return fmt::format("{} is registered already", refused.detail);
    case Why::kNotRegistered:
      return fmt::format("{} is not registered; /login NICK asks for the password of another",
                         refused.detail);
    case Why::kNoAccount:
      return "nobody has registered that nick";
    case Why::kNotLoggedIn:
      return "you are not logged in; /login NICK first";
    case Why::kWrongPassword:
      return "that is not the password";
    case Why::kTooManyAttempts:
      return "too many passwords were tried for that account from where you are; wait a minute";
    case Why::kTooManyFromAddress:
      return "too many passwords were tried from where you are; wait a minute";
    case Why::kTooManyForAccount:
      return "too many passwords were tried for that account, from many places; wait a minute";
    case Why::kTooManyRegistered:
      return "too many nicks were registered from where you are; try again tomorrow";
    case Why::kFull:
      return "no more accounts can be registered here";
    case Why::kBusy:
      return "the server is busy with other passwords; try again";
    case Why::kStoreFailed:
      return fmt::format("that cannot be stored now: {}", refused.detail);
    case Why::kNoOperatorPassword:
      return "there is no password here that makes an operator";
  }
  HUBBUB_ASSERT(false);
}

}  // namespace server
