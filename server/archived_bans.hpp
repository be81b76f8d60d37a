// The server's bans in the archive, so that they survive a restart.
#pragma once

#include <string>
#include <vector>

#include "server/archive.hpp"
#include "server/ban_list.hpp"

namespace server {

// Thread: any. The archive must be open, and outlive it.
class ArchivedBans final : public BanList::Keeper {
 public:
  explicit ArchivedBans(Archive& archive) : archive_(archive) {}

  // For the start. What is in the archive and is no ban of a network is left out. Throws
  // StoreError.
  std::vector<ServerBan> load();

  core::Task<std::string> keep(ServerBan ban) override;
  core::Task<std::string> forget(core::Network network) override;

 private:
  Archive& archive_;
};

}  // namespace server
