// Moderation: keeping order in rooms, for the people of one loop.
//
// A room's operators (who began it by joining, and whom others made one) and the operators of the
// server put people out, mute them, and say who may come in and who may speak. What they have laid
// down is in the room (HouseRules), what a member is in its membership; both outlive nobody.
#pragma once

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/network.hpp"
#include "server/directory.hpp"
#include "server/moderation_command.hpp"
#include "server/room.hpp"
#include "server/sanctions.hpp"
#include "server/user.hpp"

namespace server {

class Hub;

// Whom a ban is aimed at: somebody by nick, or a network.
struct Aim {
  std::string_view nick;  // empty: the network
  std::optional<core::Network> network;
};

// Thread: its hub's loop. Everybody is judged by what is so under the directory's lock; who lives
// on another loop is put out there, soon after. Deeds, and refusals for lack of the right, are
// logged. Cost: what is asked for each line (may_speak) needs no lock but in rooms that restrain
// talk; only the ban of a network looks at all members.
class Moderation {
 public:
  using Access = Directory::Access;

  // Bounds of a network that can be banned, in bits of its prefix.
  static constexpr unsigned kWidestV4 = 8;
  static constexpr unsigned kWidestV6 = 16;

  explicit Moderation(Hub& hub) : hub_(hub) {}
  Moderation(const Moderation&) = delete;
  Moderation& operator=(const Moderation&) = delete;

  void obey(User& by, const command::Moderation& command);

  // Whether it is an operator there: of the room, or of the server.
  static bool keeps_order(const Membership& member);

  // These tell the user why not. May it come in? With the lock.
  bool admits(Access& here, User& user, const Room& room, std::string_view key);
  bool may_speak(User& user, Membership& membership);
  // With the lock.
  bool may_set_topic(const Membership& membership) const;
  // Whether it would come in muted. With the lock.
  bool mutes(const User& user, const Room& room) const;

  // What is wrong with the aim of a ban, or with the reason of a deed, is told.
  std::optional<Aim> take_aim(User& by, std::string_view whom) const;
  bool accepts_reason(User& by, std::string_view reason) const;
  // The network that a ban of somebody concerns besides the nick: what one customer has, unless the
  // limits by address do not concern it, or whoever bans has the same.
  std::optional<core::Network> network_of(const User& target, const User& by) const;
  std::time_t end_of(std::optional<std::chrono::seconds> duration) const;
  // As many as one answer holds.
  void tell_bans(User& by, std::string_view room, std::vector<event::BanList::Entry> bans) const;

 private:
  // Somebody's end in a room.
  struct Expulsion {
    std::shared_ptr<Room> room;
    std::string by, reason;
    bool banned = false;
    std::time_t until = 0;
  };

  void act(User& by, const command::Kick& kick);
  void act(User& by, const command::Ban& ban);
  void act(User& by, const command::Unban& unban);
  void act(User& by, const command::ListBans& list);
  void act(User& by, const command::Mute& mute);
  void act(User& by, const command::Unmute& unmute);
  void act(User& by, const command::GiveRole& give);
  void act(User& by, const command::TakeRole& take);
  void act(User& by, const command::Invite& invite);
  void act(User& by, const command::SetMode& set);
  void act(User& by, const command::SetSlow& set);
  void act(User& by, const command::SetKey& set);

  static Membership* member_in(const User& user, const Room& room);
  Membership* right(User& by, std::string_view command);
  Membership* find_member(Access& here, User& by, Room& room, std::string_view nick);
  bool may_touch(User& by, const User& target, const Membership* membership,
                 std::string_view command);
  // `asker` is told if there was nobody to put out any more; null: nobody is.
  void put_out(Access& here, User& target, const Expulsion& expulsion, Directory::Handle asker);
  void put_out_here(const Directory::Handle& target, std::string_view nick,
                    const Expulsion& expulsion, Moderation& home, const Directory::Handle& asker);
  bool expel(Access& here, User& user, const Expulsion& expulsion);
  void put_out_all(Access& here, const core::Network& network, const Expulsion& expulsion);
  void announce(Room& room, const Event& event);
  void show_mode(User& by, Mode mode);
  void role_changed(const User& by, const Membership& member, Role role, std::string_view deed,
                    bool given);
  void mode_changed(const User& by, Room& room, Mode mode);
  void deliver_invitation(User& target, std::string_view room, std::string_view by) const;
  std::time_t now() const;

  Hub& hub_;
};

}  // namespace server
