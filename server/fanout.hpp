// Fanout: brings what was published to those of its loop who read it.
//
// Publishing only appends. When the pass ends, the fanout tells the members of each room that got
// something that they lag, however many lines it was, and looks after those who do not keep up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/loop.hpp"
#include "core/sender.hpp"
#include "server/audience.hpp"
#include "server/config.hpp"
#include "server/statistics.hpp"
#include "server/user.hpp"

namespace server {

// Thread: the loop's. Refers to audiences, and holds the rooms of those that are
// being walked.
// Limits: a pass visits hardly more members than the sender offers sends to, room by room in
// turns of kTurn; the rest is for the passes that follow at once. So a room of ten thousand holds
// nobody up for longer than one such pass, and who is visited late gets more lines in one send.
// Delay: lines for an audience of kLarge or more wait while others keep coming, because a send
// costs the same for one as for fifty: for 50 ns a member after the newest, which is about a
// hundredth of what sending to all of them takes, and for eight times that after the oldest.
class Fanout final : private core::PassEnd {
 public:
  static constexpr std::size_t kVisitsPerPass = core::Sender::kOffersPerPass;
  static constexpr std::size_t kTurn = 128;
  // Of these visits, however many sends wait already: were there none, those who come and are
  // greeted by the hundred would keep every room silent.
  static constexpr std::size_t kVisitsAlways = 64;
  static constexpr std::size_t kLarge = 256;
  static constexpr core::Duration kGatherPerMember = std::chrono::nanoseconds(50);
  static constexpr int kGatherMost = 8;
  // Bytes of notices about gaps that may be owed beyond limits.mailbox. Whoever lets more pile up
  // is evicted.
  static constexpr std::size_t kNoticesMost = 4 * core::kKiB;

  Fanout(core::Loop& loop, const Config& config);
  ~Fanout();
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  // The audience's room got something, from somebody of this loop. Its members are visited when the
  // pass has ended; where they live on another loop, that is called then, once however much it was.
  void published(Audience& audience);

  // Goes to the newest line; the member is told how much it missed once it reads again.
  void skip_to_newest(Membership& membership, const core::Cursor& newest);
  // Of a membership that ends: what it missed is told now.
  void close_gap(Membership& membership);
  // The same without a word.
  void forget(const Membership& membership);

  // Messages that members were skipped over.
  std::uint64_t missed() const { return missed_; }
  // How far members lagged who were blocked, whenever they were visited.
  const LagSizes& lags() const { return lags_; }

 private:
  // Messages that a member was skipped over and has not been told of, and where that belongs.
  struct Gap {
    Membership* membership;
    std::uint64_t mark;
    std::uint64_t missed;
  };
  using Gaps = std::list<Gap>;

  bool pass_ended() override;
  // Until when the audience waits for more lines; a time that has passed: it does not.
  static core::Time gathers_until(const Audience& audience);
  void serve_audiences();
  void wake(Audience& audience);
  static void call(const std::shared_ptr<Audience>& audience);
  void visit(Audience& audience, std::size_t members);
  void look_after(Membership& membership, const core::Cursor& newest);
  void tell_gaps();
  void tell(const Gap& gap);

  core::Loop& loop_;
  const Config& config_;
  std::deque<std::shared_ptr<Audience>> waking_;
  std::vector<std::shared_ptr<Audience>> calling_;  // those of other loops
  Gaps gaps_;                                       // in the order in which they came about
  std::unordered_map<const Membership*, Gaps::iterator> gap_of_;
  std::uint64_t unblocked_ = 0;  // as the sender had counted when gaps were last told
  std::uint64_t missed_ = 0;
  LagSizes lags_;
};

}  // namespace server
