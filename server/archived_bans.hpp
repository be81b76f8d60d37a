// The server's bans in the archive, so that they survive a restart.
#pragma once

#include <cstdint>
#include <vector>

#include "server/archive.hpp"
#include "server/ban_list.hpp"

namespace server {

// Thread: any. The archive must be open and outlive it; the list must outlive the archive.
// Limits: beside those of the list there are only such as were over after the last ban was added.
class ArchivedBans final : public BanList::Keeper {
 public:
  ArchivedBans(Archive& archive, const BanList& bans) : archive_(archive), bans_(bans) {}

  // For the start. Strikes out those that are over; what is no ban of a network is left out. Throws
  // StoreError.
  std::vector<ServerBan> load();

  core::Task<Kept> write_down(core::Network network) override;

 private:
  void strike_out_old(std::int64_t now);

  Archive& archive_;
  const BanList& bans_;
};

}  // namespace server
