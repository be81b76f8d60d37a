// Reading the server's sentences. They are matched by the few words that carry the meaning, so
// that a sentence may say more.
#include "client/terminal/session_view.hpp"

#include <algorithm>

#include "client/terminal/server_line.hpp"
#include "client/terminal/words.hpp"
#include "core/ascii.hpp"

namespace client {
namespace {

// Takes the next word of a text, without a comma or semicolon behind it.
std::string_view take_name(std::string_view& text) {
  std::string_view word = take_word(text);
  while (word.ends_with(',') || word.ends_with(';')) word.remove_suffix(1);
  return word;
}

// The word behind the last `phrase` in a text; empty where the phrase is not.
std::string_view word_after(std::string_view text, std::string_view phrase) {
  const std::size_t at = text.rfind(phrase);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + phrase.size());
  return take_name(text);
}

bool is_room(std::string_view word) {
  return word.size() > 1 && word.front() == '#';
}

// A word of an enumeration such as "alice, bob and 38 others": no name begins with a digit.
bool is_count(std::string_view word) {
  return !word.empty() && core::is_digit(word.front());
}

// "@alice" is an operator, "+bob" has a voice; no name begins so.
std::string_view without_role(std::string_view listed) {
  if (listed.starts_with('@') || listed.starts_with('+')) listed.remove_prefix(1);
  return listed;
}

}  // namespace

void SeenNames::see(std::string_view name) {
  if (name.empty() || name.size() > kNameMost) return;
  const auto known = std::find_if(names_.begin(), names_.end(),
                                  [&](const std::string& one) { return same_name(one, name); });
  if (known != names_.end()) {
    *known = name;
    std::rotate(names_.begin(), known, known + 1);
    return;
  }
  if (names_.size() == kMost) names_.pop_back();
  names_.emplace(names_.begin(), name);
}

void SeenNames::forget(std::string_view name) {
  std::erase_if(names_, [&](const std::string& one) { return same_name(one, name); });
}

void SessionView::reset() {
  nick_.clear();
  chosen_nick_.clear();
  room_.clear();
  joined_ = {};
}

void SessionView::observe(const ServerLine& line) {
  switch (line.kind) {
    case LineKind::kSaid:
    case LineKind::kActed:
      nicks_.see(line.nick);
      rooms_.see(line.room);
      return;
    case LineKind::kTold:
      return nicks_.see(line.nick);
    case LineKind::kRoomNotice:
      return observe_room_notice(line.text);
    case LineKind::kNotice:
      return observe_notice(line.text);
    case LineKind::kError:
    case LineKind::kOther:
      return;
  }
}

// "alice, bob and 38 others joined", "alice left (bye)", "alice is now known as bob". Behind a name
// that no comma follows stands "and" or what they did; a text somebody wrote stands behind a colon.
void SessionView::observe_room_notice(std::string_view text) {
  std::vector<std::string_view> names;
  for (bool more = true; more && !text.empty();) {
    const bool had_comma = text.substr(0, text.find(' ')).ends_with(',');
    const std::string_view name = take_name(text);
    if (is_count(name)) {
      take_word(text);  // "others", "people"
    } else {
      names.push_back(name);
    }
    more = had_comma || take_prefix(text, "and ");
  }
  if (text == "joined") {
    for (const std::string_view name : names) nicks_.see(name);
  } else if (text == "left" || text.starts_with("left (")) {
    for (const std::string_view name : names) nicks_.forget(name);
  } else if (take_prefix(text, "is now known as ") && names.size() == 1) {
    nicks_.forget(names.front());
    nicks_.see(take_name(text));
  }
}

void SessionView::observe_row(std::string_view text) {
  const bool goes_on = text.starts_with("   ");  // where the row before it was too long
  if (list_ == List::kMembers) {
    while (!text.empty()) {
      const std::string_view word = take_name(text);
      if (is_count(word)) {
        take_word(text);
      } else if (word != "and") {
        nicks_.see(without_role(word));
      }
    }
  } else if (list_ == List::kRooms && !goes_on) {
    if (const std::string_view word = take_name(text); is_room(word)) rooms_.see(word);
  }
}

void SessionView::observe_notice(std::string_view text) {
  if (text.starts_with("  ")) return observe_row(text);
  const bool heads_members = text.ends_with(':') && is_room(word_after(text, " in "));
  const bool heads_rooms = is_count(text) && (text.ends_with(" rooms:") || text == "1 room:");
  list_ = heads_members && is_count(text) ? List::kMembers
          : heads_rooms                   ? List::kRooms
                                          : List::kNone;

  if (text.starts_with("welcome to ")) nick_ = word_after(text, "; you are ");
  if (!text.starts_with("you ")) return;
  if (const std::string_view nick = word_after(text, "you are now known as "); !nick.empty()) {
    nick_ = nick;
    chosen_nick_ = nick;
    return;
  }
  if (const std::string_view left = word_after(text, "you left "); is_room(left)) {
    joined_.forget(left);
    if (same_name(left, room_)) room_.clear();
  }
  if (const std::string_view room = word_after(text, " in "); is_room(room)) enter(room);
}

void SessionView::enter(std::string_view room) {
  room_ = room.substr(0, SeenNames::kNameMost);
  joined_.see(room_);
  rooms_.see(room_);
}

}  // namespace client
