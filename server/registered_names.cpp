// A map under a lock that readers share.
#include "server/registered_names.hpp"

#include "core/assert.hpp"
#include "server/names.hpp"

namespace server {

RegisteredNames::Watch::Watch(RegisteredNames& names, Told told)
    : names_(names), told_(std::move(told)) {
  const std::scoped_lock lock(names_.mutex_);
  names_.watches_.push_back(this);
}

RegisteredNames::Watch::~Watch() {
  const std::scoped_lock lock(names_.mutex_);
  std::erase(names_.watches_, this);
}

// Nobody can have logged in to it.
RegisteredNames::Reservation::~Reservation() {
  if (in_ == nullptr) return;
  const std::scoped_lock lock(in_->mutex_);
  in_->owners_.erase(folded(login_.account));
}

std::optional<RegisteredNames::Reservation> RegisteredNames::reserve(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = owners_.try_emplace(folded(name));
  if (!is_new) return std::nullopt;
  entry->second = {.account = std::string(name), .since = ++last_number_};
  return Reservation(*this, {.account = std::string(name), .number = last_number_});
}

void RegisteredNames::add(std::string_view name) {
  if (auto reservation = reserve(name)) reservation->keep();
}

void RegisteredNames::remove(const Login& by) {
  const std::scoped_lock lock(mutex_);
  HUBBUB_ASSERT(find_owner(by) != nullptr);
  owners_.erase(folded(by.account));
  tell(by);
}

void RegisteredNames::end_others(const Login& by) {
  const std::scoped_lock lock(mutex_);
  HUBBUB_ASSERT(find_owner(by) != nullptr);
  Owner& owner = owners_.find(folded(by.account))->second;
  owner.since = ++last_number_;
  owner.spared = by.number;
  tell(by);
}

void RegisteredNames::tell(const Login& by) const {
  for (const Watch* const watch : watches_) watch->told_(by);
}

std::optional<Login> RegisteredNames::login_to(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = owners_.find(folded(name));
  if (found == owners_.end()) return std::nullopt;
  return Login{.account = found->second.account, .number = ++last_number_};
}

bool RegisteredNames::contains(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  return owners_.contains(folded(name));
}

bool RegisteredNames::is_kept_from(const Login* login, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const std::string key = folded(name);
  if (!owners_.contains(key)) return false;
  return login == nullptr || folded(login->account) != key || find_owner(*login) == nullptr;
}

bool RegisteredNames::is_valid(const Login& login) const {
  const std::shared_lock lock(mutex_);
  return find_owner(login) != nullptr;
}

const RegisteredNames::Owner* RegisteredNames::find_owner(const Login& login) const {
  const auto found = owners_.find(folded(login.account));
  if (found == owners_.end() || !found->second.accepts(login)) return nullptr;
  return &found->second;
}

std::size_t RegisteredNames::size() const {
  const std::shared_lock lock(mutex_);
  return owners_.size();
}

}  // namespace server
