// One overload per event, in the order of server/event.hpp. `Said` is the line that thousands are
// sent, and is put together by hand; for the others legibility counts, and fmt does them.
#include "server/chat_encoder.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/assert.hpp"
#include "server/account_phrases.hpp"
#include "server/chat_commands.hpp"
#include "server/chat_moderation.hpp"
#include "server/chat_sentences.hpp"
#include "server/names.hpp"
#include "server/parting_phrases.hpp"
#include "server/telnet.hpp"

namespace server {
namespace {

std::string counted_passes(std::uint64_t count) {
  return count == 1 ? std::string("1 pass") : fmt::format("{} passes", count);
}

// "last line", "last 7 lines"
std::string last_lines(std::size_t count) {
  return count == 1 ? std::string("last line") : fmt::format("last {} lines", count);
}

// Calls `handle` for each line of `text`; the last need not be ended.
template <typename Handler>
void for_each_line(std::string_view text, Handler&& handle) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    handle(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  }
}

class Phrasing : private Sentences {
 public:
  using Sentences::Sentences;

  // --- What the members of a room see. ---

  void operator()(const event::Said& said) {
    const bool acts = said.manner == Manner::kAct;
    out_.append(clock());
    out_.push_back(' ');
    out_.append(said.room);
    out_.append(acts ? " * " : " <");
    out_.append(said.from);
    out_.append(acts ? " " : "> ");
    out_.append(said.text);
    out_.append(kLineEnd);
  }

  void operator()(const event::Joined& joined) {
    room_line(joined.room, "{} joined", enumeration(joined.names, joined.others));
  }

  void operator()(const event::Left& left) {
    const std::string_view why = seen_by_others(left.parting);
    if (left.names.size() == 1 && left.others == 0 && !why.empty()) {
      room_line(left.room, "{} left ({})", left.names.front(), why);
    } else {
      room_line(left.room, "{} left", enumeration(left.names, left.others));
    }
  }

  void operator()(const event::Renamed& renamed) {
    if (renamed.others == 0) {
      room_line(renamed.room, "{} is now known as {}", renamed.from, renamed.to);
    } else {
      room_line(renamed.room, "{} is now known as {}; {} changed their name{}", renamed.from,
                renamed.to, counted(renamed.others, "other"), renamed.others == 1 ? "" : "s");
    }
  }

  void operator()(const event::TopicChanged& changed) {
    if (changed.topic.empty()) {
      room_line(changed.room, "{} cleared the topic", changed.by);
    } else {
      room_line(changed.room, "{} set the topic: {}", changed.by, changed.topic);
    }
  }

  // --- What one person sees. ---

  void operator()(const event::Welcome& welcome) {
    line("welcome to {}; you are {}", welcome.server, welcome.nick);
    for_each_line(welcome.motd, [this](std::string_view text) { line("{}", text); });
    line("type to talk; /help lists the commands");
  }

  void operator()(const event::Entered& entered) {
    line("you are now in {} ({} here){}", entered.room, entered.members,
         entered.as_operator ? "; you are its operator" : "");
    if (!entered.topic.empty()) line("topic: {}{}", entered.topic, set_by(entered.topic_by));
    if (entered.replayed > 0) line("the {}:", last_lines(entered.replayed));
  }

  void operator()(const event::SwitchedTo& switched) {
    line("you are talking in {} now", switched.room);
  }

  void operator()(const event::Exited& exited) {
    if (exited.current.empty()) {
      line("you left {}; /join a room to talk", exited.room);
    } else {
      line("you left {}; you are talking in {} now", exited.room, exited.current);
    }
  }

  void operator()(const event::NickChanged& changed) {
    line("you are now known as {}", changed.nick);
  }

  void operator()(const event::Told& told) {
    line("{} {} tells you: {}", clock(), told.from, told.text);
  }

  void operator()(const event::YouTold& told) {
    line("{} you tell {}: {}", clock(), told.to, told.text);
  }

  void operator()(const event::Missed& missed) {
    line("{} missed in {} (you were reading too slowly)", counted(missed.messages, "message"),
         missed.room);
  }

  void operator()(const event::RoomList& list) {
    const std::size_t count = list.rooms.size() + list.others;
    if (count == 0) return line("there are no rooms; /join #name begins one");
    line("{}:", counted(count, "room"));
    for (const event::RoomList::Entry& room : list.rooms) {
      const std::string entry = fmt::format("{} ({} here){}{}", room.name, room.members,
                                            room.topic.empty() ? "" : ": ", room.topic);
      append_wrapped(entry, {"--   ", "--     "}, out_);
    }
    if (list.others > 0) line("  and {}", counted(list.others, "other"));
  }

  void operator()(const event::MemberList& list) {
    const std::size_t count = list.members.size() + list.others;
    if (count == 0) return line("nobody is in {}", list.room);
    line("{} in {}:", count, list.room);
    append_wrapped(enumeration(list.members, list.others), {"--   ", "--   "}, out_);
  }

