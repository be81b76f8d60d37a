// What a simulated person makes of what it reads.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tests/sim/chat_client.hpp"

namespace sim {

namespace {

// What follows `prefix` in `text` up to `end`; nothing where it does not begin so.
std::optional<std::string> between(std::string_view text, std::string_view prefix, char end) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  return std::string(text.substr(0, text.find(end)));
}

}  // namespace

void ChatClient::line_came(std::string_view line) {
  if (line.starts_with("-- ")) {
    private_line(line.substr(3));
  } else {
    room_line(line);
  }
}

void ChatClient::room_line(std::string_view line) {
  const LineId id = evening().ledger.seen(line);
  if (!history_of_.empty()) return history_.push_back(id);
  const std::string_view rest = line.substr(std::min<std::size_t>(6, line.size()));
  Stay* const stay = stay_in(rest.substr(0, rest.find(' ')));
  if (stay == nullptr) {
    return evening().findings.add(fmt::format("{} sees a room it is not in: '{}'", nick_, line));
  }
  stay->items.push_back({.line = id});
  ++evening().happened["line"];
  if (stubborn_ && evening().reads_again) backlog_ += line.size() + 2;
}

Stay* ChatClient::stay_in(std::string_view room) {
  const auto found = std::find_if(current_stays_.begin(), current_stays_.end(),
                                  [&](const Stay* stay) { return stay->room == room; });
  return found == current_stays_.end() ? nullptr : *found;
}

void ChatClient::private_line(std::string_view line) {
  if (!history_of_.empty() && line == "end of history") return end_of_history();
  if (line.starts_with("error: ")) return error_line(line.substr(7));
  if (const auto room = between(line, "you are now in ", ' ')) return entered(*room);
  if (const auto room = between(line, "you left ", ';')) return exited(*room);
  if (line.starts_with("goodbye")) return goodbye(line);
  if (line.size() > 6 && line[2] == ':' && line[5] == ' ') return whisper_line(line.substr(6));
  if (line.starts_with("welcome to ")) {
    nick_ = line.substr(line.rfind(' ') + 1);
  } else if (line.starts_with("you are now known as ")) {
    nick_ = line.substr(21);
    evening().nicks.push_back(nick_);
    if (stubborn_) evening().deaf = nick_;
  } else if (line.starts_with("the last ")) {
    const std::size_t of = line.find(" of #");
    if (of != std::string_view::npos) {
      history_of_ = line.substr(of + 4, line.size() - of - 5);
    } else if (entered_last_ != nullptr) {
      const std::size_t count = std::strtoul(line.data() + 9, nullptr, 10);
      entered_last_->replayed = count == 0 ? 1 : count;
      ++evening().happened["replay"];
    }
  } else if (line.find(" missed in #") != std::string_view::npos) {
    missed(line);
  }
}

void ChatClient::end_of_history() {
  evening().ledger.check_history(std::exchange(history_of_, {}), std::exchange(history_, {}));
  ++evening().happened["history"];
}

void ChatClient::entered(std::string room) {
  Stay& stay = stays_.emplace_back();
  stay.room = std::move(room);
  stay.who = nick_;
  stay.joined = {nick_, joinings_[{stay.room, nick_}]++};
  if (stay_in(stay.room) != nullptr) evening().findings.add(nick_ + " is in a room twice");
  stay_numbers_[&stay] = stays_in_[stay.room]++;
  current_stays_.push_back(&stay);
  entered_last_ = &stay;
}

void ChatClient::exited(const std::string& room) {
  Stay* const stay = stay_in(room);
  if (stay == nullptr) return evening().findings.add(nick_ + " left a room it was not in");
  stay->left = {nick_, leavings_[{room, nick_}]++};
  ++evening().happened["leaving"];
  std::erase(current_stays_, stay);
  if (entered_last_ == stay) entered_last_ = nullptr;
}

// "3 messages missed in #room (you were reading too slowly)"
void ChatClient::missed(std::string_view line) {
  const std::size_t begin = line.find('#');
  const std::string_view room = line.substr(begin, line.find(' ', begin) - begin);
  const std::uint64_t count = std::strtoull(line.data(), nullptr, 10);
  Stay* const stay = stay_in(room);
  if (stay == nullptr || count == 0) {
    return evening().findings.add(fmt::format("{}: a notice of no gap: '{}'", nick_, line));
  }
  stay->items.push_back({.missed = count});
  ++evening().happened["gap"];
}

// "alice tells you: ..." and "you tell alice: ..."
void ChatClient::whisper_line(std::string_view line) {
  if (const auto to = between(line, "you tell ", ':')) {
    const std::string words(line.substr(std::min(line.size(), 9 + to->size() + 2)));
    if (whispers_.empty() || whispers_.front() != words) {
      return evening().findings.add(fmt::format("{}: an answer out of order: '{}'", nick_, line));
    }
    whispers_.pop_front();
    return evening().ledger.whisper_answered(words, true);
  }
  const std::size_t tells = line.find(" tells you: ");
  if (tells == std::string_view::npos) {
    return evening().findings.add(fmt::format("{}: not understood: '{}'", nick_, line));
  }
  ++evening().happened["whisper"];
  evening().ledger.told(std::string(line.substr(tells + 12)), std::string(line.substr(0, tells)),
                        nick_);
}

void ChatClient::error_line(std::string_view line) {
  if (const std::size_t end = line.find(" did not get your line"); end != line.npos) {
    ++evening().happened["undelivered"];
    return evening().ledger.whisper_undelivered(std::string(line.substr(0, end)));
  }
  const bool refused = line.starts_with("nobody here is called ") ||
                       line.find(" has too many unread lines ") != std::string_view::npos;
  if (refused && !whispers_.empty()) {
    if (line.find("too many unread") != line.npos) ++evening().happened["refused whisper"];
    evening().ledger.whisper_answered(whispers_.front(), false);
    return whispers_.pop_front();
  }
  if (!refused) ++evening().happened[std::string(line.substr(0, 18))];
  if (line.starts_with("the server is full") && evening().may_be_full) {
    may_end_ = true;
    actions_ = 0;
    return;
  }
  if (line.starts_with("that line was too long") || line.starts_with("you are in no room")) return;
  evening().findings.add(fmt::format("{}: unexpected: '{}'", nick_, line));
}

void ChatClient::goodbye(std::string_view line) {
  ++evening().happened[std::string(line)];
  told_goodbye_ = true;
  actions_ = 0;
  const bool lagged = line == "goodbye: reading too slowly" && evening().lag_disconnects;
  const bool asked = line == "goodbye" && left_;
  const bool shuts = line == "goodbye: the server is shutting down" && evening().shutting_down;
  const bool deaf = line == "goodbye: not reading" && !prompt_;
  may_end_ = true;
  if (lagged || asked || shuts || deaf) return;
  evening().findings.add(fmt::format("{} was told '{}'", nick_, line));
}

void ChatClient::check(bool complete) {
  for (Stay& stay : stays_) {
    stay.own.clear();
    stay.muted.clear();
    const auto said = said_.find({stay.room, stay_numbers_[&stay]});
    if (said != said_.end()) {
      for (const Said& one : said->second) {
        stay.own.push_back(one.line);
        if (one.muted) stay.muted.push_back(one.line);
      }
    }
    evening().ledger.check(stay, complete);
  }
}

}  // namespace sim
