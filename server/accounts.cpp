// From a request to the two places where it takes time, and back.
#include "server/accounts.hpp"

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

core::Task<Accounts::Checked> Accounts::check(std::string name, Secret password) {
  std::optional<std::string> hash;
  auto find = [name](Store& store) { return store.find_account(name); };
  try {
    const std::optional<Store::Account> account = co_await archive_.at_store(std::move(find));
    if (account) hash = account->password_hash;
  } catch (const StoreError& error) {
    co_return Checked{.answer = store_failed(error)};
  }
  const auto verdict = co_await passwords_.verify(std::move(hash), std::move(password));
  if (!verdict) co_return Checked{.answer = {.result = Result::kBusy}};
  const std::optional<Login> login = names_.login_to(name);
  if (!verdict->right || !login) co_return Checked{.answer = {.result = Result::kWrongPassword}};
  co_return Checked{.answer = {.login = *login}, .better_hash = verdict->better_hash};
}

core::Task<Answer> Accounts::log_in(std::string name, Secret password, std::int64_t now) {
  Checked checked = co_await check(name, std::move(password));
  if (checked.answer.result != Result::kDone) co_return checked.answer;
  auto update = [name, now, better_hash = checked.better_hash](Store& store) {
    store.set_last_login(name, now);
    if (!better_hash.empty()) store.set_password(name, better_hash);
  };
  try {
    co_await archive_.at_store(std::move(update));
  } catch (const StoreError& error) {
    spdlog::warn("the login of account={} is not stored: {}", name, error.what());
  }
  co_return checked.answer;
}

core::Task<Answer> Accounts::change_password(std::string name, Secret old_password,
                                             Secret password) {
  const Checked checked = co_await check(name, std::move(old_password));
  if (checked.answer.result != Result::kDone) co_return checked.answer;
  const auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return Answer{.result = Result::kBusy};
  auto update = [name, hash = *hash](Store& store) { return store.set_password(name, hash); };
  try {
    const bool is_there = co_await archive_.at_store(std::move(update));
    co_return is_there ? checked.answer : Answer{.result = Result::kWrongPassword};
  } catch (const StoreError& error) {
    co_return store_failed(error);
  }
}

core::Task<Answer> Accounts::remove(std::string name, Secret password) {
  const Checked checked = co_await check(name, std::move(password));
  if (checked.answer.result != Result::kDone) co_return checked.answer;
  auto remove = [&names = names_, name](Store& store) {  // they outlive the archive
    if (!store.remove_account(name)) return false;
    names.remove(name);
    return true;
  };
  try {
    const bool was_there = co_await archive_.at_store(std::move(remove));
    co_return was_there ? checked.answer : Answer{.result = Result::kWrongPassword};
  } catch (const StoreError& error) {
    co_return store_failed(error);
  }
}

core::Task<std::optional<bool>> Accounts::verify(std::string hash, Secret password) {
  const auto verdict = co_await passwords_.verify(std::move(hash), std::move(password));
  if (!verdict) co_return std::nullopt;
  co_return verdict->right;
}

}  // namespace server