  void operator()(const event::UserDetails& user) {
    const std::string account = user.account.empty() ? std::string()
                                : folded(user.account) == folded(user.nick)
                                    ? std::string(" (registered)")
                                    : fmt::format(" (logged in as {})", user.account);
    line("{}{} has been here for {}{}", user.nick, account, duration(user.connected_seconds),
         user.is_operator ? ", and is an operator of the server" : "");
    const std::string rooms =
        user.rooms.empty() ? std::string("no room") : enumeration(user.rooms, 0);
    append_wrapped("in " + rooms, {"--   ", "--     "}, out_);
    if (!user.address.empty()) line("  from {}", user.address);
  }

  void operator()(const event::TopicIs& topic) {
    if (topic.topic.empty()) {
      line("{} has no topic; /topic TEXT sets one", topic.room);
    } else {
      line("the topic of {} is: {}{}", topic.room, topic.topic, set_by(topic.by));
    }
  }

  void operator()(const event::History& history) {
    if (history.lines.empty()) return line("nothing is kept of what was said in {}", history.room);
    line("the {} of {}:", last_lines(history.lines.size()), history.room);
    for (const std::string_view earlier : history.lines) {
      out_.append(earlier);
      if (!earlier.ends_with(kLineEnd)) out_.append(kLineEnd);
    }
    line("end of history");
  }

  void operator()(const event::EchoIs& echo) {
    if (echo.on) {
      line("echo is on: you see your own lines");
    } else {
      line("echo is off: you do not see your own lines");
    }
  }

  void operator()(const event::TimeIs&) {
    std::array<char, 64> text;
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &now_);
    line("{}", std::string_view(text.data(), size));
  }

  void operator()(const event::Stats& stats) {
    Statistics all;
    for (const Statistics& loop : stats.loops) all.add(loop);
    line("{} on {} in {}", counted_people(all.people), counted(stats.loops.size(), "loop"),
         counted(stats.rooms, "room"));
    line("{} said, {} delivered, {} missed by slow readers", counted(all.messages, "message"),
         all.deliveries, all.missed);
    const std::uint64_t sends = all.sends.sends;
    line("{} of {} bytes on average, {} blocked", counted(sends, "send"),
         sends == 0 ? 0 : all.sends.bytes / sends, all.sends.blocked);
    line("{}; under 0.1 ms: {}, 1 ms: {}, 10 ms: {}, 100 ms: {}; longest {:.1f} ms",
         counted_passes(all.passes.count()), all.passes.below(0), all.passes.below(1),
         all.passes.below(2), all.passes.below(3),
         static_cast<double>(all.passes.most()) / 1'000'000);
    if (all.lags.count() > 0) {
      line(
          "{} at a blocked reader, lagging under 1 KiB: {}, 16 KiB: {}, 128 KiB: {}, 1 MiB: {}; "
          "most {} bytes",
          counted(all.lags.count(), "look"), all.lags.below(0), all.lags.below(1),
          all.lags.below(2), all.lags.below(3), all.lags.most());
    }
    if (stats.loops.size() == 1) return;
    for (std::size_t i = 0; i < stats.loops.size(); ++i) {
      const Statistics& loop = stats.loops[i];
      line("  loop {}: {}, {}, {}", i, counted_people(loop.people),
           counted(loop.messages, "message"), counted(loop.sends.sends, "send"));
    }
  }

  void operator()(const event::Help& help) {
    if (help.topic.empty()) return list_commands();
    if (folded(help.topic) == kOperatorsTopic) return list_operators_commands();
    if (const ChatCommand* const command = find_chat_command(help.topic)) return explain(*command);
    (*this)(event::UnknownCommand{help.topic, nearest_chat_command(help.topic)});
  }

  void operator()(const event::Goodbye& goodbye) {
    const std::string_view why = told_at_parting(goodbye.parting);
    if (why.empty()) {
      line("goodbye");
    } else {
      line("goodbye: {}", why);
    }
  }

  void operator()(const event::Moderation& event) {
    std::visit(ModerationPhrasing(now_, out_), event);
  }

  // Within the line, which a program that is no telnet reads as a line all the same.
  void operator()(const event::PasswordWanted& wanted) {
    line("{}{}", phrase(wanted), Telnet::kHideInput);
  }

  void operator()(const event::PasswordTaken& taken) {
    line("{}{}", phrase(taken), Telnet::kShowInput);
  }

  void operator()(const event::PasswordWasVisible& visible) { line("{}", phrase(visible)); }
  void operator()(const event::AccountChanged& changed) { line("{}", phrase(changed)); }

  // --- What was refused, and why. ---

  void operator()(const event::BadNick& bad) {
    error("{}", explain_nick(bad.fault, bad.max_bytes));
  }

