// Wiping is libsodium's, which no compiler takes for a write that nobody reads.
#include "server/secret.hpp"

#include <algorithm>
#include <utility>

#include <sodium.h>

namespace server {

Secret Secret::take(std::string_view text) {
  Secret secret;
  if (text.empty()) return secret;
  secret.bytes_ = std::make_unique<char[]>(text.size());
  secret.size_ = text.size();
  std::copy(text.begin(), text.end(), secret.bytes_.get());
  ::sodium_memzero(const_cast<char*>(text.data()), text.size());
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Secret::wipe() noexcept {
  if (bytes_) ::sodium_memzero(bytes_.get(), size_);
}

}  // namespace server
