// House rules: what the operators of a room have laid down. Few rooms have any.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/time.hpp"
#include "server/sanctions.hpp"

namespace server {

class User;

// Thread: under the directory's lock. Operators are held to none of it.
// Limits: those of Sanctions, kInvitationsMost, and one entry for each who spoke in a slow room
// within its pause.
class HouseRules {
 public:
  static constexpr std::size_t kInvitationsMost = 1'000;
  static constexpr std::size_t kKeyMost = 64;  // bytes
  static constexpr std::chrono::seconds kSlowMost = std::chrono::hours(1);

  // Whoever it leads to, whatever they are called by then: a Directory::Handle.
  using Visitor = std::shared_ptr<User*>;

  Sanctions bans;
  Sanctions mutes;
  bool moderated = false;        // only those with a role speak
  bool closed = false;           // only who is invited comes in
  bool topic_locked = false;     // only operators set it
  std::string key;               // who comes in has to know it; empty: none
  std::chrono::seconds slow{0};  // a member's pause between two lines

  // Whether talking is not simply free.
  bool restrain_talk() const { return moderated || slow.count() > 0; }

  // Lets somebody in once, through a closed door and without the key. False: too many are invited.
  bool invite(const Visitor& who);
  bool anybody_invited() const { return !invited_.empty(); }
  // False: it has none.
  bool take_invitation(const Visitor& who);

  // How long somebody has to wait to speak; zero: it speaks now.
  core::Duration take_turn(const Visitor& who, core::Time now);

 private:
  std::vector<Visitor> invited_;
  std::unordered_map<Visitor, core::Time> spoke_;  // when, the last time
  std::size_t forget_above_ = 64;
};

}  // namespace server
