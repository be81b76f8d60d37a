// A digest: the comings and goings of a large room, collected so that a join costs no line of its
// own. A storm of n joins must not make n lines for n readers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/event.hpp"

namespace server {

// Thread: under the directory's lock. Limits: kNamesMost names of each kind; the others are
// counted.
class Digest {
 public:
  static constexpr std::size_t kNamesMost = 2;

  void joined(std::string_view nick) {
    joined_.add(nick);
    left_last_ = false;
  }
  void left(std::string_view nick) {
    left_.add(nick);
    left_last_ = true;
  }
  void renamed(std::string_view from, std::string_view to) {
    if (renamed_++ > 0) return;
    renamed_from_ = from;
    renamed_to_ = to;
  }

  // Gives what was collected as events, and forgets it. Whether people came or went last is told
  // last, so that who left and came back is not taken for gone.
  template <class Publish>
  void flush(std::string_view room, const Publish& publish) {
    const Digest old = std::exchange(*this, {});
    if (!old.left_last_) old.publish_left(room, publish);
    if (!old.joined_.names.empty()) {
      const auto names = old.joined_.views();
      publish(event::Joined{.room = room, .names = names, .others = old.joined_.others});
    }
    if (old.renamed_ > 0) {
      publish(event::Renamed{.room = room,
                             .from = old.renamed_from_,
                             .to = old.renamed_to_,
                             .others = old.renamed_ - 1});
    }
    if (old.left_last_) old.publish_left(room, publish);
  }

 private:
  struct Crowd {
    void add(std::string_view nick) {
      if (names.size() < kNamesMost) {
        names.emplace_back(nick);
      } else {
        ++others;
      }
    }
    std::vector<std::string_view> views() const { return {names.begin(), names.end()}; }

    std::vector<std::string> names;  // the first ones
    std::size_t others = 0;
  };

  template <class Publish>
  void publish_left(std::string_view room, const Publish& publish) const {
    if (left_.names.empty()) return;
    const auto names = left_.views();
    publish(event::Left{.room = room, .names = names, .others = left_.others});
  }

  Crowd joined_;
  Crowd left_;
  std::string renamed_from_, renamed_to_;
  std::size_t renamed_ = 0;
  bool left_last_ = false;
};

}  // namespace server
