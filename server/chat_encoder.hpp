// The output side of the chat dialect: every sentence that a person reads in it.
#pragma once

#include <ctime>
#include <string>

#include "server/dialect.hpp"
#include "server/event.hpp"

namespace server {

// Without state; any thread. Lines end with CR LF.
//
// What the members of a room see begins with the time and the room: "12:03 #lobby <alice> hello".
// What one person sees begins with "-- ", and with "-- error: " if it is a refusal, which then also
// says what would be accepted. So the first bytes of a line tell who speaks, and no text can pass
// for the server's: a person's text never stands at the beginning of a line.
//
// That holds as long as the texts and names of an event are safe to show (core/text.hpp), which
// is the caller's part. Two things may have several lines: Welcome::motd (ended by \n), and the
// lines of a History, which are encoded events (their line end may be there or not).
class ChatEncoder final : public Encoder {
 public:
  void encode(const Event& event, const std::tm& now, std::string& out) const override;
};

}  // namespace server
