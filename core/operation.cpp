// The table behind tokens: slots with generations.
#include "core/operation.hpp"

namespace core {

Token OperationTable::add(Operation& operation) {
  HUBBUB_ASSERT(!operation.in_flight());
  if (first_free_ == kNone) {
    slots_.push_back({});
    first_free_ = static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t index = first_free_;
  Slot& slot = slots_[index];
  first_free_ = slot.next_free;
  slot.operation = &operation;
  constexpr std::uint32_t kEnd = 1U << 31;  // see Token
  if (++slot.generation == kEnd) slot.generation = 1;
  operation.token_ = (Token{slot.generation} << 32) | index;
  ++in_flight_;
  return operation.token_;
}

void OperationTable::free(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.operation->token_ = 0;
  slot.operation = nullptr;
  slot.next_free = first_free_;
  first_free_ = index;
  --in_flight_;
}

void OperationTable::remove(Operation& operation) {
  HUBBUB_ASSERT(operation.in_flight());
  free(static_cast<std::uint32_t>(operation.token_));
}

void OperationTable::cancel_all(Ring& ring) const {
  for (const Slot& slot : slots_) {
    if (slot.operation != nullptr) ring.cancel(slot.operation->token_);
  }
}

void OperationTable::deliver(const Completion& completion) {
  const auto index = static_cast<std::uint32_t>(completion.token);
  if (index >= slots_.size()) return;
  Slot& slot = slots_[index];
  if (slot.operation == nullptr || slot.operation->token_ != completion.token) return;
  Operation& operation = *slot.operation;
  if (!completion.more) free(index);
  operation.complete(completion);
}

}  // namespace core
