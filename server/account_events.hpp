// The events that have to do with accounts (see server/event.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/passwords.hpp"

namespace server {

// What a password is asked for.
enum class PasswordUse : std::uint8_t {
  kRegister,
  kLogIn,
  kChangeOld,
  kChangeNew,
  kUnregister,
  kOperator,
};

namespace event {

// The next line is to be a password; the client is asked not to show it.
struct PasswordWanted {
  PasswordUse use;
  std::string_view nick;  // whose
};

// That line has come; the client may show what is typed again.
struct PasswordTaken {
  bool given = false;  // else the person thought better of it
};

// What stood in a command could be read on the way.
struct PasswordWasVisible {
  std::string_view command;  // which would have asked for it
};

// Something was done.
struct AccountChanged {
  enum class What : std::uint8_t {
    kRegistered,
    kLoggedIn,
    kLoggedOut,
    kPasswordChanged,
    kUnregistered,
    kLoginEnded,  // by others: the account was given up, or its password changed
  };
  What what;
  std::string_view account;
};

// Of the server; the ground for it is gone.
struct OperatorNoMore {};

// The nick is somebody's, who has to log in to have it.
struct NickRegistered {
  std::string_view nick;
};

struct BadPassword {
  PasswordFault fault;
};

// Something else was refused.
struct AccountRefused {
  enum class Why : std::uint8_t {
    kNotKept,            // there is no store
    kGuestNick,          // only a chosen nick can be registered
    kAlreadyRegistered,  // `detail`: the nick
    kNotRegistered,      // `detail`: the nick
    kNoAccount,          // nobody has registered that nick
    kNotLoggedIn,
    kWrongPassword,
    kTooManyAttempts,  // for one account from one address
    kTooManyFromAddress,
    kTooManyForAccount,
    kTooManyRegistered,  // from one address
    kFull,
    kBusy,
    kStoreFailed,         // `detail`: continues "cannot be stored now: "
    kNoOperatorPassword,  // nobody can become an operator so
  };
  Why why;
  std::string_view detail = {};
};

}  // namespace event

}  // namespace server
