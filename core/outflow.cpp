// Gathering what a connection is owed, and accounting for what the kernel took.
#include "core/outflow.hpp"

#include <algorithm>
#include <utility>

#include <poll.h>

#include "core/sender.hpp"

namespace core {

Outflow::~Outflow() {
  HUBBUB_ASSERT(!lagging_ && !offered_);
  HUBBUB_ASSERT(drain_ == nullptr);
}

void Outflow::append(std::string_view record) {
  if (broken_ || stopped_ || record.empty()) return;
  if (!mailbox_) mailbox_ = std::make_unique<Mailbox>();
  mailbox_->log.append(record, Record::kMessage);
  mark_lagging();
}

std::size_t Outflow::mailbox_bytes() const {
  const std::size_t cut = cut_ ? cut_->size() : 0;
  return cut + (mailbox_ ? mailbox_->source.cursor.lag_bytes(mailbox_->log) : 0);
}

void Outflow::mark_lagging() {
  if (lagging_ || blocked() || broken_ || stopped_) return;
  sender_.enqueue(*this);
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
  wake_drain();
}

bool Outflow::drained() const {
  if (broken_ || stopped_) return true;
  if (cut_ || mailbox_) return false;
  for (const Source* source = sources_; source != nullptr; source = source->next_) {
    if (!source->cursor.at_end()) return false;
  }
  return true;
}

std::size_t Outflow::gather(std::span<iovec> pieces, std::span<Source*> sources) const {
  std::size_t count = 0;
  if (cut_) {
    sources[count] = nullptr;
    pieces[count++] = {.iov_base = cut_->data(), .iov_len = cut_->size()};
  }
  const auto take = [&](Source& source) {
    const std::size_t more = source.cursor.gather(pieces.subspan(count));
    std::fill_n(sources.begin() + static_cast<std::ptrdiff_t>(count), more, &source);
    count += more;
  };
  if (mailbox_) take(mailbox_->source);
  for (Source* source = sources_; source != nullptr; source = source->next_) take(*source);
  return count;
}

void Outflow::sent(std::span<const iovec> pieces, std::span<Source* const> sources,
                   std::size_t bytes) {
  for (std::size_t i = 0; i < pieces.size() && bytes > 0; ++i) {
    const std::size_t taken = std::min(bytes, pieces[i].iov_len);
    bytes -= taken;
    if (sources[i] == nullptr) {
      cut_->erase(0, taken);
      if (cut_->empty()) cut_.reset();
      continue;
    }
    Cursor& cursor = sources[i]->cursor;
    cursor.advance(taken);
    if (taken == pieces[i].iov_len) continue;
    // Where the kernel stopped inside a record, its rest goes out before anything else, and the
    // cursor stands between records again, free to be skipped or taken away.
    const std::string_view rest = cursor.rest_of_record();
    if (rest.empty()) continue;
    HUBBUB_ASSERT(!cut_);
    cut_ = std::make_unique<std::string>(rest);
    cursor.advance(rest.size());
  }
  if (mailbox_ && mailbox_->source.cursor.at_end()) mailbox_.reset();
}

void Outflow::complete(const Completion&) {
  if (stopped_) {
    owner_.outflow_idle();
  } else {
    mark_lagging();
  }
}

void Outflow::break_off(int error) {
  broken_ = true;
  mailbox_.reset();
  cut_.reset();
  wake_drain();
  owner_.outflow_broken(error);
}

void Outflow::stop() {
  HUBBUB_ASSERT(drain_ == nullptr);
  stopped_ = true;
  sender_.withdraw(*this);
  mailbox_.reset();
  cut_.reset();
  if (in_flight()) sender_.cancel(*this);
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
