// The Sender: gives every lagging outflow of a loop at most one send per pass.
//
// The measured way (on Linux 6.18 the cheapest of all forms tried): hundreds of sends leave in one
// enter, and one that went out whole posts no completion; it is over when enter returns. Only a
// blocked or partial one reports, and only that connection then waits for its socket.
#pragma once

#include <cstdint>
#include <vector>

#include "core/operation.hpp"
#include "core/outflow.hpp"
#include "core/ring.hpp"

namespace core {

// Thread: the loop's. Limits: a pass offers at most kOffersPerPass sends of at most kPiecesMost
// pieces each and kPiecesPerPass together, so that what is sent to very many cannot hold up
// everyone else; who is left over comes first in the next pass.
class Sender {
 public:
  static constexpr std::size_t kOffersPerPass = 256;
  static constexpr std::size_t kPiecesMost = 16;
  static constexpr std::size_t kPiecesPerPass = 4 * kOffersPerPass;

  struct Counters {
    std::uint64_t sends = 0;      // offered to the kernel
    std::uint64_t bytes = 0;      // taken by it
    std::uint64_t blocked = 0;    // not taken whole
    std::uint64_t unblocked = 0;  // sockets that had blocked and took bytes again
  };

  Sender(Ring& ring, OperationTable& operations);
  ~Sender();

  // The end of a pass: queues sends for the next enter.
  void offer();
  // After that enter: what did not report went out whole.
  void settle();

  // Whether the next enter must not wait: a send that went out whole posts no completion, so
  // nothing would wake who waits for it, or what is to follow it.
  bool has_work() const { return first_ != nullptr || awaited_; }
  // So for all that was offered, where nobody else will make a pass.
  void await_offers() { awaited_ = offered_ > 0; }
  // From here on nobody waits for a socket that is blocked, for a loop that ends: such an outflow
  // is set aside, until unpark() makes it lag again.
  void park_blocked() { parking_ = true; }
  void unpark();
  // Outflows that are to be offered next.
  std::size_t lagging() const { return lagging_; }
  const Counters& counters() const { return counters_; }

 private:
  friend class Outflow;

  struct Offer final : Operation {
    void complete(const Completion& completion) override { result = completion.result; }

    Outflow* outflow = nullptr;
    std::size_t first_piece = 0;
    std::size_t pieces = 0;
    std::size_t bytes = 0;
    std::int32_t result = 0;
  };

  void enqueue(Outflow& outflow);
  void withdraw(Outflow& outflow);
  void wait_writable(Outflow& outflow);
  void cancel(Outflow& outflow);
  void settle(Offer& offer);

  Ring& ring_;
  OperationTable& operations_;
  Outflow* first_ = nullptr;  // lagging, in the order they fell behind
  Outflow* last_ = nullptr;
  std::size_t lagging_ = 0;
  std::vector<Offer> offers_;
  std::size_t offered_ = 0;
  std::vector<Outflow*> parked_;  // they are not lagging, and have no operation in flight
  bool parking_ = false;
  bool awaited_ = false;  // a task waits for one of the offers, or an offer left some behind
  std::vector<iovec> pieces_;
  std::vector<Source*> sources_;
  Counters counters_;
};

}  // namespace core
