// The hub: what people can do, for those whose connections live on one loop.
//
// It speaks events and knows no text and no socket. What it does for a user it answers by telling
// that user an event: the outcome, or why it was refused. Each loop has a hub; what they have in
// common is the directory.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.hpp"
#include "core/units.hpp"
#include "server/ban_list.hpp"
#include "server/config.hpp"
#include "server/dialect.hpp"
#include "server/directory.hpp"
#include "server/fanout.hpp"
#include "server/moderation.hpp"
#include "server/moderation_log.hpp"
#include "server/operations.hpp"
#include "server/room.hpp"
#include "server/statistics.hpp"
#include "server/user.hpp"

namespace server {

// Keeping order is for two companions: Moderation in rooms, Operations on the server.
//
// Thread: the loop's. Ownership: refers to users. The directory and the bans must outlive it.
// Cost: a line costs its encoding and one look at each member of its room, however many lines came
// together; joins and leaves cost no look at the members.
class Hub final : private core::Timer {
 public:
  // Lists of names and rooms that one answer shows at most.
  static constexpr std::size_t kListMost = 200;

  Hub(core::Loop& loop, Directory& directory, BanList& bans);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Gives the user a guest's nick, greets it and takes it into the lobby.
  void connect(User& user);
  // Takes it out of every room and forgets it. A room where it may not speak is not told the words
  // of one who quits. Ignores one that is not connected.
  void disconnect(User& user, Parting parting);
  // The same without a word to anybody, for what is left of one whose disconnect() has thrown.
  void forget(User& user) noexcept;

  void say(User& user, std::string_view text, Manner manner);
  // To one on another loop it counts as told at once, and may turn out to be undelivered.
  void tell(User& user, std::string_view nick, std::string_view text);
  void change_nick(User& user, std::string_view nick);
  // Who begins a room by joining it is its operator. The key is for a room that has one.
  void join(User& user, std::string_view room, std::string_view key = {});
  // An empty name is the current room, here and below.
  void leave(User& user, std::string_view room);
  void list_rooms(User& user);
  void list_members(User& user, std::string_view room);
  void describe(User& user, std::string_view nick);

  // Accounts (server/hub_accounts.cpp); passwords are not looked at here.
  RegisteredNames& registered_names() const { return directory_.registered_names(); }
  // From now on the user is logged in, with the account's nick, and is told that by this. False:
  // somebody else has the nick, and nothing has changed. Ignores one that is not connected.
  bool log_in(User& user, const Login& login, event::AccountChanged::What by);
  // Lets go of a nick that is registered, too. Told by this. Ignores one that is not logged in.
  void log_out(User& user, event::AccountChanged::What by);
  // Ends the connection of somebody other than the user who has that nick, on whatever loop, and
  // calls `done` on this loop when the nick is free, in a later turn of the loop.
  void end_other(User& user, std::string_view nick, std::function<void()> done);
  // Of the server is who comes from operators.networks, is logged in to one of operators.accounts,
  // or has given operators.password, as long as that is so; whoever becomes one, or ceases to be
  // one, is told. This is for who has just given the password.
  void make_operator(User& user);
  bool is_operators_account(std::string_view account) const;

  void show_topic(User& user);
  void set_topic(User& user, std::string_view topic);
  void show_history(User& user, std::size_t lines);
  // Of all loops; told when all have answered.
  void show_statistics(User& user);
  // The same for whoever wants it: `done` is called on this loop, once. Not to be called when the
  // workers have ended.
  void collect_statistics(std::function<void(const event::Stats&)> done);

  // Bytes of one answer, for which lists and histories are cut: half of a mailbox, so that one fits
  // beside what was owed before (see Session).
  std::size_t answer_most() const { return config_.limits.mailbox / 2; }

  Moderation& moderation() { return moderation_; }
  Operations& operations() { return operations_; }

  core::Loop& loop() const { return loop_; }
  // What holds for this loop.
  const Config& config() const { return config_; }
  const Config::Limits& limits() const { return config_.limits; }
  // Holds from now on, for those who are here too.
  void reconfigure(const Config& config);

  Statistics statistics() const;
  // The server's local time, to the second.
  const std::tm& local_time();

 private:
  friend class Moderation;
  friend class Operations;
  using Access = Directory::Access;

  void fire() override;  // time to publish digests

  void rename(Access& here, User& user, std::string_view nick);
  Membership* find_membership(User& user, std::string_view room);
  void log_out(Access& here, User& user, event::AccountChanged::What by);
  void end_stale_logins(const Login& by);
  std::string_view account_of(const User& user) const;
  void judge_operator(Access& here, User& user);
  std::vector<User*> people_here(const Access& here) const;
  void join(Access& here, User& user, std::string_view room, std::string_view key);
  void begin_room(Access& here, User& user, std::string_view name);
  void enter(Access& here, User& user, Room& room, Role role);
  void keep_owed(User& user, Membership& membership);
  std::shared_ptr<Room> unlink(Access& here, User& user, Membership& membership);
  static void tell_exited(User& user, const Room& room);
  void tell_left(Access& here, Room& room, const User& user, Parting parting);
  bool has_room_for(const User& target, std::string_view text) const;
  void tell_far(Access& here, User& user, User& target, std::string_view text);
  bool is_lobby(std::string_view room) const;
  void announce(Room& room, const Event& event, Membership* author);
  void publish_digest(Room& room);
  void start_digest(Room& room);
  bool digests(const Room& room) const;

  core::Loop& loop_;
  Directory& directory_;
  Config config_;
  Fanout fanout_;
  ModerationLog log_;
  Moderation moderation_;
  Operations operations_;
  std::vector<std::shared_ptr<Room>> digesting_;
  Statistics counted_;
  std::time_t local_second_ = -1;
  std::tm local_{};
  const std::shared_ptr<Hub*> self_;  // for those who may come too late; null once this is gone
  const RegisteredNames::Watch names_watch_;
};

}  // namespace server
