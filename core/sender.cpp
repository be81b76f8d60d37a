// Offering sends and settling them: two halves of one exchange with the kernel, with one enter and
// no user code between them.
#include "core/sender.hpp"

#include <cerrno>
#include <span>
#include <utility>
#include <vector>

#include <poll.h>

namespace core {

Sender::Sender(Ring& ring, OperationTable& operations)
    : ring_(ring),
      operations_(operations),
      offers_(kOffersPerPass),
      pieces_(kPiecesPerPass),
      sources_(kPiecesPerPass) {}

Sender::~Sender() {
  HUBBUB_ASSERT(first_ == nullptr && offered_ == 0);
}

void Sender::enqueue(Outflow& outflow) {
  HUBBUB_ASSERT(!outflow.lagging_);
  outflow.lagging_ = true;
  ++lagging_;
  outflow.lagging_previous_ = last_;
  outflow.lagging_next_ = nullptr;
  (last_ != nullptr ? last_->lagging_next_ : first_) = &outflow;
  last_ = &outflow;
}

void Sender::withdraw(Outflow& outflow) {
  if (!parked_.empty()) std::erase(parked_, &outflow);
  if (!outflow.lagging_) return;
  outflow.lagging_ = false;
  --lagging_;
  Outflow* const previous = outflow.lagging_previous_;
  Outflow* const next = outflow.lagging_next_;
  (previous != nullptr ? previous->lagging_next_ : first_) = next;
  (next != nullptr ? next->lagging_previous_ : last_) = previous;
}

void Sender::offer() {
  HUBBUB_ASSERT(offered_ == 0);
  std::size_t used = 0;
  while (first_ != nullptr && offered_ < kOffersPerPass && used + kPiecesMost <= kPiecesPerPass) {
    Outflow& outflow = *first_;
    withdraw(outflow);
    const std::span<iovec> pieces(&pieces_[used], kPiecesMost);
    const std::size_t count = outflow.gather(pieces, {&sources_[used], kPiecesMost});
    if (count == 0) {  // its owner has skipped it ahead, or taken the source away
      outflow.wake_drain();
      continue;
    }
    if (outflow.drain_ != nullptr || outflow.owes_more_than(count)) awaited_ = true;

    Offer& offer = offers_[offered_++];
    offer.outflow = &outflow;
    outflow.offered_ = true;
    offer.first_piece = used;
    offer.pieces = count;
    offer.bytes = 0;
    for (const iovec& piece : pieces.first(count)) offer.bytes += piece.iov_len;
    ring_.send(operations_.add(offer), outflow.socket_, pieces.first(count));
    used += count;
  }
  counters_.sends += offered_;
}

void Sender::wait_writable(Outflow& outflow) {
  if (parking_) return parked_.push_back(&outflow);
  ring_.poll(operations_.add(outflow), outflow.socket_, POLLOUT);
}

void Sender::unpark() {
  parking_ = false;
  for (Outflow* const outflow : std::exchange(parked_, {})) outflow->mark_lagging();
}

void Sender::cancel(Outflow& outflow) {
  ring_.cancel(outflow.token());
}

void Sender::settle() {
  for (std::size_t i = 0; i < offered_; ++i) settle(offers_[i]);
  offered_ = 0;
  awaited_ = false;
}

void Sender::settle(Offer& offer) {
  std::size_t sent = offer.bytes;
  int error = 0;
  if (offer.in_flight()) {
    operations_.remove(offer);
  } else if (offer.result >= 0) {
    sent = static_cast<std::size_t>(offer.result);
  } else {
    sent = 0;
    error = -offer.result;
  }
  counters_.bytes += sent;

  Outflow& outflow = *offer.outflow;
  outflow.offered_ = false;
  if (error != 0 && error != EAGAIN && error != ENOBUFS && error != ENOMEM) {
    withdraw(outflow);
    outflow.break_off(error);
    return;
  }
  outflow.sent({&pieces_[offer.first_piece], offer.pieces},
               {&sources_[offer.first_piece], offer.pieces}, sent);
  if (sent < offer.bytes) {
    ++counters_.blocked;
    withdraw(outflow);  // what arrived with this answer may have made it lag
    wait_writable(outflow);
  } else if (outflow.owes_more_than(offer.pieces)) {
    outflow.mark_lagging();  // it had more than one offer takes
  }
  outflow.wake_drain();
}

}  // namespace core
