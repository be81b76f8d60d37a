// Bans by network: one map for each length of prefix, so that an address is looked up and not
// compared.
#include "server/ban_list.hpp"

#include <utility>

namespace server {

BanList::Watch::Watch(BanList& list, Told told) : list_(list), told_(std::move(told)) {
  const std::scoped_lock lock(list_.mutex_);
  list_.watches_.push_back(this);
}

BanList::Watch::~Watch() {
  const std::scoped_lock lock(list_.mutex_);
  std::erase(list_.watches_, this);
}

bool BanList::add(ServerBan ban) {
  const std::scoped_lock lock(mutex_);
  forget_old();
  if (!put(ban)) return false;
  for (const Watch* const watch : watches_) watch->told_(ban);
  return true;
}

bool BanList::remove(const core::Network& network) {
  const std::scoped_lock lock(mutex_);
  forget_old();
  const auto of_length = bans_.find(network.prefix_bits());
  if (of_length == bans_.end() || of_length->second.erase(network.bytes()) == 0) return false;
  if (of_length->second.empty()) bans_.erase(of_length);
  --count_;
  return true;
}

std::optional<ServerBan> BanList::find(const core::Address& address) const {
  if (address.size() == 0) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  for (const auto& [prefix_bits, bans] : bans_) {
    const auto found = bans.find(core::Network::around(address, prefix_bits).bytes());
    if (found != bans.end() && !is_over(found->second)) return found->second;
  }
  return std::nullopt;
}

std::optional<ServerBan> BanList::of(const core::Network& network) const {
  const std::scoped_lock lock(mutex_);
  const auto of_length = bans_.find(network.prefix_bits());
  if (of_length == bans_.end()) return std::nullopt;
  const auto found = of_length->second.find(network.bytes());
  if (found == of_length->second.end() || is_over(found->second)) return std::nullopt;
  return found->second;
}

std::vector<ServerBan> BanList::all() const {
  const std::scoped_lock lock(mutex_);
  std::map<std::pair<core::HostBytes, unsigned>, const ServerBan*> sorted;
  for (const auto& [prefix_bits, bans] : bans_) {
    for (const auto& [bytes, ban] : bans) {
      if (!is_over(ban)) sorted.emplace(std::pair(bytes, prefix_bits), &ban);
    }
  }
  std::vector<ServerBan> all;
  all.reserve(sorted.size());
  for (const auto& [place, ban] : sorted) all.push_back(*ban);
  return all;
}

void BanList::restore(std::vector<ServerBan> bans) {
  const std::scoped_lock lock(mutex_);
  bans_.clear();
  count_ = 0;
  for (const ServerBan& ban : bans) {
    if (!is_over(ban)) put(ban);
  }
}

void BanList::forget_old() {
  for (auto& [prefix_bits, bans] : bans_) {
    count_ -= std::erase_if(bans, [this](const auto& entry) { return is_over(entry.second); });
  }
  std::erase_if(bans_, [](const auto& of_length) { return of_length.second.empty(); });
}

bool BanList::put(const ServerBan& ban) {
  OfOneLength& bans = bans_[ban.network.prefix_bits()];
  const bool is_new = !bans.contains(ban.network.bytes());
  if (is_new && count_ == kMost) {
    if (bans.empty()) bans_.erase(ban.network.prefix_bits());
    return false;
  }
  bans.insert_or_assign(ban.network.bytes(), ban);
  if (is_new) ++count_;
  return true;
}

}  // namespace server
