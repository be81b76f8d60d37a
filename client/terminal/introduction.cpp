// The answers are told apart by how they begin, as in session_view.cpp, and come in the order of
// the questions: so a refusal need not name what it refuses.
#include "client/terminal/introduction.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "client/terminal/words.hpp"

namespace client {
namespace {

constexpr const char* kAskForEcho = "/echo on";
constexpr std::string_view kNoEcho = "there is no command /echo";

// The room that the line says we are in, or talk in, now; empty: it says something else.
std::string_view room_entered(const ServerLine& line) {
  std::string_view rest = line.text;
  if (line.kind != LineKind::kNotice) return {};
  const bool tells =
      take_prefix(rest, "you are now in ") || take_prefix(rest, "you are talking in ");
  return tells ? take_word(rest) : std::string_view();
}

bool begins(const ServerLine& line, LineKind kind, std::string_view text) {
  return line.kind == kind && line.text.starts_with(text);
}

bool is_among(const std::vector<std::string>& rooms, std::string_view room) {
  return std::any_of(rooms.begin(), rooms.end(),
                     [room](const std::string& one) { return same_name(one, room); });
}

}  // namespace

Introduction::Introduction(Wish wish)
    : wish_(std::move(wish)), wished_rooms_(!wish_.rooms.empty()) {
  ask(kAskForEcho, {Subject::kEcho, {}});
  if (!wish_.nick.empty()) ask(ask_for_nick(), {Subject::kNick, {}});
  for (const std::string& room : wish_.rooms | std::views::reverse) {
    const std::string_view key = wish_.keys.of(room);
    ask(fmt::format("/join {}{}{}", room, key.empty() ? "" : " ", key), {Subject::kJoin, room});
  }
  ask(kAskForEcho, {Subject::kEcho, {}});
}

void Introduction::ask(std::string line, Question question) {
  lines_.push_back(std::move(line));
  questions_.push_back(std::move(question));
}

// Every question has one answer: an error, or a notice of its own.
bool Introduction::is_answer(const Question& question, const ServerLine& line) {
  if (line.kind == LineKind::kError) {
    return question.subject == Subject::kEcho || !line.text.starts_with(kNoEcho);
  }
  switch (question.subject) {
    case Subject::kEcho:
      return begins(line, LineKind::kNotice, "echo is on");
    case Subject::kNick:
      return begins(line, LineKind::kNotice, "you are now known as ");
    case Subject::kJoin:
      return same_name(room_entered(line), question.room);
  }
  return false;
}

bool Introduction::takes(const ServerLine& line) {
  if (begins(line, LineKind::kNotice, "echo is on")) hears_itself_ = true;
  if (begins(line, LineKind::kNotice, "echo is off")) hears_itself_ = false;
  if (begins(line, LineKind::kNotice, "you are now known as ")) lacks_nick_ = false;
  if (!was_heard_ && put_in_.empty()) put_in_ = room_entered(line);

  // Behind a question may stand the answer to a later one: the server worded its own in a way that
  // is not known here. But before the first answer come lines that answer nothing.
  const auto end = was_heard_ ? questions_.end() : questions_.begin() + (is_answered() ? 0 : 1);
  const auto answered = std::find_if(questions_.begin(), end, [&line](const Question& question) {
    return is_answer(question, line);
  });
  if (answered == end) return takes_taken_nick(line);
  const Question question = std::move(*answered);
  questions_.erase(questions_.begin(), std::next(answered));
  was_heard_ = true;
  return takes_answer(question, line);
}

bool Introduction::takes_answer(const Question& question, const ServerLine& line) {
  switch (question.subject) {
    case Subject::kEcho:
      return line.kind != LineKind::kError || line.text.starts_with(kNoEcho);
    case Subject::kNick:
      return takes_taken_nick(line);
    case Subject::kJoin:
      if (line.kind != LineKind::kError) {
        is_in_wished_ = true;
        return false;
      }
      std::erase_if(wish_.rooms, [&](const std::string& one) { return one == question.room; });
      refusal_ = Refusal{question.room, std::string(line.text)};
      return true;
  }
  return false;
}

bool Introduction::takes_taken_nick(const ServerLine& line) {
  const std::string taken = "the name " + wish_.nick + " is taken";
  const bool is_taken = line.kind == LineKind::kError && begins_with_name(line.text, taken);
  if (!is_taken || !wish_.again) return false;
  lacks_nick_ = true;
  return true;
}

std::string Introduction::leave_where_we_were_put() const {
  const bool is_wished = is_among(wish_.rooms, put_in_);
  const bool is_all_we_have = wished_rooms_ && !is_in_wished_;
  if (!wish_.only_these || put_in_.empty() || is_wished || is_all_we_have) return {};
  return "/leave " + put_in_;
}

}  // namespace client
