// Handing news from loop to loop.
#include "client/load/exchange.hpp"

#include <utility>

#include "core/assert.hpp"

namespace load {

Exchange::Desk::Desk(Exchange& exchange, Share share, core::Loop& loop, Reader& reader)
    : exchange_(exchange), share_(share), loop_(loop), outgoing_(share.count) {
  HUBBUB_ASSERT(share.count == exchange.shares_ && share.count <= kSharesMost);
  exchange_.desks_[share.index] = {&loop, &reader};
  if (share.count > 1) loop_.add_pass_end(*this);
}

Exchange::Desk::~Desk() {
  if (share_.count > 1) loop_.remove_pass_end(*this);
}

bool Exchange::Desk::pass_ended() {
  for (std::size_t to = 0; to < outgoing_.size(); ++to) {
    if (outgoing_[to].empty()) continue;
    const Open& desk = exchange_.desks_[to];
    desk.loop->post(
        [reader = desk.reader, from = share_.index, all = std::exchange(outgoing_[to], {})] {
          for (const News& news : all) reader->take_news(from, news);
        });
  }
  return false;
}

}  // namespace load
