// Going where a user lives.
#include "server/user_handle.hpp"

#include <utility>

#include "core/assert.hpp"
#include "server/hub.hpp"

namespace server {

UserHandle::UserHandle(User& user) : place_(std::make_shared<Place>(user.hub().loop(), user)) {}

void UserHandle::visit(Visit visit) const {
  HUBBUB_ASSERT(place_);
  place_->loop.post([place = place_, visit = std::move(visit)] { visit(place->user); });
}

}  // namespace server
