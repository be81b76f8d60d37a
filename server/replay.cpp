// A walk that goes on where the last one ended.
#include "server/replay.hpp"

namespace server {

core::Cursor Replay::cursor(const core::Log& log, std::size_t& messages) {
  core::Record kind{};
  while (!walked_.at_end()) {
    const std::size_t size = walked_.peek(kind).size();
    const core::Position begin{.byte = walked_.byte()};
    if (kind == core::Record::kNote) begin_.skip(begin, {.byte = begin.byte + size});
    walked_.advance(size);
    if (kind == core::Record::kNote || messages_++ < most_) continue;
    begin_.advance(begin_.peek(kind).size());
    --messages_;
  }
  seen_ = log.head().messages;
  messages = messages_;
  return begin_.twin();
}

}  // namespace server
