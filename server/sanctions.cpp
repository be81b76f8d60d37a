// A list, and looking through it.
#include "server/sanctions.hpp"

#include <algorithm>
#include <utility>

#include "server/names.hpp"

namespace server {

namespace {

bool is_over(const Sanction& sanction, std::time_t now) {
  return sanction.until != 0 && sanction.until <= now;
}

}  // namespace

void Sanctions::forget_old(std::time_t now) {
  std::erase_if(entries_, [now](const Entry& entry) { return is_over(entry.sanction, now); });
}

bool Sanctions::add(Sanction sanction, std::time_t now) {
  forget_old(now);
  Entry entry{std::move(sanction), {}};
  entry.folded = folded(entry.sanction.nick);
  const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) {
    if (!entry.folded.empty()) return one.folded == entry.folded;
    return one.folded.empty() && one.sanction.network == entry.sanction.network;
  });
  if (same != entries_.end()) {
    *same = std::move(entry);
    return true;
  }
  if (entries_.size() == kMost) return false;
  entries_.push_back(std::move(entry));
  return true;
}

bool Sanctions::remove(std::string_view whom, std::time_t now) {
  forget_old(now);
  const std::string nick = folded(whom);
  const auto network = core::Network::parse(whom);
  return std::erase_if(entries_, [&](const Entry& entry) {
           return entry.folded == nick || (network && entry.sanction.network == network);
         }) > 0;
}

const Sanction* Sanctions::find(std::string_view nick, const core::Address& address,
                                std::time_t now) const {
  if (entries_.empty()) return nullptr;
  const std::string name = folded(nick);
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const Sanction& sanction = entry.sanction;
    if (is_over(sanction, now)) return false;
    return entry.folded == name || (sanction.network && sanction.network->contains(address));
  });
  return found == entries_.end() ? nullptr : &found->sanction;
}

void Sanctions::rename(std::string_view from, std::string_view to) {
  const std::string old = folded(from);
  for (Entry& entry : entries_) {
    if (entry.folded != old) continue;
    entry.sanction.nick = to;
    entry.folded = folded(to);
  }
}

std::vector<const Sanction*> Sanctions::all(std::time_t now) const {
  std::vector<const Sanction*> all;
  for (const Entry& entry : entries_) {
    if (!is_over(entry.sanction, now)) all.push_back(&entry.sanction);
  }
  return all;
}

}  // namespace server
