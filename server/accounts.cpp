// From a request to the two places where it takes time, and back.
#include "server/accounts.hpp"

#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

namespace server {
namespace {

using Result = Accounts::Result;
using Answer = Accounts::Answer;

Answer store_failed(const StoreError& error) {
  spdlog::error("the store failed: {}", error.what());
  return {.result = Result::kStoreFailed, .why = error.what()};
}

}  // namespace

Accounts::Accounts(const Config& config, RegisteredNames& names, Archive& archive)
    : names_(names),
      most_(config.accounts.most),
      archive_(archive),
      passwords_(config.accounts.hashing_threads, config.accounts.hashing_queue) {
  if (!archive_.is_open()) return;
  for (const std::string& name : archive_.store().load_account_names()) names_.add(name);
  spdlog::info("opened the store data_dir={} accounts={}", config.data_dir, names_.size());
}

// The name counts as taken from the beginning on, so that nobody else can take the nick should its
// owner be gone before it is stored.
core::Task<Answer> Accounts::add(std::string name, Secret password, std::int64_t now) {
  auto reservation = names_.reserve(name);
  if (!reservation) co_return Answer{.result = Result::kTaken};
  if (names_.size() > most_) co_return Answer{.result = Result::kFull};
  const auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return Answer{.result = Result::kBusy};
  Store::Account account{
      .name = std::move(name), .password_hash = *hash, .created = now, .last_login = now};
  auto insert = [account = std::move(account),
                 reservation = std::move(*reservation)](Store& store) mutable {
    if (!store.add_account(account)) return std::optional<Login>();
    return std::optional(reservation.keep());
  };
  try {
    const auto login = co_await archive_.at_store(std::move(insert));
    co_return login ? Answer{.login = *login} : Answer{.result = Result::kTaken};
  } catch (const StoreError& error) {
    co_return store_failed(error);
  }
}

// The hash and the login are of the same account, because names come and go in the store's thread.
core::Task<Accounts::Checked> Accounts::check(std::string name, Secret password) {
  struct Found {
    std::string hash;
    Login login;
  };
  auto find = [&names = names_, name](Store& store) -> std::optional<Found> {
    const std::optional<Store::Account> account = store.find_account(name);
    std::optional<Login> login = account ? names.login_to(name) : std::nullopt;
    if (!login) return std::nullopt;
    return Found{account->password_hash, std::move(*login)};
  };
  std::optional<Found> found;
  try {
    found = co_await archive_.at_store(std::move(find));
  } catch (const StoreError& error) {
    co_return Checked{.answer = store_failed(error)};
  }
  auto hash = found ? std::optional(std::move(found->hash)) : std::nullopt;
  const auto verdict = co_await passwords_.verify(std::move(hash), std::move(password));
  if (!verdict) co_return Checked{.answer = {.result = Result::kBusy}};
  if (!verdict->right) co_return Checked{.answer = {.result = Result::kWrongPassword}};
  co_return Checked{.answer = {.login = std::move(found->login)},
                    .better_hash = verdict->better_hash};
}

core::Task<Answer> Accounts::log_in(std::string name, Secret password, std::int64_t now) {
  Checked checked = co_await check(std::move(name), std::move(password));
  if (checked.answer.result != Result::kDone) co_return checked.answer;
  const Login& login = checked.answer.login;
  auto update = [&names = names_, login, now, better_hash = checked.better_hash](Store& store) {
    if (!names.is_valid(login)) return false;
    store.set_last_login(login.account, now);
    if (!better_hash.empty()) store.set_password(login.account, better_hash);
    return true;
  };
  try {
    const bool is_good = co_await archive_.at_store(std::move(update));
    if (!is_good) co_return Answer{.result = Result::kWrongPassword};
  } catch (const StoreError& error) {
    spdlog::warn("the login of account={} is not stored: {}", login.account, error.what());
  }
  co_return checked.answer;
}

// Whoever waits for it or not, others are told by the names' watches.
core::Task<Answer> Accounts::change_password(Login login, Secret old_password, Secret password) {
  const Checked checked = co_await check(login.account, std::move(old_password));
  if (checked.answer.result != Result::kDone) co_return checked.answer;
  const auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return Answer{.result = Result::kBusy};
  auto update = [&names = names_, login, hash = *hash](Store& store) {
    if (!names.is_valid(login) || !store.set_password(login.account, hash)) return false;
    names.end_others(login);
    return true;
  };
  co_return co_await done_by(std::move(login), std::move(update));
}

core::Task<Answer> Accounts::remove(Login login, Secret password) {
  const Checked checked = co_await check(login.account, std::move(password));
  if (checked.answer.result != Result::kDone) co_return checked.answer;
  auto remove = [&names = names_, login](Store& store) {
    if (!names.is_valid(login) || !store.remove_account(login.account)) return false;
    names.remove(login);
    return true;
  };
  co_return co_await done_by(std::move(login), std::move(remove));
}

core::Task<Answer> Accounts::drop(std::string name) {
  auto remove = [&names = names_, name = std::move(name)](Store& store) {
    std::optional<Login> login = names.login_to(name);
    if (!login || !store.remove_account(login->account)) return std::optional<Login>();
    names.remove(*login);
    return login;
  };
  try {
    std::optional<Login> removed = co_await archive_.at_store(std::move(remove));
    if (!removed) co_return Answer{.result = Result::kNoAccount};
    co_return Answer{.login = std::move(*removed)};
  } catch (const StoreError& error) {
    co_return store_failed(error);
  }
}

// What a change by a login comes to, which gives whether the login was good.
template <class Change>
core::Task<Answer> Accounts::done_by(Login login, Change change) {
  try {
    const bool is_done = co_await archive_.at_store(std::move(change));
    if (!is_done) co_return Answer{.result = Result::kNotLoggedIn};
    co_return Answer{.login = std::move(login)};
  } catch (const StoreError& error) {
    co_return store_failed(error);
  }
}

AccountFigures Accounts::figures() const {
  return {.registered = names_.size(),
          .requests = counts_.all(),
          .hashes_waiting = passwords_.waiting(),
          .longest_hash_seconds = std::chrono::duration<double>(passwords_.longest()).count(),
          .store_writes = archive_.writes(),
          .store_failures = archive_.failures()};
}

core::Task<std::optional<bool>> Accounts::verify(std::string hash, Secret password) {
  const auto verdict = co_await passwords_.verify(std::move(hash), std::move(password));
  if (!verdict) co_return std::nullopt;
  co_return verdict->right;
}

}  // namespace server
