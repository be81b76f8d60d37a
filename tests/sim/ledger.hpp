// The ledger of a simulated evening: what everybody said, what the rooms' one order was, and
// whether each member saw what it must.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/sim/findings.hpp"

namespace sim {

using LineId = std::uint32_t;

// What one person saw of one room, from its joining to its leaving.
struct Stay {
  // A line of the room, or a notice that so many messages were missed.
  struct Item {
    LineId line = 0;
    std::uint64_t missed = 0;  // 0: a line
  };

  std::string room;
  std::string who;                             // for reports
  std::vector<Item> items;                     // as they came
  std::vector<LineId> muted;                   // its own lines, which it is not to see
  std::vector<LineId> own;                     // all of its own
  std::size_t replayed = 0;                    // lines from before its joining, as it was told
  std::pair<std::string, std::size_t> joined;  // the nick, and its how-manieth joining
  std::optional<std::pair<std::string, std::size_t>> left;  // the same; nothing: it did not leave
};

// The truth of a room is what the scribe saw in it: it is there before anyone speaks, says nothing,
// and is spared by the network. The truth of rooms without it is not known.
// Thread: one. Messages are different, every one.
class Ledger {
 public:
  explicit Ledger(Findings& findings) : findings_(findings) {}

  // --- What people do. ---

  // Somebody is about to say something; the line that its room is to see, without the time.
  LineId said(const std::string& line);
  void whispered(const std::string& text, const std::string& by, const std::string& to);

  // --- What they see. ---

  // A line of a room, as it came. Finds one that nobody said.
  LineId seen(std::string_view line);
  bool is_message(LineId line) const { return lines_[line].is_message; }
  void scribe_saw(const std::string& room, LineId line);
  // What the scribe saw is no longer all there is.
  void scribe_missed() { scribe_missed_ = true; }
  // Notes that come from now on are not in what it saw.
  void scribe_left() { scribe_left_ = true; }
  void told(const std::string& text, const std::string& by, const std::string& to);
  // The answer to a whisper, as its sender got it.
  void whisper_answered(const std::string& text, bool accepted);
  // One that had been accepted was not delivered after all; which one of those to that nick, the
  // notice does not say.
  void whisper_undelivered(const std::string& to) { ++undelivered_[to]; }
  // A room's lines as it was given them by /history.
  void check_history(const std::string& room, const std::vector<LineId>& lines);

  // --- What must be so. ---

  // Joinings and leavings are told one by one, in the room's order.
  void tells_each_joining(bool each) { tells_each_joining_ = each; }
  // People on other loops than the scribe's are told goodbye a moment later, and talk meanwhile.
  void several_loops() { several_loops_ = true; }
  // `complete`: it has been sent all that there is.
  void check(const Stay& stay, bool complete);
  // The target got it, unless it is gone, or who said it is, and may not have read that it did not.
  template <class IsHere>
  void check_whispers(const IsHere& is_here) {
    for (const auto& [text, whisper] : whispers_) {
      if (whisper.accepted != true || whisper.deliveries > 0 || !is_here(whisper.to) ||
          !is_here(whisper.by)) {
        continue;
      }
      if (std::size_t& told = undelivered_[whisper.to]; told > 0) {
        --told;
      } else {
        findings_.add("a whisper to " + whisper.to + " was lost: " + text);
      }
    }
  }
  std::size_t messages() const { return messages_; }

 private:
  struct Line {
    std::string text;  // without the time
    bool is_message = false;
    bool in_truth = false;
    std::uint32_t index = 0;  // in its room's truth, for a message
  };
  struct Truth {
    std::vector<LineId> lines;
    std::map<std::string, std::vector<std::size_t>> joined, left;  // by nick: places in `lines`
  };
  struct Whisper {
    std::string by, to;
    std::optional<bool> accepted;
    std::size_t deliveries = 0;
  };

  bool came_after_the_scribe(const Line& line) const;
  std::size_t said_after_the_scribe() const;
  bool was_begun(std::string_view line) const;
  void complain(const Stay& stay, const std::string& what);
  void check_order(const Stay& stay, const Truth& truth);
  void check_messages(const Stay& stay, const Truth& truth, bool complete);
  std::optional<std::size_t> place(const std::map<std::string, std::vector<std::size_t>>& places,
                                   const std::pair<std::string, std::size_t>& which) const;

  Findings& findings_;
  std::vector<Line> lines_;
  std::unordered_map<std::string, LineId> ids_;     // by text without the time
  std::map<std::string, Truth> truths_;             // by room
  std::map<std::string, Whisper> whispers_;         // by text
  std::map<std::string, std::size_t> undelivered_;  // by nick
  std::size_t messages_ = 0;
  bool scribe_missed_ = false;
  bool scribe_left_ = false;
  bool tells_each_joining_ = false;
  bool several_loops_ = false;
};

}  // namespace sim
