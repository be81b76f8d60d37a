// A question that has one known answer serves as a fence: what was under way has come before it.
#include "tests/e2e/person.hpp"

#include <algorithm>

#include "tests/e2e/text.hpp"

namespace e2e {

Person::Person(Way way, std::string_view nick, int receive_buffer_bytes, Place place)
    : Client(way, receive_buffer_bytes, place) {
  const std::string welcome = sees("you are guest-", place);
  nick_ = welcome.substr(welcome.rfind(' ') + 1);
  sees("-- you are now in ", place);
  if (nick.empty()) return;
  nick_ = nick;
  say("/nick " + nick_, place);
  sees("-- you are now known as " + nick_, place);
}

void Person::say(std::string_view line, Place place) const {
  send(std::string(line) + "\r\n", place);
}

std::string Person::sees(std::string_view part, Place place) {
  const std::string before = read_until(part, place);
  const std::string after = read_line(place);
  const std::size_t line_end = before.rfind("\r\n");
  const std::size_t begin = line_end == std::string::npos ? 0 : line_end + 2;
  return without_clock(before.substr(begin) + after);
}

std::string Person::ask(std::string_view line, Place place) {
  say(line, place);
  for (;;) {
    std::string answer = read_line(place);
    if (answer.starts_with("-- ")) return answer;
  }
}

// Twice, because an answer may overtake a room's line that leaves in the same breath.
std::vector<std::string> Person::settle(Place place) {
  constexpr std::string_view kFence = "-- error: there is no command /fence";
  std::vector<std::string> lines;
  for (int round = 0; round < 2; ++round) {
    say("/fence", place);
    for (;;) {
      const std::string line = read_line(place);
      if (line.starts_with(kFence)) break;
      lines.push_back(without_clock(line));
    }
  }
  return lines;
}

bool any_contains(const std::vector<std::string>& lines, std::string_view part) {
  return std::any_of(lines.begin(), lines.end(),
                     [part](const std::string& line) { return contains(line, part); });
}

}  // namespace e2e
