// Publishing into a room's logs, and reading back from them.
#include "server/room.hpp"

#include <algorithm>
#include <utility>

namespace server {

void Digest::Crowd::add(std::string_view nick) {
  if (names.size() < kNamesMost) {
    names.emplace_back(nick);
  } else {
    ++others;
  }
}

void Digest::renamed(std::string_view from, std::string_view to) {
  if (renamed_++ > 0) return;
  renamed_from_ = from;
  renamed_to_ = to;
}

namespace {

// A replay is of messages. Told to the cursor that is to read it: a copy would not know.
void skip_notes(core::Cursor& cursor) {
  core::Cursor walk = cursor;
  core::Record kind{};
  while (!walk.at_end()) {
    const core::Position begin{.byte = walk.byte()};
    walk.next_record(kind);
    if (kind == core::Record::kNote) cursor.skip(begin, {.byte = walk.byte()});
  }
}

}  // namespace

Room::Room(std::string name, const Encoders& encoders)
    : name_(std::move(name)), encoders_(encoders) {}

std::unique_ptr<Membership> Room::add(User& user, std::size_t replay, std::size_t& replayed) {
  const RoomLog& log = logs_[index(user.dialect())];
  auto membership = std::make_unique<Membership>(*this, user, last_messages(log, replay, replayed));
  skip_notes(membership->source.cursor);
  membership->index = members_.size();
  members_.push_back(membership.get());
  return membership;
}

void Room::remove(Membership& membership) {
  HUBBUB_ASSERT(members_[membership.index] == &membership);
  members_[membership.index] = members_.back();
  members_[membership.index]->index = membership.index;
  members_.pop_back();
}

void Room::publish(const Event& event, core::Record kind, const std::tm& now, Membership* author) {
  static thread_local std::string bytes;
  for (std::size_t i = 0; i < kDialects; ++i) {
    bytes.clear();
    encoders_[i]->encode(event, now, bytes);
    core::Log& log = logs_[i].log;
    const core::Position begin = log.head();
    log.append(bytes, kind);
    if (author != nullptr && index(author->user.dialect()) == i) {
      author->source.cursor.skip(begin, log.head());
    }
  }
}

core::Cursor Room::last_messages(const RoomLog& from, std::size_t most, std::size_t& found) {
  const std::uint64_t retained = from.log.head().messages - from.oldest.position().messages;
  found = static_cast<std::size_t>(std::min<std::uint64_t>(most, retained));
  if (found == 0) return core::Cursor(from.log);

  core::Cursor start = from.oldest;
  start.pass_messages(retained - found);
  return start;
}

std::vector<std::string_view> Room::history(DialectId dialect, std::size_t most) const {
  std::size_t found = 0;
  core::Cursor walk = last_messages(logs_[index(dialect)], most, found);
  std::vector<std::string_view> lines;
  lines.reserve(found);
  core::Record kind{};
  while (!walk.at_end()) {
    const std::string_view line = walk.next_record(kind);
    if (kind == core::Record::kMessage) lines.push_back(line);
  }
  return lines;
}

void Room::trim_history(std::size_t bytes) {
  for (RoomLog& log : logs_) {
    core::Record kind{};
    while (log.oldest.lag_bytes(log.log) > bytes) log.oldest.next_record(kind);
  }
}

}  // namespace server
