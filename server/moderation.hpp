// Moderation: keeping order in rooms, for the people of one loop.
//
// A room's operators (who began it by joining, and whom others made one) and the operators of the
// server put people out, mute them, and say who may come in and who may speak. What they have laid
// down is in the room (HouseRules), what a member is in its membership; both end with these. Only
// the bans of rooms that are there when the server ends are there again in the next
// (RoomBanKeeper).
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
#include "server/moderation_log.hpp"
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
// logged at a rate (ModerationLog). Cost: what is asked for each line (may_speak) needs no lock but
// in rooms that restrain talk; only bans and mutes look at all members. What has Access is done
// with the lock.
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

  // These tell the user why not. May it come in?
  bool admits(Access& here, User& user, const Room& room, std::string_view key);
  // May it begin a room of that name?
  bool lets_begin(Access& here, User& user, std::string_view name) const;
  // Takes its turn in a slow room, as the topic and a new name do: all are words to everybody.
  bool may_speak(Membership& membership);
  bool may_set_topic(Access& here, Membership& membership);
  // Who has not chosen a name yet may do so, whatever the rooms.
  bool may_rename(Access& here, User& user);
  // Whether words that it leaves behind are told. It is not told why not.
  bool is_heard(Access& here, Membership& membership);
  // Whether it would come in muted.
  bool mutes(Access& here, const User& user, const Room& room) const;

  // What is wrong with the aim of a ban, or with the reason of a deed, is told.
  std::optional<Aim> take_aim(User& by, std::string_view whom) const;
  bool accepts_reason(User& by, std::string_view reason) const;
  // The network that a ban of somebody concerns besides the person: what one customer has, unless
  // it is exempt, or whoever bans has the same.
  std::optional<core::Network> network_of(const User& target, const User& by) const;
  // Whether others come from such an address too, or bans do not concern it.
  bool is_exempt(const core::Address& address) const;
  std::time_t end_of(std::optional<std::chrono::seconds> duration) const;
  // As many as one answer holds.
  void tell_bans(User& by, std::string_view room, std::vector<event::BanList::Entry> bans) const;

  // For a room that begins: what is kept of bans that it had (KeptBans) is its own again.
  void restore_bans(Access& here, Room& room) const;
  // It has another nick, or another account: what is against those holds for it from now on in the
  // rooms where it is. Banned from some, it is put out of them.
  void judge(Access& here, User& user);

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
  // `asker` is told if there was nobody to put out any more; to nobody: nobody is.
  void put_out(Access& here, User& target, const Expulsion& expulsion, const UserHandle& asker);
  bool expel(User& user, const Expulsion& expulsion);
  bool expel(Access& here, User& user, const Expulsion& expulsion);
  Sanctions::Suspect suspect(const Access& here, const User& user) const;
  Sanction against(Access& here, User& target, const User& by) const;
  Sanction of_absent(const Aim& aim, const User& by) const;
  // Those whom it concerns, but for operators.
  std::vector<Membership*> concerned(const Access& here, const Room& room,
                                     const Sanction& one) const;
  // False, and why is told: there are too many.
  bool lay_down(Access& here, User& by, Room& room, Sanctions HouseRules::*list,
                const Sanction& sanction);
  Quota::Share take_share(Access& here, User& by);
  // What is to be told of a ban in a room; once it is written down, where somebody does that.
  struct BanNews {
    std::string room, whom;
    bool is_lifted = false;
    bool with_address = false, with_account = false;
    std::time_t until = 0;
  };
  void answer_when_kept(Access& here, User& by, BanNews news);
  static void tell_ban(User& by, const BanNews& news);
  static core::Task<void> keep(UserHandle by, RoomBanKeeper& keeper, BanNews news);
  // Whose turns in a slow room are counted together: an account's, else those of one address.
  std::string speaker(const User& user) const;
  // Why it may not speak now; nothing: it may.
  std::optional<Event> restraint(Access& here, Membership& membership);
  bool may_speak(Access& here, Membership& membership);
  void take_turn(Access& here, Membership& membership);
  void announce(Room& room, const Event& event);
  void show_mode(User& by, Mode mode);
  void role_changed(const User& by, const Membership& member, Role role, std::string_view deed,
                    bool given);
  void mode_changed(const User& by, Room& room, Mode mode);
  void deliver_invitation(User& target, std::string_view room, std::string_view by) const;
  void log(const Deed& deed) const;
  std::time_t now() const;

  Hub& hub_;
};

}  // namespace server
