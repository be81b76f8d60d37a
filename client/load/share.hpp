// Share: which of the clients are one thread's.
#pragma once

#include <cstddef>

namespace load {

// The clients are dealt out like cards, so that those who speak, who are the first ones, are spread
// over all threads. Within a share they are numbered from 0; reports and messages have the number
// among all.
struct Share {
  std::size_t index = 0;
  std::size_t count = 1;  // of shares; no more than clients, so that none is empty

  bool has(std::size_t number) const { return number % count == index; }
  // Of so many clients, those of this share.
  std::size_t size(std::size_t clients) const { return (clients + count - 1 - index) / count; }
  std::size_t number_of(std::size_t client) const { return client * count + index; }
  std::size_t client_of(std::size_t number) const { return number / count; }
};

}  // namespace load
