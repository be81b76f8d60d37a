// Gathering what a connection is owed, and accounting for what the kernel took.
#include "core/outflow.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <poll.h>

#include "core/loop.hpp"
#include "core/sender.hpp"

namespace core {

Outflow::~Outflow() {
  HUBBUB_ASSERT(!lagging_ && !offered_);
  HUBBUB_ASSERT(drain_ == nullptr);
}

Outflow::Owed& Outflow::owed() {
  if (!owed_) owed_ = std::make_unique<Owed>();
  return *owed_;
}

void Outflow::append(std::string_view record) {
  if (broken_ || stopped_ || silent_ || record.empty()) return;
  if (!owed().mailbox) owed_->mailbox.emplace();
  Mailbox& to = *owed_->mailbox;
  const auto precede = [&to](const Source& source, std::uint64_t end) {
    if (source.cursor.byte() >= end) return;
    std::vector<Precedence>& all = to.precedences;
    const bool known = std::any_of(all.rbegin(), all.rend(), [&](const Precedence& one) {
      return one.source == &source && one.source_byte == end;
    });
    if (!known) all.push_back({to.log.head().byte, &source, end});
  };
  for (const Retired* one = retired(); one != nullptr; one = one->next.get()) {
    precede(one->source, one->end);
  }
  for (const Source* source = sources_; source != nullptr; source = source->next_) {
    if (!source->cursor.at_end()) precede(*source, source->cursor.head_byte());
  }
  to.log.append(record, Record::kMessage);
  mark_lagging();
}

void Outflow::append_at(std::uint64_t mark, std::string_view record) {
  if (broken_ || stopped_ || silent_ || record.empty()) return;
  Log log;
  Cursor begin(log);
  log.append(record, Record::kMessage);
  Retired& notice = add_retired(std::move(begin), log.head().byte);
  notice.is_notice = true;
  const Source& source = notice.source;
  if (mailbox() == nullptr) return;
  std::vector<Precedence>& all = mailbox()->precedences;
  const auto place = std::find_if(all.begin(), all.end(),
                                  [&](const Precedence& one) { return one.mail_byte >= mark; });
  all.insert(place, {mark, &source, log.head().byte});
}

std::size_t Outflow::mailbox_bytes() const {
  std::size_t bytes = committed_bytes();
  if (const Mailbox* const mail = mailbox()) bytes += mail->source.cursor.lag_bytes(mail->log);
  for (const Retired* one = retired(); one != nullptr; one = one->next.get()) {
    if (one->is_notice) bytes += one->end - one->source.cursor.byte();
  }
  return bytes;
}

void Outflow::set_sealed() {
  HUBBUB_ASSERT(drained() && !sealed_);
  sealed_ = true;
}

void Outflow::append_sealed(std::string_view bytes) {
  if (broken_ || stopped_ || bytes.empty()) return;
  owed().committed.append(bytes);
  mark_lagging();
}

void Outflow::silence() {
  silent_ = true;
  if (owed_) {
    owed_->mailbox.reset();
    owed_->retired.reset();
  }
  wake_drain();
}

void Outflow::mark_lagging() {
  if (lagging_ || blocked() || broken_ || stopped_) return;
  loop_.sender().enqueue(*this);
}

void Outflow::add(Source& source) {
  Source** link = &sources_;
  while (*link != nullptr) link = &(*link)->next_;
  *link = &source;
  if (!source.cursor.at_end()) mark_lagging();
}

void Outflow::remove(Source& source) {
  Source** link = &sources_;
  while (*link != &source) {
    HUBBUB_ASSERT(*link != nullptr);
    link = &(*link)->next_;
  }
  *link = std::exchange(source.next_, nullptr);
  forget_precedences_of(source);
  wake_drain();
}

void Outflow::forget_precedences_of(const Source& source) {
  if (mailbox() == nullptr) return;
  std::erase_if(mailbox()->precedences,
                [&](const Precedence& one) { return one.source == &source; });
}

void Outflow::retire(Source& source) {
  if (!source.cursor.at_end() && !broken_ && !stopped_ && !silent_) {
    const std::uint64_t end = source.cursor.head_byte();
    const Source& retired = add_retired(std::move(source.cursor), end).source;
    if (mailbox() != nullptr) {
      for (Precedence& one : mailbox()->precedences) {
        if (one.source == &source) one.source = &retired;
      }
    }
  }
  remove(source);
}

Outflow::Retired& Outflow::add_retired(Cursor&& cursor, std::uint64_t end) {
  std::unique_ptr<Retired>* last = &owed().retired;
  while (*last) last = &(*last)->next;
  *last = std::make_unique<Retired>(std::move(cursor), end);
  mark_lagging();
  return **last;
}

bool Outflow::drained() const {
  return broken_ || stopped_ || (committed_bytes() == 0 && !sources_owe());
}

bool Outflow::sources_owe() const {
  if (silent_) return false;
  if (mailbox() != nullptr || retired() != nullptr) return true;
  for (const Source* source = sources_; source != nullptr; source = source->next_) {
    if (!source->cursor.at_end()) return true;
  }
  return false;
}

bool Outflow::owes_more_than(std::size_t pieces) const {
  return sealed_ ? sources_owe() : pieces == Sender::kPiecesMost && !drained();
}

// Puts what is owed into an order, range by range, until there is no more or no more room.
class Outflow::Gathering {
 public:
  Gathering(std::span<iovec> pieces, std::span<Source*> sources)
      : pieces_(pieces), sources_(sources) {}

