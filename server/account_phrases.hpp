// The sentences of the chat dialect about accounts, without what begins and ends a line.
#pragma once

#include <string>

#include "server/account_events.hpp"

namespace server {

std::string phrase(const event::PasswordWanted& wanted);
std::string phrase(const event::PasswordTaken& taken);
std::string phrase(const event::PasswordWasVisible& visible);
std::string phrase(const event::AccountChanged& changed);
std::string phrase(const event::OperatorNoMore& no_more);
// Of refusals.
std::string phrase(const event::NickRegistered& registered);
std::string phrase(const event::AccountRefused& refused);

}  // namespace server
