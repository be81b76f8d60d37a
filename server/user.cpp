// The list of a user's rooms.
#include "server/user.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "server/audience.hpp"

namespace server {

static_assert(sizeof(Membership) <= 56, "one per connection");

Room& Membership::room() const {
  return audience.room();
}

std::size_t Memberships::size() const {
  std::size_t count = 0;
  for (const Membership* one = first_.get(); one != nullptr; one = one->next.get()) ++count;
  return count;
}

Membership* Memberships::last() const {
  Membership* one = first_.get();
  while (one != nullptr && one->next) one = one->next.get();
  return one;
}

void Memberships::add(std::unique_ptr<Membership> membership) {
  Membership* const newest = last();
  (newest != nullptr ? newest->next : first_) = std::move(membership);
}

void Memberships::remove(const Membership& membership) {
  std::unique_ptr<Membership>* link = &first_;
  while (link->get() != &membership) {
    HUBBUB_ASSERT(*link);
    link = &(*link)->next;
  }
  *link = std::move((*link)->next);
}

}  // namespace server
