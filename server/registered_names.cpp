// A map under a lock that readers share.
#include "server/registered_names.hpp"

#include "server/names.hpp"

namespace server {

RegisteredNames::Reservation::~Reservation() {
  if (in_ != nullptr) in_->remove(login_.account);
}

std::optional<RegisteredNames::Reservation> RegisteredNames::reserve(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = logins_.try_emplace(folded(name));
  if (!is_new) return std::nullopt;
  entry->second = {.account = std::string(name), .number = ++last_number_};
  return Reservation(*this, entry->second);
}

void RegisteredNames::add(std::string_view name) {
  if (auto reservation = reserve(name)) reservation->keep();
}

void RegisteredNames::remove(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  logins_.erase(folded(name));
}

std::optional<Login> RegisteredNames::login_to(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = logins_.find(folded(name));
  if (found == logins_.end()) return std::nullopt;
  return found->second;
}

bool RegisteredNames::contains(std::string_view name) const {
  return login_to(name).has_value();
}

bool RegisteredNames::is_kept_from(const Login* login, std::string_view name) const {
  const std::optional<Login> owner = login_to(name);
  return owner && (login == nullptr || *login != *owner);
}

bool RegisteredNames::is_valid(const Login& login) const {
  return login_to(login.account) == login;
}

std::size_t RegisteredNames::size() const {
  const std::shared_lock lock(mutex_);
  return logins_.size();
}

}  // namespace server
