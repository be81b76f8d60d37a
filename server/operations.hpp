// Operations: what operators of the server can do, for those of one loop.
//
// They speak to everybody, end connections, ban networks, and see and steer the server itself. To
// reload and to stop, the process sends itself the signal that asks for just that, so that there is
// one way of doing either.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "core/network.hpp"
#include "server/ban_list.hpp"
#include "server/directory.hpp"
#include "server/moderation_command.hpp"
#include "server/moderation_log.hpp"
#include "server/user.hpp"

namespace server {

class Hub;

// Thread: its hub's loop. Deeds, and refusals for lack of the right, are logged. What everybody is
// told each loop tells its own; it is kept from those whose mailbox is full.
class Operations {
 public:
  using Access = Directory::Access;

  Operations(Hub& hub, BanList& bans) : hub_(hub), bans_(bans) {}
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  void obey(User& by, const command::Operation& command);
  // Whether somebody may use the command of that word; if not, it is told.
  bool allow(User& by, std::string_view word) const;
  void log(const Deed& deed) const;
  // Answers with the server's bans, whether or not there are any.
  void list_bans(User& by) const;

 private:
  void act(User& by, const command::Proclaim& proclaim);
  void act(User& by, const command::Kill& kill);
  void act(User& by, const command::BanFromServer& ban);
  void act(User& by, const command::UnbanFromServer& unban);
  void act(User& by, const command::ShowStats& show);
  void act(User& by, const command::ShowTasks& show);
  void act(User& by, const command::Reload& reload);
  void act(User& by, const command::ShutDown& shut_down);

  using Notice = Event (*)(std::string_view by, std::string_view text);
  void tell_everybody(const User& by, std::string_view text, Notice notice);
  void tell_people(const Event& event, std::string_view text) const;
  std::optional<core::Network> network_to_ban(User& by, std::string_view whom) const;
  static core::Task<void> keep_ban(UserHandle by, BanList::Keeper& keeper, core::Network network,
                                   std::time_t until);
  static core::Task<void> forget_ban(UserHandle by, BanList::Keeper& keeper, core::Network network,
                                     bool was_listed);
  void log_unban(const User& by, const std::string& network) const;
  static void end(User& target, std::string_view by, std::string_view reason);

  Hub& hub_;
  BanList& bans_;
};

}  // namespace server
