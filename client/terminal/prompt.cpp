// From the most telling form to the shortest: the first that fits is taken.
#include "client/terminal/prompt.hpp"

#include <algorithm>
#include <cwchar>

#include <fmt/format.h>

namespace client {
namespace {

// Calls handle(character's bytes, its columns); false from it ends the walk.
template <class Handle>
void for_each_character(std::string_view text, Handle&& handle) {
  std::mbstate_t state{};
  while (!text.empty()) {
    wchar_t character = 0;
    std::size_t size = std::mbrtowc(&character, text.data(), text.size(), &state);
    int width = 1;
    if (size == 0 || size > text.size()) {  // not of this encoding: a byte, a column
      size = 1;
      state = {};
    } else {
      width = std::max(::wcwidth(character), 0);
    }
    if (!handle(size, static_cast<std::size_t>(width))) return;
    text.remove_prefix(size);
  }
}

std::string list_of(std::span<const RoomBoard::Unread> unread) {
  std::string list;
  for (const RoomBoard::Unread& one : unread) {
    list += fmt::format("{}{} {} {}{}", list.empty() ? "[" : ", ", one.number, one.room, one.lines,
                        one.mentioned ? "!" : "");
  }
  return list.empty() ? list : list + "] ";
}

std::string sum_of(std::span<const RoomBoard::Unread> unread) {
  std::size_t lines = 0;
  bool mentioned = false;
  for (const RoomBoard::Unread& one : unread) {
    lines += one.lines;
    mentioned = mentioned || one.mentioned;
  }
  return lines == 0 ? std::string() : fmt::format("[{}{}] ", lines, mentioned ? "!" : "");
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for_each_character(text, [&](std::size_t, std::size_t width) {
    columns += width;
    return true;
  });
  return columns;
}

std::string_view fitting(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t used = 0;
  for_each_character(text, [&](std::size_t size, std::size_t width) {
    if (used + width > columns) return false;
    bytes += size;
    used += width;
    return true;
  });
  return text.substr(0, bytes);
}

std::string make_prompt(std::string_view room, bool offline,
                        std::span<const RoomBoard::Unread> unread, std::size_t columns) {
  const std::size_t most = columns / 2;
  const std::string_view blank = offline && !room.empty() ? " " : "";
  const std::string_view mark = offline ? "(offline)> " : "> ";
  const std::string name_and_mark = fmt::format("{}{}{}", room, blank, mark);
  for (const std::string& waiting : {list_of(unread), sum_of(unread)}) {
    if (columns_of(waiting) + columns_of(name_and_mark) <= most) return waiting + name_and_mark;
  }
  if (columns_of(name_and_mark) <= most) return name_and_mark;
  const std::string_view short_mark = offline ? "?> " : "> ";
  const std::size_t left = most > short_mark.size() ? most - short_mark.size() : 0;
  return fmt::format("{}{}", fitting(room, left), short_mark);
}

std::string make_question(std::size_t lines, std::size_t columns) {
  const std::string counted = lines == 1 ? "1 line" : fmt::format("{} lines", lines);
  const std::string_view these = lines == 1 ? "this" : "these";
  for (const std::string& question :
       {fmt::format("say {} {}? Enter: yes, Ctrl-C: no> ", these, counted),
        fmt::format("{}? Enter/Ctrl-C> ", counted), fmt::format("say {}?> ", counted)}) {
    if (columns_of(question) <= columns / 2) return question;
  }
  return "say?> ";
}

}  // namespace client
