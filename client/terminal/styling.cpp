// The text is cut where the parsed views are, and put together again with the sequences between.
#include "client/terminal/styling.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>

#include <fmt/format.h>

#include "core/ascii.hpp"

namespace client {
namespace {

constexpr std::string_view kDim = "\x1B[2m";
constexpr std::string_view kBold = "\x1B[1m";
constexpr std::string_view kPlain = "\x1B[0m";

// Of the 256 of xterm, those that can be read on white and on black alike (a contrast of 3.7 or
// more by WCAG 2), far enough from each other.
constexpr std::array kManyColours = {131, 166, 130, 100, 64,  28,  30,  31,
                                     32,  27,  63,  98,  134, 164, 162, 161};
constexpr std::array kEightColours = {31, 32, 33, 34, 35, 36};  // without black and white

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// FNV-1a: colours must not change from one version or machine to the next.
std::uint32_t hash_of(std::string_view nick) {
  std::uint32_t hash = 2166136261;
  for (const char letter : nick) {
    hash = (hash ^ static_cast<unsigned char>(core::lowered(letter))) * 16777619;
  }
  return hash;
}

std::size_t find_own_mention(const ServerLine& parts, std::string_view own_nick) {
  const bool is_by_somebody = (parts.kind == LineKind::kSaid || parts.kind == LineKind::kActed) &&
                              !same_name(parts.nick, own_nick);
  return is_by_somebody ? find_mention(parts.text, own_nick) : std::string_view::npos;
}

}  // namespace

Colours terminal_colours(ColourChoice choice) {
  const std::string_view terminal = environment("TERM");
  const bool wanted = environment("NO_COLOR").empty() && !terminal.empty() && terminal != "dumb";
  if (choice == ColourChoice::kNever) return Colours::kNone;
  if (choice == ColourChoice::kAuto && !wanted) return Colours::kNone;
  const bool many = contains(terminal, "256color") || contains(terminal, "direct") ||
                    !environment("COLORTERM").empty();
  return many ? Colours::kMany : Colours::kEight;
}

bool concerns_us(const ServerLine& parts, std::string_view own_nick) {
  return parts.kind == LineKind::kTold ||
         find_own_mention(parts, own_nick) != std::string_view::npos;
}

std::string Styling::nick_colour(std::string_view nick) const {
  const std::uint32_t hash = hash_of(nick);
  switch (colours_) {
    case Colours::kNone:
      return {};
    case Colours::kEight:
      return fmt::format("\x1B[{}m", kEightColours[hash % kEightColours.size()]);
    case Colours::kMany:
      return fmt::format("\x1B[38;5;{}m", kManyColours[hash % kManyColours.size()]);
  }
  return {};
}

void Styling::append_notice(std::string_view notice, std::string& out) const {
  if (colours_ == Colours::kNone) {
    out += notice;
  } else {
    out.append(kDim).append(notice).append(kPlain);
  }
}

void Styling::append(std::string_view line, const ServerLine& parts, std::string_view own_nick,
                     std::string& out) const {
  if (parts.kind == LineKind::kNotice || parts.kind == LineKind::kRoomNotice) {
    return append_notice(line, out);
  }
  if (colours_ == Colours::kNone || parts.nick.empty()) {
    out += line;
    return;
  }
  const auto nick_begin = static_cast<std::size_t>(parts.nick.data() - line.data());
  const std::size_t nick_end = nick_begin + parts.nick.size();
  const std::size_t text_begin = line.size() - parts.text.size();  // the text ends the line
  out.append(line.substr(0, nick_begin));
  out.append(nick_colour(parts.nick)).append(parts.nick).append(kPlain);
  out.append(line.substr(nick_end, text_begin - nick_end));

  const std::size_t mention = find_own_mention(parts, own_nick);
  if (mention == std::string_view::npos) {
    out += parts.text;
    return;
  }
  out.append(parts.text.substr(0, mention));
  out.append(kBold).append(parts.text.substr(mention, own_nick.size())).append(kPlain);
  out.append(parts.text.substr(mention + own_nick.size()));
}

}  // namespace client
