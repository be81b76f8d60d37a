// Publishing into a room's logs, and reading back from them.
#include "server/room.hpp"

#include <algorithm>
#include <utility>

#include "server/fanout.hpp"

namespace server {

Room::Room(std::string name, const Encoders& encoders, std::size_t history, Quota::Share share)
    : name_(std::move(name)), encoders_(encoders), history_(history), share_(std::move(share)) {}

Audience& Room::audience_of(Fanout& home) {
  for (const auto& audience : audiences_) {
    if (&audience->fanout() == &home) return *audience;
  }
  return *audiences_.emplace_back(std::make_unique<Audience>(*this, home));
}

HouseRules& Room::make_rules() {
  if (!rules_) rules_ = std::make_unique<HouseRules>();
  return *rules_;
}

std::unique_ptr<Membership> Room::add(User& user, Fanout& home, std::size_t replay,
                                      std::size_t& replayed) {
  const std::scoped_lock lock(mutex_);
  Audience& audience = audience_of(home);
  RoomLog& log = logs_[index(user.dialect())];
  auto membership =
      std::make_unique<Membership>(audience, user, begin_reading(log, replay, replayed));
  audience.add(*membership);
  members_.fetch_add(1, std::memory_order_relaxed);
  return membership;
}

void Room::remove(Membership& membership) {
  const std::scoped_lock lock(mutex_);
  membership.audience.remove(membership);
  members_.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t Room::publish(const Event& event, core::Record kind, const std::tm& now, Fanout& home,
                          Membership* author) {
  static thread_local std::array<std::string, kDialects> encoded;
  for (std::size_t i = 0; i < kDialects; ++i) {
    encoded[i].clear();
    encoders_[i]->encode(event, now, encoded[i]);
  }
  std::size_t readers = 0;
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < kDialects; ++i) {
      auto& [log, oldest, forgotten, replay] = logs_[i];
      const core::Position begin = log.head();
      log.append(encoded[i], kind);
      if (author != nullptr && index(author->user.dialect()) == i) {
        author->cursor.skip(begin, log.head());
      }
      core::Record old{};
      while (oldest.lag_bytes(log) > history_) {
        oldest.advance(oldest.peek(old).size());
        if (old == core::Record::kMessage) ++forgotten;
      }
      if (replay && replay->byte() < oldest.byte()) replay.reset();
    }
    for (const auto& audience : audiences_) {
      if (audience->members().empty()) continue;
      readers += audience->members().size();
      home.published(*audience);
    }
  }
  return readers - (author != nullptr ? 1 : 0);
}

core::Cursor Room::newest(DialectId dialect) const {
  const std::scoped_lock lock(mutex_);
  return core::Cursor(logs_[index(dialect)].log);
}

core::Cursor Room::begin_reading(RoomLog& log, std::size_t most, std::size_t& found) {
  if (!log.replay || !log.replay->serves(log.log, most)) {
    const core::Cursor begin = last_messages(log, most, found);
    if (found == 0) return begin;
    log.replay = std::make_unique<Replay>(begin, most);
  }
  return log.replay->cursor(log.log, found);
}

core::Cursor Room::last_messages(const RoomLog& from, std::size_t most, std::size_t& found) {
  const std::uint64_t retained = from.log.head().messages - from.forgotten;
  found = static_cast<std::size_t>(std::min<std::uint64_t>(most, retained));
  if (found == 0) return core::Cursor(from.log);

  core::Cursor start = from.oldest;
  start.pass_messages(retained - found);
  return start;
}

Room::History Room::history(DialectId dialect, std::size_t most) const {
  std::size_t found = 0;
  const auto begin = [&] {
    const std::scoped_lock lock(mutex_);
    return last_messages(logs_[index(dialect)], most, found);
  };
  History history{.keeps = begin(), .lines = {}};
  history.lines.reserve(found);
  core::Cursor walk = history.keeps;
  core::Record kind{};
  while (history.lines.size() < found) {
    const std::string_view line = walk.peek(kind);
    if (kind == core::Record::kMessage) history.lines.push_back(line);
    walk.advance(line.size());
  }
  return history;
}

}  // namespace server
