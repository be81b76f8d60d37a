// What is typed is read as the server reads it; what the server answers, by its sentences.
#include "client/terminal/room_keys.hpp"

#include <algorithm>
#include <utility>

#include "client/terminal/preferences.hpp"
#include "client/terminal/words.hpp"
#include "core/text.hpp"

namespace client {
namespace {

// Null: there is none.
template <class Entries>
auto find_in(Entries& entries, std::string_view room) -> decltype(entries.data()) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [room](const auto& one) { return same_name(one.room, room); });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

bool RoomKeys::fits(std::string_view word) {
  return !word.empty() && word.size() <= kBytesMost;
}

RoomKeys::Entry& RoomKeys::entry_of(std::string_view room) {
  if (Entry* const known = find_in(entries_, room)) return *known;
  if (entries_.size() == kMost) entries_.erase(entries_.begin());
  return entries_.emplace_back(
      Entry{.room = std::string(room), .known = {}, .offered = {}, .set = {}});
}

void RoomKeys::give(std::string_view room, std::string_view key) {
  if (fits(room) && fits(key)) entry_of(room).known = key;
}

void RoomKeys::typed(std::string_view line, std::string_view room) {
  std::string safe;
  core::sanitize(line, safe);
  std::string_view rest = safe;
  const std::string_view command = take_word(rest);
  const std::string_view word = take_word(rest);
  if (same_name(command, "/key")) {
    if (fits(word) && fits(room) && !same_name(word, "off")) entry_of(room).set = word;
    return;
  }
  if (!same_name(command, "/join") && !same_name(command, "/j")) return;
  const std::string_view key = take_word(rest);
  if (fits(word) && fits(key)) entry_of(with_room_mark(word)).offered = key;
}

void RoomKeys::observe(const ServerLine& line, std::string_view own_nick) {
  if (line.kind == LineKind::kRoomNotice) {
    std::string_view rest = line.text;
    if (!same_name(take_word(rest), own_nick)) return;
    Entry* const entry = find_in(entries_, line.room);
    if (entry == nullptr) return;
    if (rest.starts_with("gave the room a key")) entry->known = std::exchange(entry->set, {});
    return;
  }
  std::string_view rest = line.text;
  if (line.kind == LineKind::kError && take_prefix(rest, "that is not the key of ")) {
    if (Entry* const entry = find_in(entries_, take_word(rest))) entry->offered.clear();
  }
  if (line.kind != LineKind::kNotice) return;
  if (take_prefix(rest, "you are now in ")) {
    Entry* const entry = find_in(entries_, take_word(rest));
    if (entry != nullptr && !entry->offered.empty()) {
      entry->known = std::exchange(entry->offered, {});
    }
  } else if (take_prefix(rest, "you are talking in ")) {  // it was not looked at
    if (Entry* const entry = find_in(entries_, take_word(rest))) entry->offered.clear();
  } else if (take_prefix(rest, "the key of ")) {
    const std::string_view room = take_word(rest);
    if (take_prefix(rest, "is: ") && fits(room) && fits(rest)) entry_of(room).known = rest;
  }
}

std::string_view RoomKeys::of(std::string_view room) const {
  const Entry* const entry = find_in(entries_, room);
  return entry == nullptr ? std::string_view() : std::string_view(entry->known);
}

}  // namespace client
