// The schedule of an open loop: when which message is to be sent, whatever became of those before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/load/histogram.hpp"

namespace load {

enum class Sent : std::uint8_t {
  kYes,
  kLater,  // the system under test does not take what it was sent before; ask again
  kNever,  // the sender, or everybody who would hear it, is not there: it will not be sent
};

// Who sends when it is time.
class SendTarget {
 public:
  virtual std::size_t senders() const = 0;
  // Where it has only a share of them: how many there are on all threads, and which of those one of
  // its own is. Ascending.
  virtual std::size_t senders_of_all() const { return senders(); }
  virtual std::size_t number_of(std::size_t sender) const { return sender; }
  // The next message of a sender, which was to be sent at `intended_ns`.
  virtual Sent send(std::size_t sender, std::int64_t intended_ns) = 0;

 protected:
  ~SendTarget() = default;
};

// Message number k is due at start + k / rate and belongs to sender k modulo senders: each sender
// keeps an even pace, all of them out of step with each other. That counts the senders on all
// threads, with the rate of all together: each thread's pacer sends those of its own senders, at
// the same times as one pacer would send them. A sender that cannot send now keeps its place in the
// schedule and catches up; nobody else waits for it.
class Pacer {
 public:
  // How many messages one call of advance() sends at most, so that receiving is not held up.
  static constexpr std::size_t kBurstMost = 4096;
  static constexpr std::int64_t kRetryNs = 1'000'000;

  Pacer(SendTarget& target, double messages_per_second, std::int64_t start_ns);

  // Sends what is due. Returns when to be called again.
  std::int64_t advance(std::int64_t now_ns);

  // How late messages were sent that could be sent: the tester's own fault.
  const Histogram& lateness() const { return lateness_; }
  void forget_lateness() { lateness_ = {}; }

  // Of all messages due so far, those that were not sent: the system under test did not take
  // them...
  std::uint64_t blocked() const;
  // ...or their senders were not there...
  std::uint64_t absent() const { return absent_; }
  // ...and those due by `now_ns` whose turn has not come: the tester is too slow.
  std::uint64_t overdue(std::int64_t now_ns) const;

 private:
  // Messages are numbered among those of its own senders, but in two functions that say so.
  std::int64_t due_ns(std::uint64_t message) const;
  std::int64_t due_ns_of_all(std::uint64_t message) const;
  std::uint64_t due_of_all_by(std::int64_t now_ns) const;
  std::uint64_t due_by(std::int64_t now_ns) const;
  std::uint64_t due_of(std::size_t sender, std::uint64_t due) const;
  // Sends what the sender has to catch up with; false while it still cannot.
  bool catch_up(std::size_t sender);

  SendTarget& target_;
  std::vector<std::size_t> numbers_;  // per sender: which of all it is
  std::size_t all_;
  double period_ns_;
  std::int64_t start_ns_;
  std::uint64_t next_ = 0;             // the first message not yet looked at
  std::vector<std::uint64_t> issued_;  // per sender: how many of its messages are settled
  std::vector<std::size_t> behind_;    // senders that could not send
  std::vector<bool> is_behind_;
  std::uint64_t absent_ = 0;
  Histogram lateness_;
};

}  // namespace load
