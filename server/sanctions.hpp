// Sanctions: who of a room's people is banned, or muted, and for how long.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.hpp"
#include "core/network.hpp"

namespace server {

// Against a nick, a network, or both: then either is enough.
struct Sanction {
  std::string nick;  // may be empty
  std::optional<core::Network> network;
  std::string by;         // the nick of the operator
  std::string reason;     // may be empty
  std::time_t until = 0;  // seconds since the epoch; 0: until it is lifted

  bool operator==(const Sanction&) const = default;
};

// Thread: under the directory's lock. `now` is the time of day.
// Limits: kMost; those that are over are forgotten. Cost: a look at each, and there are few.
class Sanctions {
 public:
  static constexpr std::size_t kMost = 1'000;

  // Instead of the one against the same. False: there are kMost others.
  bool add(Sanction sanction, std::time_t now);
  // Those against a nick, in whatever case of letters, or a network in the form of
  // core::Network::parse(). False: there are none.
  bool remove(std::string_view whom, std::time_t now);
  // One that concerns somebody, or null.
  const Sanction* find(std::string_view nick, const core::Address& address, std::time_t now) const;
  // Those against a nick are against another one from now on.
  void rename(std::string_view from, std::string_view to);
  // Those that are not over, in the order in which they came.
  std::vector<const Sanction*> all(std::time_t now) const;

 private:
  struct Entry {
    Sanction sanction;
    std::string folded;  // the nick, as it is compared
  };

  void forget_old(std::time_t now);

  std::vector<Entry> entries_;
};

}  // namespace server
