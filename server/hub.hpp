// The hub: who is here, which rooms there are, and what happens in them.
//
// It speaks events and knows no text and no socket. What it does for a user it answers by telling
// that user an event: the outcome, or why it was refused.
#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/loop.hpp"
#include "core/units.hpp"
#include "server/config.hpp"
#include "server/dialect.hpp"
#include "server/room.hpp"
#include "server/user.hpp"

namespace server {

// Thread: the loop's. Ownership: owns rooms, refers to users. The configuration must outlive it.
// Cost: a line costs its encoding and one look at each member of its room when the pass ends,
// however many lines the pass brought; joins and leaves cost no look at the members.
class Hub final : private core::PassEnd, private core::Timer {
 public:
  // Lists of names and rooms that one answer shows at most.
  static constexpr std::size_t kListMost = 200;
  // Bytes of notices about gaps that may be owed beyond limits.mailbox. Whoever lets more pile up
  // is evicted.
  static constexpr std::size_t kNoticesMost = 4 * core::kKiB;

  Hub(core::Loop& loop, const Config& config, const Encoders& encoders);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Gives the user a guest's nick, greets it and takes it into the lobby.
  void connect(User& user);
  // Takes it out of every room and forgets it. Ignores one that is not connected.
  void disconnect(User& user, std::string_view reason);
  // The same without a word to anybody, for what is left of one whose disconnect() has thrown.
  void forget(User& user) noexcept;

  void say(User& user, std::string_view text, Manner manner);
  void tell(User& user, std::string_view nick, std::string_view text);
  void change_nick(User& user, std::string_view nick);
  void join(User& user, std::string_view room);
  // An empty name is the current room, here and below.
  void leave(User& user, std::string_view room);
  void list_rooms(User& user);
  void list_members(User& user, std::string_view room);
  void describe(User& user, std::string_view nick);
  void show_topic(User& user);
  void set_topic(User& user, std::string_view topic);
  void show_history(User& user, std::size_t lines);

  // Bytes of one answer, for which lists and histories are cut: half of a mailbox, so that one fits
  // beside what was owed before (see Session).
  std::size_t answer_most() const { return config_.limits.mailbox / 2; }

  std::size_t users() const { return users_.size(); }
  std::size_t rooms() const { return rooms_.size(); }
  // The server's local time, to the second.
  const std::tm& local_time();

 private:
  void pass_ended() override;
  void fire() override;  // time to publish digests

  Room* find_room(std::string_view name) const;
  User* find_user(std::string_view nick) const;
  Membership* find_membership(User& user, std::string_view room);
  void enter(User& user, Room& room);
  void tell_gap(Membership& membership, std::uint64_t mark);
  void close_gap(Membership& membership);
  void keep_owed(User& user, Membership& membership);
  void unlink(User& user, Membership& membership);
  void tell_left(Room& room, const User& user, std::string_view reason);
  void announce(Room& room, const Event& event, Membership* author);
  void start_digest(Room& room);
  bool digests(const Room& room) const;
  void publish(Room& room, const Event& event, core::Record kind, Membership* author);
  void mark_dirty(Room& room);
  void wake_members(Room& room);
  void fell_behind(Membership& membership);
  void skip_to_newest(Membership& membership);
  void tell_gaps();
  void remove_if_unused(Room& room);

  core::Loop& loop_;
  const Config& config_;
  const Encoders encoders_;
  std::unordered_map<std::string, User*> users_;                  // by folded nick
  std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;  // by folded name
  std::vector<Room*> dirty_;
  std::vector<Room*> digesting_;
  // Those that were skipped and not yet told how many they missed, and where that belongs.
  struct Gap {
    Membership* membership;
    std::uint64_t mark;
  };
  std::vector<Gap> gaps_;
  std::uint64_t guests_ = 0;
  std::time_t local_second_ = -1;
  std::tm local_{};
};

}  // namespace server
