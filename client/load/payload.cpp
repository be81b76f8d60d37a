// The padding of test messages. It runs through the alphabet, so that a byte lost, doubled or moved
// in it does not go unseen.
#include "client/load/payload.hpp"

#include "core/assert.hpp"

namespace load {

std::string blank_text(std::size_t size) {
  HUBBUB_ASSERT(size >= kStampBytes);
  std::string text(size, '\0');
  write_stamp(text.data(), {});
  for (std::size_t i = kStampBytes; i < size; ++i) {
    text[i] = static_cast<char>('a' + (i - kStampBytes) % 26);
  }
  return text;
}

}  // namespace load
