// Joining, leaving, and being put out.
#include "tests/sim/rowdy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sim {

Rowdy::Rowdy(Crowd& crowd, Evening& evening, std::size_t number, std::size_t actions)
    : ChatProgram(crowd, evening),
      nick_(fmt::format("rowdy{}", number)),
      actions_(actions),
      acts_at_(ring().now() + std::chrono::microseconds(choose().magnitude(1, 1'000'000))) {
  evening.rowdies.push_back(nick_);
  type("/nick " + nick_ + "\r\n");
}

core::Time Rowdy::step(core::Time now) {
  if (finished_) return core::kNever;
  if (!connected()) {
    if (!evening().open || now < acts_at_) {
      return std::max(now + std::chrono::milliseconds(1), acts_at_);
    }
    connect(evening().chat, choose().magnitude(16, 65536), choose().magnitude(4096, 262'144));
  }
  read(SIZE_MAX);
  if (end().finished() && end().unread() == 0) {
    end().close(false);
    finished_ = true;
    return core::kNever;
  }
  if (actions_ > 0 && now >= acts_at_) {
    --actions_;
    act();
    acts_at_ = now + std::chrono::microseconds(choose().magnitude(1, 300'000));
  }
  if (evening().closing && !std::exchange(quits_, true)) type("/quit\r\n");
  send(SIZE_MAX);
  return actions_ > 0 ? std::max(acts_at_, now + std::chrono::microseconds(1)) : core::kNever;
}

void Rowdy::act() {
  const std::string& room = evening().rooms[choose().below(evening().rooms.size())];
  type((choose().chance(0.8) ? "/join " : "/leave ") + room + "\r\n");
}

void Rowdy::line_came(std::string_view line) {
  if (line.starts_with("-- kicked from ")) ++evening().happened["kick"];
  if (line.starts_with("-- banned from ")) ++evening().happened["ban"];
  if (line.starts_with("-- error: scribe has banned you ")) ++evening().happened["kept out"];
}

}  // namespace sim
