// A room: its members, and one log per dialect that all of them read.
#pragma once

#include <array>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "server/dialect.hpp"
#include "server/event.hpp"
#include "server/user.hpp"

namespace server {

using Encoders = std::array<const Encoder*, kDialects>;

// Comings and goings of a large room, collected so that a join costs no line of its own: a storm of
// n joins must not make n lines for n readers.
class Digest {
 public:
  static constexpr std::size_t kNamesMost = 2;

  void joined(std::string_view nick) {
    joined_.add(nick);
    left_last_ = false;
  }
  void left(std::string_view nick) {
    left_.add(nick);
    left_last_ = true;
  }
  void renamed(std::string_view from, std::string_view to);

  // Gives what was collected as events, and forgets it. Whether people came or went last is told
  // last, so that who left and came back is not taken for gone.
  template <class Publish>
  void flush(std::string_view room, const Publish& publish);

 private:
  struct Crowd {
    void add(std::string_view nick);
    std::vector<std::string> names;  // the first ones
    std::size_t others = 0;
  };

  Crowd joined_;
  Crowd left_;
  std::string renamed_from_, renamed_to_;
  std::size_t renamed_ = 0;
  bool left_last_ = false;
};

// Thread: the loop's. Order: what publish() appends is one order, the same for every member.
// Limits: retained lines (limits.history) plus what the slowest member has not been sent
// (limits.max_lag); members are bounded by the connections.
class Room {
 public:
  Room(std::string name, const Encoders& encoders);
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  const std::string& name() const { return name_; }
  const std::vector<Membership*>& members() const { return members_; }
  const core::Log& log(DialectId dialect) const { return logs_[index(dialect)].log; }

  // A membership that reads from here on, after the last `replay` messages that are retained
  // (`replayed` tells how many there were). The caller owns it and removes it again.
  std::unique_ptr<Membership> add(User& user, std::size_t replay, std::size_t& replayed);
  void remove(Membership& membership);

  // Encodes the event once per dialect and appends it once. The author (may be null) does not get
  // it.
  void publish(const Event& event, core::Record kind, const std::tm& now, Membership* author);

  // The last `most` messages that are retained, oldest first. Valid until the next publish().
  std::vector<std::string_view> history(DialectId dialect, std::size_t most) const;
  // Lets go of lines beyond `bytes` per dialect; unread ones live on until they are read.
  void trim_history(std::size_t bytes);

  Digest& digest() { return digest_; }

  std::string topic;
  std::string topic_by;
  bool dirty = false;      // in the hub's list of rooms to look at when the pass ends
  bool digesting = false;  // in the hub's list of rooms with a digest to publish

 private:
  struct RoomLog {
    core::Log log;
    core::Cursor oldest{log};  // keeps what is retained
  };

  static std::size_t index(DialectId dialect) { return static_cast<std::size_t>(dialect); }
  // Where the last `most` messages begin, and how many there are.
  static core::Cursor last_messages(const RoomLog& from, std::size_t most, std::size_t& found);

  std::string name_;
  const Encoders& encoders_;
  std::vector<Membership*> members_;
  std::array<RoomLog, kDialects> logs_;
  Digest digest_;
};

template <class Publish>
void Digest::flush(std::string_view room, const Publish& publish) {
  const auto views = [](const Crowd& crowd) {
    return std::vector<std::string_view>(crowd.names.begin(), crowd.names.end());
  };
  const Digest old = std::exchange(*this, {});
  const auto publish_left = [&] {
    if (old.left_.names.empty()) return;
    const auto names = views(old.left_);
    publish(event::Left{.room = room, .names = names, .others = old.left_.others, .reason = {}});
  };
  if (!old.left_last_) publish_left();
  if (!old.joined_.names.empty()) {
    const auto names = views(old.joined_);
    publish(event::Joined{.room = room, .names = names, .others = old.joined_.others});
  }
  if (old.renamed_ > 0) {
    publish(event::Renamed{.room = room,
                           .from = old.renamed_from_,
                           .to = old.renamed_to_,
                           .others = old.renamed_ - 1});
  }
  if (old.left_last_) publish_left();
}

}  // namespace server
