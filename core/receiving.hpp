// The operation that receives for a stream, apart from the one that its outflow may have in flight.
#pragma once

#include "core/operation.hpp"

namespace core {

class Receiving : private Operation {
 protected:
  ~Receiving() = default;

  Token begin_receiving(OperationTable& operations) { return operations.add(*this); }
  bool receiving() const { return in_flight(); }
  Token receive_token() const { return token(); }

 private:
  virtual void received(const Completion& completion) = 0;
  void complete(const Completion& completion) final { received(completion); }
};

}  // namespace core
