// Finding a place, and closing the gap that somebody leaves.
#include "server/user_index.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sodium.h>

#include "core/ascii.hpp"
#include "core/assert.hpp"
#include "server/names.hpp"
#include "server/user.hpp"

namespace server {
namespace {

// With a key of this process, so that nobody can choose nicks that meet in one place; and without
// any memory, so that nobody is lost where there is none.
std::size_t hash(std::string_view nick) noexcept {
  using Key = std::array<unsigned char, crypto_shorthash_KEYBYTES>;
  static const Key key = [] {
    Key random;
    ::crypto_shorthash_keygen(random.data());
    return random;
  }();
  HUBBUB_ASSERT(nick.size() <= kNickMaxBytes);
  std::array<unsigned char, kNickMaxBytes> folded;
  std::transform(nick.begin(), nick.end(), folded.begin(),
                 [](char c) { return static_cast<unsigned char>(core::lowered(c)); });
  std::size_t hash = 0;
  static_assert(sizeof hash == crypto_shorthash_BYTES);
  ::crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), folded.data(), nick.size(),
                     key.data());
  return hash;
}

}  // namespace

std::size_t UserIndex::home_of(std::string_view nick) const {
  return hash(nick) & (slots_.size() - 1);
}

std::size_t UserIndex::slot_of(std::string_view nick) const {
  std::size_t slot = home_of(nick);
  while (slots_[slot] != nullptr && !core::equal_ignoring_case(slots_[slot]->nick(), nick)) {
    slot = next(slot);
  }
  return slot;
}

User* UserIndex::find(std::string_view nick) const {
  return slots_.empty() || nick.size() > kNickMaxBytes ? nullptr : slots_[slot_of(nick)];
}

void UserIndex::insert(User& user) {
  if (4 * (size_ + 1) > 3 * slots_.size()) grow();
  const std::size_t slot = slot_of(user.nick());
  HUBBUB_ASSERT(slots_[slot] == nullptr);
  slots_[slot] = &user;
  ++size_;
}

void UserIndex::grow() {
  std::vector<User*> old(std::max(kLeastSlots, 2 * slots_.size()));
  old.swap(slots_);
  for (User* const user : old) {
    if (user != nullptr) slots_[slot_of(user->nick())] = user;
  }
}

// Whoever stands further on and could not be found across the gap moves into it, which leaves
// another one.
void UserIndex::erase(const User& user) noexcept {
  HUBBUB_ASSERT(find(user.nick()) == &user);
  std::size_t gap = slot_of(user.nick());
  slots_[gap] = nullptr;
  --size_;
  for (std::size_t slot = next(gap); slots_[slot] != nullptr; slot = next(slot)) {
    const std::size_t mask = slots_.size() - 1;
    const std::size_t home = home_of(slots_[slot]->nick());
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
    slots_[gap] = std::exchange(slots_[slot], nullptr);
    gap = slot;
  }
}

}  // namespace server
