// Introduction: how a connection begins before its person has typed anything.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/terminal/room_keys.hpp"
#include "client/terminal/server_line.hpp"

namespace client {

// Asks for our own lines (/echo on), so that what is on the screen is what was said; then for the
// nick and the rooms, and once more for our own lines: that answer comes behind those to all the
// others, however they are worded. Which of the server's answers are for the client alone is known
// here. One for each connection.
class Introduction {
 public:
  struct Wish {
    std::string nick;                // empty: any
    std::vector<std::string> rooms;  // the one to talk in first
    RoomKeys keys = {};
    bool again = false;       // we had them a moment ago, on a connection that was lost
    bool only_these = false;  // the rooms are all that we want to be in
  };

  // A room that was not entered, and what the server said about it.
  struct Refusal {
    std::string room;
    std::string reason;
  };

  Introduction() = default;
  explicit Introduction(Wish wish);

  // What is to be sent at the beginning.
  const std::vector<std::string>& lines() const { return lines_; }

  // A line of the server. True: it answers what the person did not ask, and is not to be shown.
  bool takes(const ServerLine& line);

  // What the line that was taken last means for a room, once.
  std::optional<Refusal> take_refusal() { return std::exchange(refusal_, std::nullopt); }

  // Everything that was asked for was granted or refused. Before, the rooms we are in say nothing
  // of those that were wished for.
  bool is_answered() const { return questions_.empty(); }

  // Asks to leave the room that the server puts everybody in, where that is none of ours: to be
  // sent when everything is answered. Empty: there is no such room, or all of ours were refused.
  std::string leave_where_we_were_put() const;

  // The server shows us our own lines.
  bool hears_itself() const { return hears_itself_; }

  // The nick we had is taken still: most likely the server has not noticed yet that the connection
  // was lost, and it is worth asking again later.
  bool lacks_nick() const { return lacks_nick_; }
  std::string ask_for_nick() const { return "/nick " + wish_.nick; }
  const std::string& nick() const { return wish_.nick; }

 private:
  enum class Subject : std::uint8_t { kEcho, kNick, kJoin };
  struct Question {
    Subject subject;
    std::string room;
  };

  void ask(std::string line, Question question);
  static bool is_answer(const Question& question, const ServerLine& line);
  bool takes_answer(const Question& question, const ServerLine& line);
  bool takes_taken_nick(const ServerLine& line);

  Wish wish_;
  std::vector<std::string> lines_;
  std::deque<Question> questions_;  // without an answer yet, in the order they were asked in
  std::optional<Refusal> refusal_;
  std::string put_in_;      // the room we were in before the first answer
  bool was_heard_ = false;  // the first question is answered
  bool wished_rooms_ = false;
  bool is_in_wished_ = false;  // one of them is entered
  bool hears_itself_ = false;
  bool lacks_nick_ = false;
};

}  // namespace client
