// A doubling sweep: forgets what is idle in a table each time its entries have doubled, so that it
// costs next to nothing for each that comes.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/time.hpp"

namespace server {

// Plain data; whoever owns it sees to its thread.
class DoublingSweep {
 public:
  // A table that has grown above `most` cannot double any more within its limit: it is looked
  // through at most once in so much time.
  static constexpr core::Duration kInterval = std::chrono::seconds(1);

  // Nothing is done for fewer than `least` entries.
  explicit constexpr DoublingSweep(std::size_t least, std::size_t most = SIZE_MAX)
      : least_(least), most_(most), above_(least) {}

  // To be called before an entry is added, to a table that std::erase_if() is there for.
  template <class Table, class IsIdle>
  void run(Table& table, core::Time now, IsIdle is_idle) {
    if (table.size() < above_ || now < not_before_) return;
    erase_if(table, is_idle);
    above_ = std::clamp(2 * table.size(), least_, most_);
    if (above_ == most_) not_before_ = now + kInterval;
  }

 private:
  std::size_t least_;
  std::size_t most_;
  std::size_t above_;
  core::Time not_before_{};
};

}  // namespace server
