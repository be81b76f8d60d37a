// An operation in flight: the object a completion is delivered to.
//
// The loop keeps a table of slots; a token names a slot and its generation, so a late completion or
// cancel can never reach the wrong object. Whoever derives from Operation promises to stay alive
// and in place until the last completion; the destructor asserts it.
#pragma once

#include <vector>

#include "core/assert.hpp"
#include "core/ring.hpp"

namespace core {

class OperationTable;

class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  bool in_flight() const { return token_ != 0; }
  Token token() const { return token_; }

 protected:
  ~Operation() { HUBBUB_ASSERT(!in_flight()); }

 private:
  friend class OperationTable;

  // Called on the loop's thread, before any coroutine of this pass runs. It may make coroutines
  // ready; it runs none. After a completion without `more` the operation is no longer in flight.
  virtual void complete(const Completion& completion) = 0;

  Token token_ = 0;
};

// The slots of one loop. Costs 16 bytes a slot; slots are reused, generations are not (they wrap
// after 2^31 uses of one slot).
class OperationTable {
 public:
  // Gives the operation a token of its own. Asserts that it is not in flight.
  Token add(Operation& operation);

  // Takes the token back without a completion: for sends, which are over when enter() returns.
  void remove(Operation& operation);

  // Delivers to the operation that the token names; a token that names none any more is ignored.
  void deliver(const Completion& completion);

  // Asks the kernel to end every operation; what each then does is its own affair.
  void cancel_all(Ring& ring) const;

  std::size_t in_flight() const { return in_flight_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Slot {
    Operation* operation = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = kNone;
  };

  void free(std::uint32_t index);

  std::vector<Slot> slots_;
  std::uint32_t first_free_ = kNone;
  std::size_t in_flight_ = 0;
};

}  // namespace core