  void operator()(const event::BadRoomName& bad) {
    error("{}", explain_room(bad.fault, bad.max_bytes));
  }

  void operator()(const event::NickTaken& taken) {
    error("the name {} is taken; choose another", taken.nick);
  }

  void operator()(const event::OperatorNoMore& no_more) { line("{}", phrase(no_more)); }
  void operator()(const event::NickRegistered& taken) { error("{}", phrase(taken)); }
  void operator()(const event::BadPassword& bad) { error("{}", explain_password(bad.fault)); }
  void operator()(const event::AccountRefused& refused) { error("{}", phrase(refused)); }

  void operator()(const event::NoSuchNick& missing) {
    error("nobody here is called {}; /who lists who is in the room",
          repeated(missing.nick, "that"));
  }

  void operator()(const event::NoSuchRoom& missing) {
    error("there is no room {}; /rooms lists those there are",
          repeated(missing.room, "of that name"));
  }

  void operator()(const event::NotInRoom& outside) {
    if (outside.room.empty()) return error("you are in no room; /join one first");
    error("you are not in {}; /join it first", repeated(outside.room, "that room"));
  }

  void operator()(const event::TooManyRooms& limit) {
    error("you can be in at most {} at a time; /leave one first", counted(limit.most, "room"));
  }

  void operator()(const event::ServerHasTooManyRooms& limit) {
    const std::string rooms = counted(limit.most, "room");
    if (!limit.of_address) return error("the server has its {} already; /rooms lists them", rooms);
    error("people from where you are have begun {} already; /rooms lists those there are", rooms);
  }

  void operator()(const event::ServerFull&) { error("the server is full; try again later"); }

  void operator()(const event::TooManyConnections& limit) {
    error("too many connections from your address; at most {}", limit.most);
  }

  void operator()(const event::ConnectsTooOften& limit) {
    error("too many connections from your address in a minute; at most {}", limit.most);
  }

  void operator()(const event::LineTooLong& limit) {
    error("that line was too long and is dropped; a line has at most {}",
          counted(limit.max_bytes, "byte"));
  }

  void operator()(const event::TopicTooLong& limit) {
    error("that topic is too long; a topic has at most {}", counted(limit.max_bytes, "byte"));
  }

  void operator()(const event::MailboxFull& full) {
    error("{} has too many unread lines to take another; try again later", full.nick);
  }

  void operator()(const event::Undelivered& line) {
    if (line.is_gone) return error("{} did not get your line and has left", line.nick);
    error("{} did not get your line: too many are unread there; try again later", line.nick);
  }

  void operator()(const event::UnknownCommand& unknown) {
    if (unknown.word.empty()) {
      error("a command follows the / at once, as in /help; // says a /");
    } else if (unknown.word.size() > kRepeatedMax) {
      error("there is no such command; /help lists the commands");
    } else if (unknown.meant.empty()) {
      error("there is no command /{}; /help lists the commands", unknown.word);
    } else {
      error("there is no command /{}; did you mean /{}? /help lists the commands", unknown.word,
            unknown.meant);
    }
  }

  void operator()(const event::BadArguments& bad) {
    const ChatCommand* const command = find_chat_command(bad.command);
    HUBBUB_ASSERT(command != nullptr);
    error("that is not how /{} is used; type {}", command->name, usage(*command));
  }

 private:
  static std::string set_by(std::string_view nick) {
    return nick.empty() ? std::string() : fmt::format(" (set by {})", nick);
  }

  void list_commands() {
    line("a line is said in the room you are in; these are the commands:");
    list(ForWhom::kEverybody);
    line("/help COMMAND tells more; to say a line that begins with /, type //");
    line("/help {} lists the commands that keep order", kOperatorsTopic);
  }

  void list_operators_commands() {
    line("for operators of the room that you are in (/who shows them with an @):");
    list(ForWhom::kRoomOperators);
    line("for operators of the server, who keep order in every room too:");
    list(ForWhom::kServerOperators);
  }

  void list(ForWhom whom) {
    std::size_t width = 0;
    for (const ChatCommand& command : chat_commands()) {
      if (command.whom == whom) width = std::max(width, usage(command).size());
    }
    for (const ChatCommand& command : chat_commands()) {
      if (command.whom == whom) line("  {:<{}}  {}", usage(command), width, command.help);
    }
  }

  void explain(const ChatCommand& command) {
    line("{}: {}", usage(command), command.help);
    for_each_line(command.details, [this](std::string_view text) { line("  {}", text); });
    std::string aliases;
    for (const std::string_view alias : command.aliases) {
      if (!alias.empty()) fmt::format_to(std::back_inserter(aliases), " /{}", alias);
    }
    if (!aliases.empty()) line("  also:{}", aliases);
  }
};

}  // namespace

void ChatEncoder::encode(const Event& event, const std::tm& now, std::string& out) const {
  std::visit(Phrasing(now, out), event);
}

}  // namespace server
