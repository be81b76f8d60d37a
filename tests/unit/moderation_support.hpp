// For tests of moderation: guests who type, and where they come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "server/chat_commands.hpp"
#include "tests/unit/server_support.hpp"

namespace server::support {

inline core::Address from(const std::string& host) {
  return core::Address::parse(host + ":4000").value();
}

// Does what somebody types: talks, joins, leaves, and what keeps order.
inline void types(Guest& guest, std::string_view line) {
  std::string room;
  const std::optional<Command> command = parse_chat_line(line, room);
  ASSERT_TRUE(command) << line;
  Hub& hub = guest.hub();
  if (const auto* const say = std::get_if<command::Say>(&*command)) {
    hub.say(guest, say->text, say->manner);
  } else if (const auto* const join = std::get_if<command::Join>(&*command)) {
    hub.join(guest, join->room, join->key);
  } else if (const auto* const leave = std::get_if<command::Leave>(&*command)) {
    hub.leave(guest, leave->room);
  } else if (const auto* const change = std::get_if<command::ChangeNick>(&*command)) {
    hub.change_nick(guest, change->nick);
  } else if (const auto* const topic = std::get_if<command::SetTopic>(&*command)) {
    hub.set_topic(guest, topic->topic);
  } else if (const auto* const tell = std::get_if<command::Tell>(&*command)) {
    hub.tell(guest, tell->nick, tell->text);
  } else if (const auto* const quit = std::get_if<command::Quit>(&*command)) {
    hub.disconnect(guest, {.why = Departure::kQuit, .words = quit->reason});
  } else if (const auto* const list = std::get_if<command::ListMembers>(&*command)) {
    hub.list_members(guest, list->room);
  } else if (const auto* const whois = std::get_if<command::DescribeUser>(&*command)) {
    hub.describe(guest, whois->nick);
  } else if (const auto* const act = std::get_if<command::Moderation>(&*command)) {
    hub.moderation().obey(guest, *act);
  } else if (const auto* const operation = std::get_if<command::Operation>(&*command)) {
    hub.operations().obey(guest, *operation);
  } else {
    FAIL() << "nobody types that here: " << line;
  }
}

}  // namespace server::support
