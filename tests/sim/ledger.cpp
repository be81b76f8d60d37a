// Comparing what each person saw with what there was.
#include "tests/sim/ledger.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sim {

namespace {

// "12:03 #room ..." without its time; empty where it has none.
std::string_view without_time(std::string_view line) {
  constexpr std::size_t kTime = 6;
  const bool timed = line.size() > kTime && line[2] == ':' && line[5] == ' ' && line[6] == '#';
  return timed ? line.substr(kTime) : std::string_view();
}

}  // namespace

LineId Ledger::said(const std::string& line) {
  ++messages_;
  const auto id = static_cast<LineId>(lines_.size());
  lines_.push_back({.text = line, .is_message = true});
  if (!ids_.emplace(line, id).second) findings_.add("the simulation repeats itself: " + line);
  return id;
}

// A last line is said as far as it came, where its author ends in order. What was cut inside a
// character ends with a replacement.
bool Ledger::was_begun(std::string_view line) const {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  while (line.ends_with(kReplacement)) line.remove_suffix(kReplacement.size());
  // Of a line that is too long to be said whole, which has nothing else.
  const std::size_t text = line.find("> ");
  if (text != std::string_view::npos &&
      line.find_first_not_of('x', text + 2) == std::string_view::npos) {
    return true;
  }
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const Line& one) { return one.is_message && one.text.starts_with(line); });
}

LineId Ledger::seen(std::string_view whole) {
  const std::string line(without_time(whole));
  if (line.empty()) findings_.add(fmt::format("garbled: '{}'", whole));
  const auto found = ids_.find(line);
  if (found != ids_.end()) return found->second;
  const std::size_t room_end = line.find(' ');
  const bool is_note = room_end != std::string::npos && line.compare(room_end, 4, " -- ") == 0;
  if (!is_note && !was_begun(line)) findings_.add(fmt::format("nobody said '{}'", whole));
  const auto id = static_cast<LineId>(lines_.size());
  lines_.push_back({.text = line, .is_message = !is_note});
  ids_.emplace(line, id);
  return id;
}

void Ledger::scribe_saw(const std::string& room, LineId id) {
  Truth& truth = truths_[room];
  Line& line = lines_[id];
  if (line.is_message) {
    if (std::exchange(line.in_truth, true)) {
      findings_.add(fmt::format("'{}' was published twice", line.text));
    }
    line.index = static_cast<std::uint32_t>(truth.lines.size());
  } else {
    const std::string_view words = std::string_view(line.text).substr(room.size() + 4);
    const std::string nick(words.substr(0, words.find(' ')));
    const std::string_view verb = words.substr(std::min(nick.size() + 1, words.size()));
    if (verb == "joined") truth.joined[nick].push_back(truth.lines.size());
    if (verb == "left" || verb.starts_with("left (")) {
      truth.left[nick].push_back(truth.lines.size());
    }
  }
  truth.lines.push_back(id);
}

// --- Whispers. ---

void Ledger::whispered(const std::string& text, const std::string& by, const std::string& to) {
  whispers_[text].by = by;
  whispers_[text].to = to;
}

void Ledger::told(const std::string& text, const std::string& by, const std::string& to) {
  const auto found = whispers_.find(text);
  if (found == whispers_.end()) {
    const auto begun = whispers_.lower_bound(text);  // a last line is obeyed as far as it came
    if (begun != whispers_.end() && begun->first.starts_with(text)) return;
    return findings_.add(fmt::format("{} tells {} what nobody said: '{}'", by, to, text));
  }
  Whisper& whisper = found->second;
  // It may have a new name by then, which begins like the old one.
  const auto person = [](const std::string& nick) { return nick.substr(0, nick.find('_')); };
  if (person(whisper.to) != person(to)) {
    findings_.add(fmt::format("'{}' was for {} and went to {}", text, whisper.to, to));
  }
  if (++whisper.deliveries > 1) findings_.add(fmt::format("'{}' came twice", text));
  if (whisper.accepted == false) findings_.add(fmt::format("'{}' was refused and came", text));
}

void Ledger::whisper_answered(const std::string& text, bool accepted) {
  Whisper& whisper = whispers_[text];
  whisper.accepted = accepted;
  if (!accepted && whisper.deliveries > 0) {
    findings_.add(fmt::format("'{}' came and was refused", text));
  }
}

// --- Rooms. ---

void Ledger::complain(const Stay& stay, const std::string& what) {
  findings_.add(fmt::format("{} in {}: {}", stay.who, stay.room, what));
}

