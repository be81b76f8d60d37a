// A room: one log per dialect that all of its members read, on whatever loop they live.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/log.hpp"
#include "server/audience.hpp"
#include "server/dialect.hpp"
#include "server/digest.hpp"
#include "server/event.hpp"
#include "server/house_rules.hpp"
#include "server/quota.hpp"
#include "server/replay.hpp"
#include "server/user.hpp"

namespace server {

class Fanout;

using Encoders = std::array<const Encoder*, kDialects>;

// Thread: any, but for what is marked as the directory's, which is for who holds its lock. A lock
// of its own, taken after that one, makes what is appended one order, the same for every member;
// it is held for the copy of one line.
// Limits: retained lines (limits.history) plus what the slowest member has not been sent
// (limits.max_lag); members are bounded by the connections.
class Room : public std::enable_shared_from_this<Room> {
 public:
  // Retains the newest `history` bytes of each log. Has its share of the server's rooms until it is
  // closed.
  Room(std::string name, const Encoders& encoders, std::size_t history, Quota::Share share = {});
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  const std::string& name() const { return name_; }
  std::size_t members() const { return members_.load(std::memory_order_relaxed); }

  // Encodes the event once per dialect, appends it once, and wakes the readers: those of `home`,
  // the caller's loop, when the pass ends. The author (one of that loop, or null) does not get it.
  // Returns how many do.
  std::size_t publish(const Event& event, core::Record kind, const std::tm& now, Fanout& home,
                      Membership* author);

  // Whether talking is not simply free (HouseRules::restrain_talk()).
  bool restrains_talk() const { return restrains_talk_.load(std::memory_order_relaxed); }

  // Where the next line will be.
  core::Cursor newest(DialectId dialect) const;

  // The last `most` messages that are retained, oldest first.
  struct History {
    core::Cursor keeps;  // what the lines refer to
    std::vector<std::string_view> lines;
  };
  History history(DialectId dialect, std::size_t most) const;

  // --- The directory's. ---

  // A membership that reads from here on, after the last `replay` messages that are retained
  // (`replayed` tells how many there were). The caller owns it and removes it again, both on the
  // loop of `home`.
  std::unique_ptr<Membership> add(User& user, Fanout& home, std::size_t replay,
                                  std::size_t& replayed);
  void remove(Membership& membership);
  const std::vector<std::unique_ptr<Audience>>& audiences() const { return audiences_; }

  // What its operators have laid down; null: nothing.
  HouseRules* rules() const { return rules_.get(); }
  HouseRules& make_rules();
  // It is no room of the server's any more: gives back what it has of the quotas.
  void close() {
    rules_.reset();
    share_ = {};
  }
  // To be called when they have changed.
  void rules_changed() {
    restrains_talk_.store(rules_->restrain_talk(), std::memory_order_relaxed);
  }

  std::string topic;
  std::string topic_by;
  Digest digest;
  bool digesting = false;  // in some hub's list of rooms with a digest to publish

 private:
  std::atomic<bool> restrains_talk_ = false;  // here, where there is padding

  struct RoomLog {
    core::Log log;
    core::Cursor oldest{log};        // keeps what is retained
    std::uint64_t forgotten = 0;     // messages, before that
    std::unique_ptr<Replay> replay;  // of what is retained; exists once it was asked for
  };

  static std::size_t index(DialectId dialect) { return static_cast<std::size_t>(dialect); }
  // Where who enters begins to read, to see the last `most` messages and no notes among them.
  static core::Cursor begin_reading(RoomLog& log, std::size_t most, std::size_t& found);
  // Where the last `most` messages begin, and how many there are.
  static core::Cursor last_messages(const RoomLog& from, std::size_t most, std::size_t& found);
  Audience& audience_of(Fanout& home);

  const std::string name_;
  const Encoders& encoders_;
  const std::size_t history_;
  std::atomic<std::size_t> members_ = 0;
  mutable std::mutex mutex_;                          // of the logs and the list of audiences
  std::vector<std::unique_ptr<Audience>> audiences_;  // grows only
  std::array<RoomLog, kDialects> logs_;
  std::unique_ptr<HouseRules> rules_;
  Quota::Share share_;
};

}  // namespace server
