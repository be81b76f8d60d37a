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
#include "server/quota.hpp"
#include "server/visitor.hpp"

namespace server {

// Against a nick, an account, a visitor, a network, or several of them: each is enough.
struct Sanction {
  std::string nick;       // may be empty
  std::string account{};  // may be empty
  Visitor visitor{};      // may be null
  std::optional<core::Network> network{};
  std::string by{};       // the nick of the operator
  std::string reason{};   // may be empty
  std::time_t until = 0;  // seconds since the epoch; 0: until it is lifted
  std::time_t since = 0;  // when it was laid down
};

// Thread: under the directory's lock. `now` is the time of day.
// Limits: kMost in a room, and limits.sanctions in all rooms; those that are over are forgotten.
// Cost: a look at each, and there are few.
class Sanctions {
 public:
  static constexpr std::size_t kMost = 1'000;

  // Whom one may be against. Names in whatever case of letters; empty or null: it has none.
  struct Suspect {
    std::string_view nick, account{};
    Visitor visitor{};
    core::Address address{};
  };

  // Takes the place of the one against the same, if there is one, and keeps what that knew besides
  // of somebody who is away now. False: there is none; one against somebody else who had the nick,
  // and is still here or has another account, is not the same.
  bool replace(const Sanction& sanction, std::time_t now);
  bool is_full(std::time_t now);
  bool empty() const { return entries_.empty(); }
  // One more; there must be room for it.
  void add(const Sanction& sanction, Quota::Share share);
  // Those against a nick or an account, in whatever case of letters, or a network in the form of
  // core::Network::parse(). False: there are none.
  bool remove(std::string_view whom, std::time_t now);
  // Takes away all that concern somebody, and gives them back.
  std::vector<Sanction> lift(const Suspect& who, std::time_t now);
  void forget_old(std::time_t now);
  // One that concerns somebody, or null.
  const Sanction* find(const Suspect& who, std::time_t now) const;
  static bool concerns(const Sanction& sanction, const Suspect& who);
  // Those against a visitor (not null) have its nick from now on.
  void rename(const Visitor& who, std::string_view to);
  // Those that are not over, in the order in which they came.
  std::vector<const Sanction*> all(std::time_t now) const;

 private:
  struct Entry {
    Sanction sanction;
    Quota::Share share;
  };

  std::vector<Entry> entries_;
};

}  // namespace server
