// The proof of delivery: for every pair of a receiver and a sender, which of the messages that were
// sent arrived, how often and in what order; so that "0 lost" is a statement and not a hope.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace load {

// What an arriving message is to its pair.
enum class Arrival : std::uint8_t {
  kInOrder,    // the one after the last
  kAfterGap,   // messages before it have not arrived (yet)
  kReordered,  // one of those, after all
  kDuplicate,  // it had arrived before
  kNeverSent,  // nobody sent that
  kEarly,      // it was sent before its receiver was surely there, and was let through
};

// What became of one pair's messages, or of all. expected = received + lost.
struct Deliveries {
  std::uint64_t expected = 0;
  std::uint64_t received = 0;  // each message once
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;  // arrivals beyond the first
  std::uint64_t reordered = 0;   // arrived after a later one
  // Not expected: said when their receiver was away, or under way when a connection was dropped.
  std::uint64_t excused = 0;

  bool faultless() const { return lost + duplicated + reordered == 0; }
  Deliveries& operator+=(const Deliveries& other);
  bool operator==(const Deliveries&) const = default;
};

// Sequences of a pair begin at 0. The usual case, a message in its turn, costs a comparison and an
// increment; only a pair that saw disorder has more than its four bytes.
//
// A receiver need not be there from the first message on: each stay of it has a beginning and an
// end. When the server let it in is known only to within the time that the answer took, so at both
// ends there are messages that may come or not; but those that come are a whole, without a gap.
//
// Exact as long as kGapsMost gaps are enough. Beyond, a gap is given up, the pair's oldest: what
// was missing is lost for good, and would count as duplicated if it came.
class DeliveryProof {
 public:
  static constexpr std::size_t kPairsMost = std::size_t{64} << 20;
  static constexpr std::size_t kGapsMost = std::size_t{4} << 20;
  static constexpr std::uint32_t kNothing = UINT32_MAX;  // no message has this number

  explicit DeliveryProof(std::size_t pairs, std::size_t gaps_most = kGapsMost);

  // A message arrived of which its sender has sent `sent` so far.
  Arrival arrived(std::size_t pair, std::uint32_t sequence, std::uint32_t sent) {
    std::uint32_t& next = next_[pair];
    if (sequence == next && sequence < sent) [[likely]] {
      ++next;
      return Arrival::kInOrder;
    }
    return arrived_in_disorder(pair, sequence, sent);
  }

  // One past the latest that arrived; kNothing where a stay has brought nothing and is uncertain.
  std::uint32_t next(std::size_t pair) const { return next_[pair]; }

  // What became of the messages of a pair before `end`, or before the latest that arrived if that
  // is later.
  Deliveries deliveries(std::size_t pair, std::uint32_t end) const;

  // The stay is over, and with it what is expected: the messages before `end`, or before the latest
  // that arrived. Those from there to the beginning of the next stay are excused.
  void leave(std::size_t pair, std::uint32_t end);
  // Of `sent` messages, those after the last stay that brought any and is over.
  std::uint32_t excused_since(std::size_t pair, std::uint32_t sent) const;

  // A new stay of the receiver: what arrived before is forgotten. From now on messages may arrive,
  // beginning with any.
  void come(std::size_t pair);
  // From message `begin` on all must: those after it were sent when the receiver knew that it was
  // there. What came before them belongs to the stay too.
  void settle(std::size_t pair, std::uint32_t begin);

  std::uint64_t never_sent() const { return never_sent_; }

 private:
  struct Gap {
    std::uint32_t begin, end;
  };
  struct Disorder {
    std::vector<Gap> gaps;  // what is missing below next_, in order
    std::uint64_t given_up = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
  };

  Arrival arrived_in_disorder(std::size_t pair, std::uint32_t sequence, std::uint32_t sent);
  void add_gap(Disorder& disorder, Gap gap);
  // What is left of a gap behind the message that was missing in its middle.
  void insert_rest(Disorder& disorder, std::vector<Gap>::iterator at, Gap rest);
  void expect_stays();
  bool fill_gap(Disorder& disorder, std::uint32_t sequence);
  std::uint32_t begin(std::size_t pair) const { return begins_.empty() ? 0 : begins_[pair]; }

  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> begins_;  // empty while nobody came later or left
  std::vector<std::uint32_t> ends_;    // of the stay before; the same
  std::unordered_map<std::size_t, Disorder> disorders_;
  std::size_t gaps_most_;
  std::size_t gaps_ = 0;
  std::uint64_t never_sent_ = 0;
};

}  // namespace load
