// The hub's part in accounts: who is logged in, who has to make way, and who is an operator of the
// server because of what.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/hub.hpp"
#include "server/moderation_log.hpp"
#include "server/names.hpp"

namespace server {

std::vector<User*> Hub::people_here(const Access& here) const {
  std::vector<User*> people;
  here.for_each_user([&](User& user) {
    if (&user.hub() == this) people.push_back(&user);
  });
  return people;
}

// --- Logins. ---

bool Hub::log_in(User& user, const Login& login, event::AccountChanged::What by) {
  Access here(directory_);
  if (!here.has(user)) return true;
  const User* const holder = here.find_user(login.account);
  if (holder != nullptr && holder != &user) return false;
  user.login_ = std::make_unique<const Login>(login);
  if (holder == nullptr) rename(here, user, login.account);
  moderation_.judge(here, user);
  user.tell(event::AccountChanged{.what = by, .account = login.account});
  judge_operator(here, user);
  return true;
}

void Hub::log_out(User& user, event::AccountChanged::What by) {
  Access here(directory_);
  if (here.has(user) && user.login_) log_out(here, user, by);
}

void Hub::log_out(Access& here, User& user, event::AccountChanged::What by) {
  const std::unique_ptr<const Login> login = std::move(user.login_);
  if (registered_names().contains(user.nick_)) rename(here, user, here.guest_nick());
  user.tell(event::AccountChanged{.what = by, .account = login->account});
  judge_operator(here, user);
}

// Of those whose accounts were given up, or got another password; who did it sees to itself.
void Hub::end_stale_logins(const Login& by) {
  Access here(directory_);
  for (User* const user : people_here(here)) {
    const Login* const login = user->login();
    if (login == nullptr || *login == by || registered_names().is_valid(*login)) continue;
    loop_.contain([&] { log_out(here, *user, event::AccountChanged::What::kLoginEnded); });
  }
}

// Empty: it is logged in nowhere.
std::string_view Hub::account_of(const User& user) const {
  const Login* const login = user.login();
  if (login == nullptr || !registered_names().is_valid(*login)) return {};
  return login->account;
}

// The other one is out of the rooms and of the directory at once; its connection takes its time to
// say goodbye. It may have left, or have another nick by then. `done` is never called from here,
// with the lock.
void Hub::end_other(User& user, std::string_view nick, std::function<void()> done) {
  Access here(directory_);
  User* const other = here.find_user(nick);
  if (other == nullptr || other == &user) return loop_.post(std::move(done));
  auto end = [name = folded(nick), asking = here.handle(user),
              done = std::move(done)](User* present) mutable {
    if (present != nullptr && folded(present->nick()) == name) {
      constexpr Parting kParting{.why = Departure::kElsewhere};
      Hub& there = present->hub();
      there.loop_.contain([&] { there.disconnect(*present, kParting); });
      present->evict(kParting);
    }
    asking.visit([done = std::move(done)](User* /*asker*/) { done(); });
  };
  here.handle(*other).visit(std::move(end));
}

// --- Operators of the server. ---

bool Hub::is_operators_account(std::string_view account) const {
  const auto& all = config_.operators.accounts;
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& one) { return folded(one) == folded(account); });
}

void Hub::make_operator(User& user) {
  Access here(directory_);
  user.gave_operators_password_ = true;
  judge_operator(here, user);
}

// Whenever one of the grounds may have changed.
void Hub::judge_operator(Access& /*here*/, User& user) {
  const std::string_view account = account_of(user);
  const bool is_one = user.gave_operators_password_ ||
                      core::any_contains(config_.operators.networks, user.address()) ||
                      (!account.empty() && is_operators_account(account));
  if (std::exchange(user.operator_, is_one) == is_one) return;
  log_.note({.act = is_one ? "become_operator" : "end_operator", .by = user, .always = true},
            loop_.now());
  if (is_one) return user.tell(event::BecameOperator{});
  user.tell(event::OperatorNoMore{});
}

// A password that is taken out of force has given nothing to those who gave it.
void Hub::reconfigure(const Config& config) {
  const Config::Operators before = std::exchange(config_, config).operators;
  if (config_.operators == before) return;
  Access here(directory_);
  for (User* const user : people_here(here)) {
    if (config_.operators.password != before.password) user->gave_operators_password_ = false;
    loop_.contain([&] { judge_operator(here, *user); });
  }
}

}  // namespace server
