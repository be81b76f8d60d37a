// The hub's part in accounts: who is logged in, and who has to make way.
#include <memory>
#include <string>
#include <utility>

#include "server/hub.hpp"
#include "server/names.hpp"

namespace server {

bool Hub::log_in(User& user, const Login& login) {
  Access here(directory_);
  if (!here.has(user)) return true;
  const User* const holder = here.find_user(login.account);
  if (holder != nullptr && holder != &user) return false;
  user.login_ = std::make_unique<const Login>(login);
  if (holder == nullptr) rename(here, user, login.account);
  return true;
}

void Hub::log_out(User& user) {
  Access here(directory_);
  if (!here.has(user)) return;
  user.login_.reset();
  if (registered_names().contains(user.nick_)) rename(here, user, here.guest_nick());
}

// The other one is out of the rooms and of the directory at once; its connection takes its time to
// say goodbye. It may have left, or have another nick by then.
void Hub::end_other(User& user, std::string_view nick, std::function<void()> done) {
  Access here(directory_);
  User* const other = here.find_user(nick);
  if (other == nullptr || other == &user) return done();
  const auto end = [this, handle = here.handle(*other), name = folded(nick),
                    done = std::move(done)] {
    User* const present = *handle;
    if (present != nullptr && folded(present->nick()) == name) {
      Hub& there = present->hub();
      there.loop_.contain([&] { there.disconnect(*present, "logged in elsewhere"); });
      present->evict("you logged in elsewhere");
    }
    loop_.post(done);
  };
  other->hub_.loop_.post(end);
}

void Hub::end_operator(User& user) {
  Access here(directory_);
  user.operator_ = core::any_contains(config_.operators.networks, user.address());
}

}  // namespace server