  std::size_t count() const { return count_; }
  bool full() const { return count_ == pieces_.size(); }
  void take(std::string& bytes) {
    sources_[count_] = nullptr;
    pieces_[count_++] = {.iov_base = bytes.data(), .iov_len = bytes.size()};
  }
  // What of the source was not taken yet, up to a byte of its log.
  void take(const Source& source, std::uint64_t to) {
    const std::size_t more = source.cursor.gather(pieces_.subspan(count_), taken_of(source), to);
    const auto at = sources_.begin() + static_cast<std::ptrdiff_t>(count_);
    std::fill_n(at, more, const_cast<Source*>(&source));
    count_ += more;
    if (to != UINT64_MAX) taken_.emplace_back(&source, to);
  }

 private:
  std::uint64_t taken_of(const Source& source) const {
    for (auto one = taken_.rbegin(); one != taken_.rend(); ++one) {
      if (one->first == &source) return one->second;
    }
    return 0;
  }

  std::span<iovec> pieces_;
  std::span<Source*> sources_;
  std::size_t count_ = 0;
  std::vector<std::pair<const Source*, std::uint64_t>> taken_;  // empty unless there is an order
};

std::size_t Outflow::gather(std::span<iovec> pieces, std::span<Source*> sources) {
  if (sealed_) seal();
  Gathering all(pieces, sources);
  if (committed_bytes() > 0) all.take(owed_->committed);
  if (!sealed_) gather_sources(all);
  return all.count();
}

void Outflow::gather_sources(Gathering& all) const {
  if (const Mailbox* const mail = mailbox()) {
    for (const Precedence& one : mail->precedences) {
      if (all.full()) return;
      if (one.mail_byte > mail->source.cursor.byte()) all.take(mail->source, one.mail_byte);
      all.take(*one.source, one.source_byte);
    }
    all.take(mail->source, UINT64_MAX);
  }
  for (const Retired* one = retired(); one != nullptr; one = one->next.get()) {
    all.take(one->source, one->end);
  }
  for (Source* source = sources_; source != nullptr; source = source->next_) {
    all.take(*source, UINT64_MAX);
  }
}

// Whole records only: one that was begun would have to be finished by bytes that are not sealed.
void Outflow::seal() {
  std::array<iovec, Sender::kPiecesMost> pieces;
  std::array<Source*, Sender::kPiecesMost> sources;
  while (!silent_ && committed_bytes() < kSealedMost) {
    Gathering all(pieces, sources);
    gather_sources(all);
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < all.count() && bytes < kSealedMost) bytes += pieces[count++].iov_len;
    if (count == 0) return;
    std::string wire;
    if (!outflow_seal({pieces.data(), count}, wire)) return;
    owed().committed.append(wire);
    advance({pieces.data(), count}, {sources.data(), count}, bytes);
  }
}

void Outflow::sent(std::span<const iovec> pieces, std::span<Source* const> sources,
                   std::size_t bytes) {
  if (bytes > 0) progressed_ = true;
  advance(pieces, sources, bytes);
}

void Outflow::advance(std::span<const iovec> pieces, std::span<Source* const> sources,
                      std::size_t bytes) {
  for (std::size_t i = 0; i < pieces.size() && bytes > 0; ++i) {
    const std::size_t taken = std::min(bytes, pieces[i].iov_len);
    bytes -= taken;
    if (sources[i] == nullptr) {
      owed_->committed.erase(0, taken);
      continue;
    }
    Cursor& cursor = sources[i]->cursor;
    cursor.advance(taken);
    if (taken == pieces[i].iov_len) continue;
    // Where the kernel stopped inside a record, its rest goes out before anything else, and the
    // cursor stands between records again, free to be skipped or taken away.
    const std::string_view rest = cursor.rest_of_record();
    if (rest.empty()) continue;
    HUBBUB_ASSERT(committed_bytes() == 0);
    owed().committed = rest;
    cursor.advance(rest.size());
  }
  let_go_of_sent();
}

void Outflow::let_go_of_sent() {
  if (!owed_) return;
  if (Mailbox* const mail = mailbox()) {
    const std::uint64_t mail_byte = mail->source.cursor.byte();
    std::vector<Precedence>& all = mail->precedences;
    const auto over = [&](const Precedence& one) {
      return one.mail_byte <= mail_byte && one.source->cursor.byte() >= one.source_byte;
    };
    all.erase(all.begin(), std::find_if_not(all.begin(), all.end(), over));
    if (mail->source.cursor.at_end()) owed_->mailbox.reset();
  }
  for (std::unique_ptr<Retired>* link = &owed_->retired; *link;) {
    Retired& one = **link;
    if (one.source.cursor.byte() < one.end) {
      link = &one.next;
    } else {
      forget_precedences_of(one.source);
      *link = std::move(one.next);
    }
  }
  if (!owed_->mailbox && !owed_->retired && owed_->committed.empty()) owed_.reset();
}

void Outflow::complete(const Completion&) {
  ++loop_.sender().counters_.unblocked;
  if (stopped_) {
    outflow_idle();
  } else {
    mark_lagging();
  }
}

void Outflow::break_off(int error) {
  broken_ = true;
  owed_.reset();
  wake_drain();
  outflow_broken(error);
}

void Outflow::stop() {
  HUBBUB_ASSERT(drain_ == nullptr);
  stopped_ = true;
  loop_.sender().withdraw(*this);
  owed_.reset();
  if (in_flight()) loop_.sender().cancel(*this);
}

void Outflow::wake_drain() {
  if (drain_ == nullptr || !drain_->satisfied()) return;
  std::exchange(drain_, nullptr)->wake();
}

bool Outflow::Drain::satisfied() const {
  if (outflow_.broken_) return true;
  return low_water_ == 0 ? outflow_.drained() : outflow_.mailbox_bytes() <= low_water_;
}

void Outflow::Drain::cancel_wait() {
  outflow_.drain_ = nullptr;
  wake_cancelled();
}

}  // namespace core
