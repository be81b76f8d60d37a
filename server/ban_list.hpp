// The server's bans: networks whose people may not come in, for a time or until that is lifted.
//
// Whoever adds a ban need not know who is to act on it: Admission asks for each connection that
// comes, and every worker watches for new bans and ends those of its connections that they concern.
#pragma once

#include <cstddef>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/task.hpp"

namespace server {

struct ServerBan {
  core::Network network;
  std::string by;         // the nick of the operator
  std::string reason;     // may be empty
  std::time_t until = 0;  // seconds since the epoch; 0: until it is lifted

  bool operator==(const ServerBan&) const = default;
};

// Thread: any. In memory only; a Keeper may write down what operators do.
// Limits: kMost bans, one for each network; those that are over are forgotten.
// Cost of find(): a look-up for each length of prefix that is among them.
class BanList {
 public:
  static constexpr std::size_t kMost = 10'000;

  // The time of day, in seconds since the epoch. Called on any thread.
  using Clock = std::function<std::time_t()>;

  // While it lives, `told` is called with every ban that is added, by the thread that adds it and
  // with the lock held: it hands on what it is told and does nothing else.
  class Watch {
   public:
    using Told = std::function<void(const ServerBan&)>;
    Watch(BanList& list, Told told);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    friend class BanList;
    BanList& list_;
    const Told told_;
  };

  // Who keeps bans beyond this process.
  class Keeper {
   public:
    struct Kept {
      std::string failure = {};  // empty: it has been written down
      bool was_there = false;    // a ban that is no more has been struck out
    };
    // Writes down what the list says of a network when its turn has come: the ban, or that there is
    // none. So whatever several loops do to one network, and in whichever order their calls come
    // here, what is written last is what the list says.
    virtual core::Task<Kept> write_down(core::Network network) = 0;

   protected:
    ~Keeper() = default;
  };

  explicit BanList(Clock clock) : clock_(std::move(clock)) {}
  BanList(const BanList&) = delete;
  BanList& operator=(const BanList&) = delete;

  // Instead of the one of the same network, if there is one. False: there are kMost others.
  bool add(ServerBan ban);
  // False: there is none of just this network.
  bool remove(const core::Network& network);
  // The one that concerns the address, of several that with the smallest network.
  std::optional<ServerBan> find(const core::Address& address) const;
  // The one of just this network.
  std::optional<ServerBan> of(const core::Network& network) const;
  // In the order of their networks.
  std::vector<ServerBan> all() const;
  // Instead of those there are; what is over, and what is too much, is left out. Nobody who watches
  // is told: it is meant for the start.
  void restore(std::vector<ServerBan> bans);
  // Whom an operator's answer waits for; null: nobody. Set at the start, before the loops run.
  void set_keeper(Keeper* keeper) { keeper_ = keeper; }
  Keeper* keeper() const { return keeper_; }

 private:
  // With the lock.
  bool is_over(const ServerBan& ban) const { return ban.until != 0 && ban.until <= clock_(); }
  void forget_old();
  bool put(const ServerBan& ban);

  using OfOneLength = std::map<core::HostBytes, ServerBan>;

  const Clock clock_;
  Keeper* keeper_ = nullptr;
  mutable std::mutex mutex_;                              // of what follows
  std::map<unsigned, OfOneLength, std::greater<>> bans_;  // by the bits of the prefix
  std::size_t count_ = 0;
  std::vector<const Watch*> watches_;
};

}  // namespace server
