// Listening, and nothing else.
#include "tests/sim/scribe.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sim {

Scribe::Scribe(Crowd& crowd, Evening& evening) : ChatProgram(crowd, evening) {
  type("/nick scribe\r\n");
  for (std::size_t i = 1; i < evening.rooms.size(); ++i) type("/join " + evening.rooms[i] + "\r\n");
}

void Scribe::ask_whether_all_rooms_are_empty() {
  asked_ = true;  // the answers to what it typed before come first
  type("/rooms\r\n/whois scribe\r\n");
}

core::Time Scribe::step(core::Time) {
  if (finished_) return core::kNever;
  if (!connected()) {
    connect(evening().chat, SIZE_MAX / 2, SIZE_MAX / 2);
    spare();
  }
  evening().pass_most = std::max(evening().pass_most, read(SIZE_MAX));
  keep_order();
  send(SIZE_MAX);
  if (end().finished() && end().unread() == 0) {
    if (!evening().shutting_down) evening().findings.add("the scribe was disconnected");
    end().close(false);
    finished_ = true;
  }
  return core::kNever;
}

// In a room that it began; the lobby nobody did.
void Scribe::keep_order() {
  if (!evening().open || evening().rowdies.empty() || evening().rooms.size() < 2) return;
  if (evening().closing || evening().shutting_down || !choose().chance(0.05)) return;
  static const std::vector<std::string> kOrders = {
      "/kick {} out", "/kick {}", "/ban {} 1s", "/ban {}", "/unban {}", "/mute {} 1s",
      "/unmute {}",   "/op {}",   "/deop {}",   "/bans",   "/invite {}"};
  const std::string& room = evening().rooms[choose().between(1, evening().rooms.size() - 1)];
  const std::string& who = evening().rowdies[choose().below(evening().rowdies.size())];
  const std::string& order = kOrders[choose().below(kOrders.size())];
  type("/join " + room + "\r\n" + fmt::format(fmt::runtime(order), who) + "\r\n");
}

// Whoever comes before it has its name could take that, or see it renamed in the middle of things.
void Scribe::open_when_ready() {
  if (named_ && entered_ == evening().rooms.size()) evening().open = true;
}

void Scribe::line_came(std::string_view line) {
  if (!line.starts_with("-- ")) {
    const LineId id = evening().ledger.seen(line);
    const std::string_view rest = line.substr(std::min<std::size_t>(6, line.size()));
    evening().ledger.scribe_saw(std::string(rest.substr(0, rest.find(' '))), id);
    return;
  }
  line.remove_prefix(3);
  if (line.starts_with("you are now in ")) {
    ++entered_;
    open_when_ready();
  } else if (line == "you are now known as scribe") {
    named_ = true;
    open_when_ready();
  } else if (line.find(" missed in #") != std::string_view::npos) {
    if (!evening().shutting_down) evening().findings.add("the scribe missed something");
    evening().ledger.scribe_missed();
  } else if (line.starts_with("goodbye")) {
    told_goodbye_ = true;
    evening().ledger.scribe_left();
  } else if (line.starts_with("scribe has been here")) {
    answered_ = true;
    listing_ = false;
  } else if (listing_ && line.starts_with("  ") &&
             line.find("(1 here)") == std::string_view::npos) {
    evening().findings.add(fmt::format("somebody is left in a room:{}", line));
  }
  if (!asked_ || !line.ends_with(" rooms:")) return;
  listing_ = true;
  if (line != fmt::format("{} rooms:", evening().rooms.size())) {
    evening().findings.add(fmt::format("rooms are left: {}", line));
  }
}

}  // namespace sim
