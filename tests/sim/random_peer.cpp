// The life of a random peer.
#include "tests/sim/random_peer.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sim {

RandomPeer::RandomPeer(Crowd& crowd, const core::Address& to, std::string bytes)
    : Program(crowd),
      to_(to),
      bytes_(std::move(bytes)),
      ending_(static_cast<Ending>(choose().below(4))),
      ends_at_(choose().below(2 * bytes_.size() + 1)),
      piece_most_(choose().magnitude(1, 65536)),
      pause_most_(choose().magnitude(1, 200'000)),
      begun_(ring().now()) {}

void RandomPeer::leave(bool clean) {
  finished_ = true;
  clean_ = clean;
}

core::Time RandomPeer::step(core::Time now) {
  if (finished_) return core::kNever;
  if (!connected()) {
    const std::size_t least = 1 + bytes_.size() / 200;  // or a run takes for ever
    connect(to_, choose().magnitude(least, 65536), choose().magnitude(least, 65536));
  }
  if (now - begun_ > kPatience) {
    gave_up_ = ending_ == Ending::kOrderly && !was_hit();
    end().vanish(ECONNRESET, false);
    leave(false);
    return core::kNever;
  }
  const std::size_t before = sent_ + received_.size();
  received_ += end().read(choose().between(1, piece_most_));
  if (end().finished() && end().unread() == 0) {
    const bool in_order = !end().reset() && sent_ == bytes_.size();
    end().close(false);
    leave(in_order);
    return core::kNever;
  }
  const std::size_t piece = choose().between(1, piece_most_);
  if (!end().ended()) sent_ += end().send(std::string_view(bytes_).substr(sent_, piece));

  const bool midway = ending_ == Ending::kCloses || ending_ == Ending::kVanishes;
  const bool tired = ending_ != Ending::kOrderly && now - begun_ > kListensFor;
  if (tired || (midway && sent_ + received_.size() >= ends_at_)) {
    const bool drops = choose().chance(0.5);
    ending_ == Ending::kVanishes ? end().vanish(ECONNRESET, drops) : end().close(drops);
    leave(false);
    return core::kNever;
  }
  if (sent_ == bytes_.size() && ending_ == Ending::kOrderly) end().end();
  if (sent_ + received_.size() == before) return now + kListensFor;  // told of anything new
  return now + std::chrono::microseconds(choose().magnitude(1, pause_most_));
}

std::string numbered_lines(Choose& choose, std::size_t size) {
  const std::uint64_t line_most = choose.magnitude(1, 4096);
  std::string bytes;
  bytes.reserve(size + 16);
  std::size_t next_end = choose.below(line_most);
  for (std::uint64_t number = 0; bytes.size() < size; ++number) {
    bytes += std::to_string(number) + ".";
    if (bytes.size() < next_end) continue;
    bytes += choose.chance(0.5) ? "\r\n" : "\n";
    next_end = bytes.size() + choose.below(line_most);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace sim
