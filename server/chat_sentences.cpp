// Counting, listing and wrapping.
#include "server/chat_sentences.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace server {

namespace {

constexpr std::size_t kColumns = 72;  // of a list that is wrapped

// Code points, which is near enough for deciding where to wrap.
std::size_t columns(std::string_view text) {
  const auto begins_character = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

}  // namespace

std::string_view repeated(std::string_view typed, std::string_view otherwise) {
  return typed.size() <= kRepeatedMax ? typed : otherwise;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string counted_people(std::size_t count) {
  return count == 1 ? std::string("1 person") : fmt::format("{} people", count);
}

std::string enumeration(std::span<const std::string_view> names, std::size_t others) {
  if (names.empty()) return counted_people(others);
  const std::size_t items = names.size() + (others > 0 ? 1 : 0);
  std::string text(names.front());
  for (std::size_t at = 1; at < items; ++at) {
    text.append(at + 1 < items ? ", " : " and ");
    text.append(at < names.size() ? std::string(names[at]) : counted(others, "other"));
  }
  return text;
}

std::string enumeration(std::span<const event::Ranked> names, std::size_t others) {
  constexpr std::string_view kMarks[] = {"", "+", "@"};
  std::vector<std::string> marked;
  for (const event::Ranked& one : names) {
    marked.push_back(fmt::format("{}{}", kMarks[static_cast<std::size_t>(one.role)], one.name));
  }
  const std::vector<std::string_view> views(marked.begin(), marked.end());
  return enumeration(views, others);
}

std::string duration(std::size_t seconds) {
  constexpr auto kUnits = std::to_array<std::pair<std::size_t, std::string_view>>(
      {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}});
  const auto largest = std::find_if(kUnits.begin(), kUnits.end() - 1,
                                    [seconds](const auto& unit) { return seconds >= unit.first; });
  std::string text = counted(seconds / largest->first, largest->second);
  const std::size_t rest = seconds % largest->first;
  if (rest == 0) return text;
  const auto smaller = largest + 1;
  if (rest >= smaller->first) {
    text.append(" ").append(counted(rest / smaller->first, smaller->second));
  }
  return text;
}

void append_wrapped(std::string_view text, Indents indents, std::string& out) {
  out.append(indents.first);
  std::size_t column = columns(indents.first);
  bool is_first_word = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (!is_first_word && column + 1 + columns(word) > kColumns) {
      out.append(kLineEnd).append(indents.others);
      column = columns(indents.others);
      is_first_word = true;
    }
    if (!is_first_word) out.push_back(' ');
    out.append(word);
    column += columns(word) + (is_first_word ? 0 : 1);
    is_first_word = false;
  }
  out.append(kLineEnd);
}

Sentences::Sentences(const std::tm& now, std::string& out) : now_(now), out_(out) {
  const auto digit = [](int value) { return static_cast<char>('0' + value % 10); };
  clock_ = {digit(now.tm_hour / 10), digit(now.tm_hour), ':', digit(now.tm_min / 10),
            digit(now.tm_min)};
}

}  // namespace server
