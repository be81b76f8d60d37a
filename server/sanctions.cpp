// A list, and looking through it.
#include "server/sanctions.hpp"

#include <algorithm>
#include <utility>

#include "core/ascii.hpp"
#include "core/assert.hpp"

namespace server {

namespace {

bool is_over(const Sanction& sanction, std::time_t now) {
  return sanction.until != 0 && sanction.until <= now;
}

bool is_named(std::string_view name, std::string_view by) {
  return !name.empty() && core::equal_ignoring_case(name, by);
}

// Known to be against two people, who have had the same nick one after the other.
bool are_of_two(const Sanction& one, const Sanction& other) {
  const bool have_accounts = !one.account.empty() && !other.account.empty();
  if (have_accounts && !core::equal_ignoring_case(one.account, other.account)) return true;
  return one.visitor && other.visitor && one.visitor != other.visitor && one.visitor->is_here;
}

// Against the same, as far as is known of somebody who may be away.
bool are_same(const Sanction& one, const Sanction& other) {
  if (!core::equal_ignoring_case(one.nick, other.nick) || are_of_two(one, other)) return false;
  const bool may_be_known = !other.nick.empty() && !(one.network && other.network);
  return may_be_known || one.network == other.network;
}

}  // namespace

void Sanctions::forget_old(std::time_t now) {
  std::erase_if(entries_, [now](const Entry& entry) { return is_over(entry.sanction, now); });
}

bool Sanctions::replace(const Sanction& sanction, std::time_t now) {
  forget_old(now);
  const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) {
    return are_same(one.sanction, sanction);
  });
  if (same == entries_.end()) return false;
  Sanction old = std::exchange(same->sanction, sanction);
  if (sanction.account.empty()) same->sanction.account = std::move(old.account);
  if (!sanction.visitor) same->sanction.visitor = std::move(old.visitor);
  if (!sanction.network) same->sanction.network = old.network;
  return true;
}

bool Sanctions::is_full(std::time_t now) {
  forget_old(now);
  return entries_.size() >= kMost;
}

void Sanctions::add(const Sanction& sanction, Quota::Share share) {
  HUBBUB_ASSERT(entries_.size() < kMost);
  entries_.push_back({sanction, std::move(share)});
}

bool Sanctions::remove(std::string_view whom, std::time_t now) {
  forget_old(now);
  const auto network = core::Network::parse(whom);
  return std::erase_if(entries_, [&](const Entry& entry) {
           const Sanction& sanction = entry.sanction;
           return is_named(sanction.nick, whom) || is_named(sanction.account, whom) ||
                  (network && sanction.network == network);
         }) > 0;
}

std::vector<Sanction> Sanctions::lift(const Suspect& who, std::time_t now) {
  forget_old(now);
  std::vector<Sanction> lifted;
  std::erase_if(entries_, [&](Entry& entry) {
    if (!concerns(entry.sanction, who)) return false;
    lifted.push_back(std::move(entry.sanction));
    return true;
  });
  return lifted;
}

const Sanction* Sanctions::find(const Suspect& who, std::time_t now) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return !is_over(entry.sanction, now) && concerns(entry.sanction, who);
  });
  return found == entries_.end() ? nullptr : &found->sanction;
}

bool Sanctions::concerns(const Sanction& sanction, const Suspect& who) {
  return is_named(sanction.nick, who.nick) || is_named(sanction.account, who.account) ||
         (sanction.visitor != nullptr && sanction.visitor == who.visitor) ||
         (sanction.network && sanction.network->contains(who.address));
}

void Sanctions::rename(const Visitor& who, std::string_view to) {
  for (Entry& entry : entries_) {
    if (entry.sanction.visitor == who) entry.sanction.nick = to;
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
