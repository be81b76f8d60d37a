// Invitations, and turns in a slow room.
#include "server/house_rules.hpp"

#include <algorithm>

namespace server {

// Where nobody else keeps the handle, whom it led to is gone.
bool HouseRules::invite(const Visitor& who) {
  if (std::find(invited_.begin(), invited_.end(), who) != invited_.end()) return true;
  if (invited_.size() == kInvitationsMost) {
    std::erase_if(invited_, [](const Visitor& one) { return one.use_count() == 1; });
  }
  if (invited_.size() == kInvitationsMost) return false;
  invited_.push_back(who);
  return true;
}

bool HouseRules::take_invitation(const Visitor& who) {
  return std::erase(invited_, who) > 0;
}

// Old turns are forgotten each time the entries have doubled.
core::Duration HouseRules::take_turn(const Visitor& who, core::Time now) {
  if (spoke_.size() >= forget_above_) {
    std::erase_if(spoke_, [&](const auto& entry) { return entry.second + slow <= now; });
    constexpr std::size_t kLeast = 64;
    forget_above_ = std::max(kLeast, 2 * spoke_.size());
  }
  const auto [entry, is_first] = spoke_.try_emplace(who, now);
  if (!is_first && entry->second + slow > now) return entry->second + slow - now;
  entry->second = now;
  return core::Duration::zero();
}

}  // namespace server
