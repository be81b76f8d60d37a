// Invitations, and turns in a slow room.
#include "server/house_rules.hpp"

#include <algorithm>
#include <utility>

namespace server {

void HouseRules::forget_invited_who_left() {
  std::erase_if(invited_, [](const Invitation& one) { return !one.who->is_here; });
}

bool HouseRules::invite(const Visitor& who, Quota::Share share) {
  forget_invited_who_left();
  if (invited_.size() == kInvitationsMost) return false;
  invited_.push_back({who, std::move(share)});
  return true;
}

bool HouseRules::is_invited(const Visitor& who) const {
  const auto is_it = [&](const Invitation& one) { return one.who == who; };
  return std::any_of(invited_.begin(), invited_.end(), is_it);
}

bool HouseRules::take_invitation(const Visitor& who) {
  return std::erase_if(invited_, [&](const Invitation& one) { return one.who == who; }) > 0;
}

void HouseRules::forget_old(std::time_t now) {
  bans.forget_old(now);
  mutes.forget_old(now);
  forget_invited_who_left();
}

core::Duration HouseRules::wait(const std::string& speaker, core::Time now) const {
  const auto spoke = spoke_.find(speaker);
  if (spoke == spoke_.end()) return core::Duration::zero();
  return std::max(core::Duration::zero(), core::Duration(spoke->second + slow - now));
}

void HouseRules::take_turn(const std::string& speaker, core::Time now) {
  sweep_.run(spoke_, now, [&](const auto& entry) { return entry.second + slow <= now; });
  if (wait(speaker, now) > core::Duration::zero()) return;
  if (spoke_.size() >= kSpeakersMost) spoke_.erase(spoke_.begin());
  spoke_[speaker] = now;
}

}  // namespace server
