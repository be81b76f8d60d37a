// Where the cursor stands decides what is offered: a command at the beginning, after it what the
// command takes.
#include "client/terminal/completion.hpp"

#include <algorithm>
#include <array>

namespace client {
namespace {

// Those that hubbubd has.
constexpr auto kCommands = std::to_array<std::string_view>(
    {"/ban",       "/bans",     "/closed", "/deop",     "/drop",       "/echo",     "/gban",
     "/help",      "/history",  "/invite", "/join",     "/key",        "/kick",     "/kill",
     "/leave",     "/login",    "/logout", "/me",       "/moderated",  "/msg",      "/mute",
     "/nick",      "/op",       "/oper",   "/password", "/quit",       "/register", "/reload",
     "/rooms",     "/shutdown", "/slow",   "/stats",    "/tasks",      "/time",     "/topic",
     "/topiclock", "/unban",    "/ungban", "/unmute",   "/unregister", "/unvoice",  "/voice",
     "/wall",      "/who",      "/whois"});

constexpr std::array<std::string_view, 3> kTakeRoom = {"/join", "/leave", "/who"};

bool takes_room(std::string_view command) {
  return std::find(kTakeRoom.begin(), kTakeRoom.end(), command) != kTakeRoom.end();
}

std::vector<std::string> rooms_like(std::string_view word, const SessionView& session) {
  const bool marked = word.starts_with('#');
  std::vector<std::string> found;
  for (const std::string& room : session.rooms()) {
    const std::string_view name = std::string_view(room).substr(marked ? 0 : 1);
    if (begins_with_name(name, word)) found.push_back(room);
  }
  return found;
}

}  // namespace

std::vector<std::string> complete(std::string_view before, const SessionView& session) {
  const std::size_t begin = before.rfind(' ') + 1;  // 0 where there is no space
  const std::string_view word = before.substr(begin);
  std::vector<std::string> found;
  if (begin == 0 && word.starts_with('/')) {
    for (const std::string_view command : kCommands) {
      if (begins_with_name(command, word)) found.emplace_back(command);
    }
    return found;
  }
  if (word.starts_with('#') || takes_room(before.substr(0, before.find(' ')))) {
    return rooms_like(word, session);
  }
  for (const std::string& nick : session.nicks()) {
    if (same_name(nick, session.nick()) || !begins_with_name(nick, word)) continue;
    found.push_back(begin == 0 ? nick + ":" : nick);
  }
  return found;
}

}  // namespace client
