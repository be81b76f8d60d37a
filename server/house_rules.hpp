// House rules: what the operators of a room have laid down. Few rooms have any.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/time.hpp"
#include "server/doubling_sweep.hpp"
#include "server/sanctions.hpp"

namespace server {

// Thread: under the directory's lock. Operators are held to none of it.
// Limits: those of Sanctions, kInvitationsMost, and one entry for each who spoke in a slow room
// within its pause (kSpeakersMost), by whatever name the caller knows it: one that lasts longer
// than a connection.
class HouseRules {
 public:
  static constexpr std::size_t kInvitationsMost = 1'000;
  static constexpr std::size_t kSpeakersMost = 10'000;  // whose turns are remembered
  static constexpr std::size_t kKeyMost = 64;           // bytes
  static constexpr std::chrono::seconds kSlowMost = std::chrono::hours(1);

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
  bool invite(const Visitor& who, Quota::Share share);
  bool is_invited(const Visitor& who) const;
  // False: it has none.
  bool take_invitation(const Visitor& who);

  // How long somebody has to wait to speak; zero: it may now.
  core::Duration wait(const std::string& speaker, core::Time now) const;
  // It speaks; not if it has to wait.
  void take_turn(const std::string& speaker, core::Time now);
  std::size_t turns_remembered() const { return spoke_.size(); }

  // Frees what is held for sanctions that are over and visitors that are gone. `now`: time of day.
  void forget_old(std::time_t now);

 private:
  struct Invitation {
    Visitor who;
    Quota::Share share;
  };
  void forget_invited_who_left();

  std::vector<Invitation> invited_;
  std::unordered_map<std::string, core::Time> spoke_;  // when, the last time
  DoublingSweep sweep_{64};
};

}  // namespace server
