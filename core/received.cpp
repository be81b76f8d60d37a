// Received bytes: who has a buffer of the ring gives it back, once.
#include <utility>

#include "core/stream.hpp"

namespace core {

Received::Received(Received&& other) noexcept
    : ring_(std::exchange(other.ring_, nullptr)),
      buffer_(other.buffer_),
      size_(other.size_),
      own_(std::exchange(other.own_, {})) {}

Received& Received::operator=(Received&& other) noexcept {
  if (this == &other) return *this;
  release();
  ring_ = std::exchange(other.ring_, nullptr);
  buffer_ = other.buffer_;
  size_ = other.size_;
  own_ = std::exchange(other.own_, {});
  return *this;
}

void Received::release() {
  if (ring_ != nullptr) std::exchange(ring_, nullptr)->give_back(buffer_);
  own_.reset();
}

}  // namespace core
