// Walking the members, and those among them who lag.
#include "server/fanout.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "server/room.hpp"

namespace server {

namespace {

std::shared_ptr<Audience> hold(Audience& audience) {
  return {audience.room().shared_from_this(), &audience};
}

}  // namespace

Fanout::Fanout(core::Loop& loop, const Config& config) : loop_(loop), config_(config) {
  loop_.add_pass_end(*this);
}

Fanout::~Fanout() {
  loop_.remove_pass_end(*this);
}

void Fanout::published(Audience& audience) {
  if (&audience.fanout_ == this) return wake(audience);
  const auto is_it = [&](const auto& one) { return one.get() == &audience; };
  if (std::none_of(calling_.rbegin(), calling_.rend(), is_it)) calling_.push_back(hold(audience));
}

void Fanout::wake(Audience& audience) {
  if (!audience.waking_) {
    waking_.push_back(hold(audience));
    audience.waking_ = true;
  }
  audience.left_ = audience.members_.size();
  audience.last_ = loop_.now();
  audience.first_ = std::min(audience.first_, audience.last_);
}

core::Time Fanout::gathers_until(const Audience& audience) {
  const std::size_t members = audience.members_.size();
  if (members < kLarge || audience.first_ == core::kNever) return core::Time::min();
  const core::Duration pause = members * kGatherPerMember;
  return std::min(audience.last_ + pause, audience.first_ + kGatherMost * pause);
}

// It is not said again while it is on its way. What was appended before the first exchange is seen
// by what follows the second.
void Fanout::call(const std::shared_ptr<Audience>& audience) {
  if (audience->called_.exchange(true, std::memory_order_acq_rel)) return;
  try {
    audience->fanout_.loop_.post([audience] {
      audience->called_.exchange(false, std::memory_order_acq_rel);
      audience->fanout_.wake(*audience);
    });
  } catch (...) {
    audience->called_.store(false, std::memory_order_release);
    throw;
  }
}

// What fails for one member is reported, and the others have their turn.
bool Fanout::pass_ended() {
  for (const auto& audience : std::exchange(calling_, {})) loop_.contain([&] { call(audience); });
  serve_audiences();
  if (const std::uint64_t now = loop_.sender().counters().unblocked; now != unblocked_) {
    unblocked_ = now;
    tell_gaps();
  }
  return !waking_.empty();
}

// In turn, until all are served, or gather lines, or the pass has done enough. Those that gather
// are looked at in pass after pass, without a sleep: it is short, and a sleep is not.
void Fanout::serve_audiences() {
  const std::size_t waiting = std::min(kVisitsPerPass, loop_.sender().lagging());
  std::size_t visits = std::max(kVisitsPerPass - waiting, kVisitsAlways);
  std::size_t gathering = 0;  // in a row
  while (visits > 0 && gathering < waking_.size()) {
    const std::shared_ptr<Audience> audience = std::move(waking_.front());
    waking_.pop_front();
    if (gathers_until(*audience) > loop_.now()) {
      ++gathering;
      waking_.push_back(audience);
      continue;
    }
    gathering = 0;
    audience->first_ = core::kNever;
    const std::size_t turn = std::min({visits, kTurn, audience->left_});
    visits -= turn;
    visit(*audience, turn);
    if (audience->left_ > 0) {
      waking_.push_back(audience);
    } else {
      audience->waking_ = false;
    }
  }
}

void Fanout::visit(Audience& audience, std::size_t members) {
  std::array<std::optional<core::Cursor>, kDialects> newest;
  audience.left_ -= members;
  for (; members > 0; --members) {
    Membership& membership = *audience.members_[audience.next_];
    if (++audience.next_ == audience.members_.size()) audience.next_ = 0;
    core::Outflow& outflow = membership.user.outflow();
    if (!outflow.blocked()) {
      outflow.mark_lagging();
      continue;
    }
    const DialectId dialect = membership.user.dialect();
    auto& end = newest[static_cast<std::size_t>(dialect)];
    if (!end) end = audience.room().newest(dialect);
    loop_.contain([&] { look_after(membership, *end); });
  }
}

void Fanout::look_after(Membership& membership, const core::Cursor& newest) {
  const std::uint64_t lag = newest.byte() - membership.cursor.byte();
  lags_.add(static_cast<std::int64_t>(lag));
  if (lag <= config_.limits.max_lag) return;
  skip_to_newest(membership, newest);
  if (config_.chat.on_lag != LagPolicy::kDisconnect) return;
  membership.user.evict({.why = Departure::kReadsTooSlowly});
}

void Fanout::skip_to_newest(Membership& membership, const core::Cursor& newest) {
  auto [known, is_new] = gap_of_.try_emplace(&membership, gaps_.end());
  if (is_new) {
    try {
      gaps_.push_back({&membership, membership.user.outflow().mark(), 0});
    } catch (...) {
      gap_of_.erase(known);
      throw;
    }
    known->second = std::prev(gaps_.end());
  }
  const std::uint64_t missed = membership.cursor.jump_to(newest);
  known->second->missed += missed;
  missed_ += missed;
  if (known->second->missed == 0) forget(membership);
}

// Once a socket takes bytes again: until then the gap may grow.
void Fanout::tell_gaps() {
  for (auto next = gaps_.begin(); next != gaps_.end();) {
    const auto gap = next++;
    User& user = gap->membership->user;
    if (user.outflow().blocked()) continue;
    loop_.contain([&] {
      tell(*gap);
      if (user.outflow().mailbox_bytes() > config_.limits.mailbox + kNoticesMost) {
        user.evict({.why = Departure::kReadsNothing});
      }
    });
    gap_of_.erase(gap->membership);
    gaps_.erase(gap);
  }
}

void Fanout::tell(const Gap& gap) {
  gap.membership->user.tell_at(
      gap.mark, event::Missed{.room = gap.membership->room().name(), .messages = gap.missed});
}

void Fanout::close_gap(Membership& membership) {
  const auto found = gap_of_.find(&membership);
  if (found == gap_of_.end()) return;
  const Gap gap = *found->second;
  forget(membership);
  tell(gap);
}

void Fanout::forget(const Membership& membership) {
  const auto found = gap_of_.find(&membership);
  if (found == gap_of_.end()) return;
  gaps_.erase(found->second);
  gap_of_.erase(found);
}

}  // namespace server