void Ledger::check_history(const std::string& room, const std::vector<LineId>& lines) {
  const auto truth = truths_.find(room);
  if (truth == truths_.end() || scribe_missed_) return;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines_[lines[i]].is_message) findings_.add("a history has notes: " + room);
    if (i == 0) continue;
    // Nothing but notes may stand between two neighbours.
    const std::uint32_t last = lines_[lines[i - 1]].index;
    const std::uint32_t next = lines_[lines[i]].index;
    const auto& all = truth->second.lines;
    if (!lines_[lines[i]].in_truth || !lines_[lines[i - 1]].in_truth) continue;  // not there yet
    if (next <= last || std::any_of(all.begin() + last + 1, all.begin() + next,
                                    [&](LineId id) { return lines_[id].is_message; })) {
      findings_.add(
          fmt::format("the history of {} is out of order at '{}'", room, lines_[lines[i]].text));
    }
  }
}

void Ledger::check(const Stay& stay, bool complete) {
  const auto truth = truths_.find(stay.room);
  if (truth == truths_.end() || scribe_missed_) return;
  check_order(stay, truth->second);
  check_messages(stay, truth->second, complete);
}

// Others leave after it, and on several loops some still talk.
bool Ledger::came_after_the_scribe(const Line& line) const {
  return scribe_left_ && (!line.is_message || (several_loops_ && !line.in_truth));
}

// A gap may cover those too.
std::size_t Ledger::said_after_the_scribe() const {
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(),
      [&](const Line& line) { return line.is_message && came_after_the_scribe(line); }));
}

// Everything it saw, notes too, came in the room's order.
void Ledger::check_order(const Stay& stay, const Truth& truth) {
  auto at = truth.lines.begin();
  for (const Stay::Item& item : stay.items) {
    if (item.missed > 0) continue;
    at = std::find(at, truth.lines.end(), item.line);
    if (at == truth.lines.end()) {
      if (came_after_the_scribe(lines_[item.line])) return;
      return complain(stay, fmt::format("'{}' is out of the room's order, or not of it",
                                        lines_[item.line].text));
    }
    ++at;
  }
}

std::optional<std::size_t> Ledger::place(
    const std::map<std::string, std::vector<std::size_t>>& places,
    const std::pair<std::string, std::size_t>& which) const {
  if (!tells_each_joining_) return std::nullopt;
  const auto found = places.find(which.first);
  if (found == places.end() || which.second >= found->second.size()) return std::nullopt;
  return found->second[which.second];
}

// Every message once, or in the count of a gap.
void Ledger::check_messages(const Stay& stay, const Truth& truth, bool complete) {
  // How many messages that it is to see stand before each place of the truth.
  std::vector<std::size_t> rank;
  std::vector<LineId> expected;
  for (const LineId id : truth.lines) {
    rank.push_back(expected.size());
    const bool muted = std::find(stay.muted.begin(), stay.muted.end(), id) != stay.muted.end();
    if (lines_[id].is_message && !muted) expected.push_back(id);
  }
  rank.push_back(expected.size());

  const auto join = place(truth.joined, stay.joined);
  std::optional<std::size_t> at;
  if (join) {
    if (rank[*join] < stay.replayed) return complain(stay, "more was replayed than there was");
    at = rank[*join] - stay.replayed;
  }
  std::size_t gap = 0;
  for (const Stay::Item& item : stay.items) {
    if (item.missed > 0) {
      gap += item.missed;
      continue;
    }
    const Line& line = lines_[item.line];
    if (!line.is_message) continue;
    if (came_after_the_scribe(line)) return;
    if (!line.in_truth) return complain(stay, fmt::format("'{}' is of another room", line.text));
    const std::size_t found = rank[line.index];
    if (!at && found < gap) return complain(stay, "a gap is longer than what was before it");
    if (!at) at = found - gap;
    if (*at + gap != found || expected[found] != item.line) {
      return complain(stay, fmt::format("message {} came where {} was due, after a gap of {}: '{}'",
                                        found, *at + gap, gap, line.text));
    }
    at = found + 1;
    gap = 0;
  }
  for (const LineId id : complete || stay.left ? stay.own : std::vector<LineId>()) {
    const Line& line = lines_[id];
    if (!line.in_truth && !came_after_the_scribe(line)) {
      complain(stay, "was not heard: " + line.text);
    }
  }
  if (!at) return;  // it saw nothing, and nobody knows since when it was there
  *at += gap;
  if (*at > expected.size()) {
    if (*at - expected.size() <= said_after_the_scribe()) return;
    return complain(stay, "a gap is longer than what there was");
  }
  const auto left = stay.left ? place(truth.left, *stay.left) : std::nullopt;
  if (left && *at != rank[*left]) {
    complain(stay, fmt::format("left after message {} and had come to {}", rank[*left], *at));
  }
  if (complete && !stay.left && *at != expected.size()) {
    complain(stay, fmt::format("got {} of {} messages", *at, expected.size()));
  }
  // It left after the last line of its own.
  if ((complete || stay.left) && !stay.own.empty() && lines_[stay.own.back()].in_truth &&
      *at < rank[lines_[stay.own.back()].index]) {
    complain(stay, "did not get what was said before its own last line");
  }
}

}  // namespace sim
