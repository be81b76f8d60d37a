// Matching what comes back with what was said.
#include "client/terminal/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/terminal/words.hpp"
#include "core/text.hpp"

namespace client {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// What the line says; empty for other commands.
std::string_view said_by(std::string_view line) {
  if (line.starts_with("//")) return line.substr(1);
  if (!line.starts_with('/')) return line;
  const std::string_view command = take_word(line);
  if (same_name(command, "/me")) return line;
  if (!same_name(command, "/msg") && !same_name(command, "/m")) return {};
  take_word(line);
  return line;
}

// What came back, if it is something of ours: "12:03 you tell bob: hello" is.
std::string_view came_back(const ServerLine& line, std::string_view own_nick) {
  if (line.kind == LineKind::kSaid || line.kind == LineKind::kActed) {
    return same_name(line.nick, own_nick) ? line.text : std::string_view();
  }
  constexpr std::string_view kTell = " you tell ";
  if (line.kind != LineKind::kNotice) return {};
  const std::size_t at = line.text.find(kTell);
  const std::size_t colon = line.text.find(": ", at);
  const bool is_told = at <= 8 && colon != std::string_view::npos;  // 8: "12:03:00"
  return is_told ? line.text.substr(colon + 2) : std::string_view();
}

}  // namespace

void Outbox::said(std::string_view line) {
  std::string safe;  // what the server makes of it
  core::sanitize(line, safe);
  const std::string_view text = trimmed(said_by(trimmed(safe)));
  if (text.empty()) return;
  if (lines_.size() == kMost) lines_.pop_front();
  lines_.push_back({std::string(line), std::string(text)});
}

void Outbox::observe(const ServerLine& line, std::string_view own_nick) {
  const std::string_view text = trimmed(came_back(line, own_nick));
  if (text.empty()) return;
  const auto found =
      std::find_if(lines_.begin(), lines_.end(), [&](const Line& one) { return one.text == text; });
  if (found != lines_.end()) lines_.erase(lines_.begin(), std::next(found));
}

std::vector<std::string> Outbox::take() {
  std::vector<std::string> left;
  for (Line& line : lines_) left.push_back(std::move(line.entered));
  lines_.clear();
  return left;
}

}  // namespace client
