// Members that come and go while the audience is walked.
#include "server/audience.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "server/user.hpp"

namespace server {

void Audience::add(Membership& membership) {
  members_.push_back(&membership);
  HUBBUB_ASSERT(members_.size() - 1 <= Membership::kIndexMost);
  membership.set_index(static_cast<std::uint32_t>(members_.size() - 1));
  if (left_ > 0) ++left_;  // it comes into the walk, and nobody falls out at the other end
}

// The last one takes the place, which the walk may have passed already.
void Audience::remove(Membership& membership) {
  HUBBUB_ASSERT(members_[membership.index()] == &membership);
  Membership& last = *members_.back();
  members_[membership.index()] = &last;
  last.set_index(membership.index());
  members_.pop_back();
  if (left_ > 0 && &last != &membership) last.user.outflow().mark_lagging();
  left_ = std::min(left_, members_.size());
  if (next_ >= members_.size()) next_ = 0;
}

}  // namespace server
