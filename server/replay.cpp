// A walk that goes on where the last one ended.
#include "server/replay.hpp"

namespace server {

core::Cursor Replay::cursor(std::size_t& messages) {
  core::Record kind{};
  while (!walked_.at_end()) {
    const std::size_t size = walked_.peek(kind).size();
    const core::Position begin{.byte = walked_.byte()};
    if (kind == core::Record::kNote) begin_.skip(begin, {.byte = begin.byte + size});
    if (kind == core::Record::kMessage) ++messages_;
    walked_.advance(size);
  }
  for (; messages_ > most_; --messages_) begin_.advance(begin_.peek(kind).size());
  messages = messages_;
  return begin_.twin();
}

}  // namespace server
