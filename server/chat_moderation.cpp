// The sentences, in the order of server/moderation_event.hpp.
#include "server/chat_moderation.hpp"

#include <array>

namespace server {

namespace {

// " (reason)"
std::string in_brackets(std::string_view reason) {
  return reason.empty() ? std::string() : fmt::format(" ({})", reason);
}

// ": reason"
std::string after_colon(std::string_view reason) {
  return reason.empty() ? std::string() : fmt::format(": {}", reason);
}

std::string_view or_server(std::string_view room) {
  return room.empty() ? "the server" : room;
}

std::size_t count_of(std::chrono::seconds seconds) {
  return static_cast<std::size_t>(seconds.count());
}

}  // namespace

// "until 12:13", with the date where that is not today's; "until it is lifted"
std::string ModerationPhrasing::until(std::time_t time) const {
  if (time == 0) return "until it is lifted";
  std::tm end{};
  ::localtime_r(&time, &end);
  const bool is_today = end.tm_year == now_.tm_year && end.tm_yday == now_.tm_yday;
  std::array<char, 64> text;
  const std::size_t size = std::strftime(text.data(), text.size(),
                                         is_today ? "until %H:%M" : "until %Y-%m-%d %H:%M", &end);
  return {text.data(), size};
}

// --- What the members of a room see. ---

void ModerationPhrasing::operator()(const event::PutOut& out) {
  const std::string end = out.until == 0 ? std::string() : " " + until(out.until);
  room_line(out.room, "{} was {} by {}{}{}", out.nick, out.banned ? "banned" : "kicked", out.by,
            end, in_brackets(out.reason));
}

void ModerationPhrasing::operator()(const event::MuteChanged& changed) {
  if (!changed.on) return room_line(changed.room, "{} unmuted {}", changed.by, changed.nick);
  room_line(changed.room, "{} muted {} {}", changed.by, changed.nick, until(changed.until));
}

void ModerationPhrasing::operator()(const event::RoleChanged& changed) {
  if (changed.role == Role::kOperator && changed.given) {
    room_line(changed.room, "{} made {} an operator of the room", changed.by, changed.nick);
  } else if (changed.role == Role::kOperator) {
    room_line(changed.room, "{} took the operator's role from {}", changed.by, changed.nick);
  } else if (changed.given) {
    room_line(changed.room, "{} gave {} a voice", changed.by, changed.nick);
  } else {
    room_line(changed.room, "{} took the voice from {}", changed.by, changed.nick);
  }
}

void ModerationPhrasing::operator()(const event::ModeChanged& changed) {
  const std::string_view room = changed.room;
  const std::string_view by = changed.by;
  switch (changed.mode) {
    case Mode::kModerated:
      if (!changed.on) return room_line(room, "{} lets everybody speak again", by);
      return room_line(room, "{} moderates the room: only operators and those with a voice speak",
                       by);
    case Mode::kClosed:
      if (!changed.on) return room_line(room, "{} opened the room", by);
      return room_line(room, "{} closed the room: only those who are invited come in", by);
    case Mode::kTopicLock:
      if (!changed.on) return room_line(room, "{} unlocked the topic", by);
      return room_line(room, "{} locked the topic: only operators set it", by);
    case Mode::kSlow:
      if (!changed.on) return room_line(room, "{} ended slow mode", by);
      return room_line(room, "{} slowed the room down: a line of each every {}", by,
                       duration(count_of(changed.slow)));
    case Mode::kKey:
      if (!changed.on) return room_line(room, "{} took away the room's key", by);
      return room_line(room, "{} gave the room a key: only those who know it come in", by);
  }
}

// --- What one person sees. ---

void ModerationPhrasing::operator()(const event::YouArePutOut& out) {
  const std::string end = out.banned ? " " + until(out.until) : std::string();
  line("{} from {} by {}{}{}", out.banned ? "banned" : "kicked", out.room, out.by, end,
       in_brackets(out.reason));
}

void ModerationPhrasing::operator()(const event::YouAreInvited& invited) {
  line("{} invites you to {}; /join {} accepts", invited.by, invited.room, invited.room);
}

void ModerationPhrasing::operator()(const event::BecameOperator& /*became*/) {
  line("you are an operator of this server; /help operators lists what you can do");
}

void ModerationPhrasing::operator()(const event::Proclaimed& proclaimed) {
  line("{} {} tells everybody: {}", clock(), proclaimed.from, proclaimed.text);
}

void ModerationPhrasing::operator()(const event::ShuttingDown& ending) {
  line("{} {} shuts the server down{}", clock(), ending.by, after_colon(ending.reason));
}

void ModerationPhrasing::operator()(const event::YouAreEnded& ended) {
  line("{} ended your connection{}", ended.by, after_colon(ended.reason));
}

void ModerationPhrasing::operator()(const event::BanAdded& added) {
  std::string_view besides;
  if (added.with_account) {
    besides = added.with_address ? " with its account and address" : " with its account";
  } else if (added.with_address) {
    besides = " with its address";
  }
  line("{}{} is banned from {} {}", added.whom, besides, or_server(added.room), until(added.until));
}

void ModerationPhrasing::operator()(const event::BanNotKept& kept) {
  error("{} is banned from {}{}, but only until the server is restarted: {}", kept.whom,
        or_server(kept.room), kept.is_lifted ? " no more" : "", kept.why);
}

void ModerationPhrasing::operator()(const event::BanLifted& lifted) {
  line("{} is banned from {} no more", lifted.whom, or_server(lifted.room));
}

void ModerationPhrasing::operator()(const event::BanList& list) {
  const std::size_t count = list.entries.size() + list.others;
  if (count == 0) return line("nobody is banned from {}", or_server(list.room));
  if (list.room.empty()) {
    line("{} of the server:", counted(count, "ban"));
  } else {
    line("{} of {}:", count == 1 ? "1 ban or mute" : fmt::format("{} bans and mutes", count),
         list.room);
  }
  for (const event::BanList::Entry& ban : list.entries) {
    const bool both = !ban.nick.empty() && !ban.network.empty();
    const std::string account =
        ban.account.empty() ? std::string() : fmt::format(" (account {})", ban.account);
    line("  {}{}{}{}{} {}by {}{}", ban.nick, account, both ? " and " : "", ban.network,
         ban.is_mute ? " (muted)" : "", until(ban.until) + " ", ban.by, in_brackets(ban.reason));
  }
  if (list.others > 0) line("  and {}", counted(list.others, "other"));
}

void ModerationPhrasing::operator()(const event::ModeIs& is) {
  const std::string_view room = is.room;
  switch (is.mode) {
    case Mode::kModerated:
      if (!is.on) return line("{} is not moderated: everybody speaks", room);
      return line("{} is moderated: only operators and those with a voice speak", room);
    case Mode::kClosed:
      if (!is.on) return line("{} is open", room);
      return line("{} is closed: only those who are invited come in", room);
    case Mode::kTopicLock:
      if (!is.on) return line("everybody may set the topic of {}", room);
      return line("only operators set the topic of {}", room);
    case Mode::kSlow:
      if (!is.on) return line("{} is not slowed down", room);
      return line("{} is slow: a line of each every {}", room, duration(count_of(is.slow)));
    case Mode::kKey:
      if (!is.on) return line("{} has no key", room);
      if (is.key.empty()) return line("{} has a key", room);
      return line("the key of {} is: {}", room, is.key);
  }
}

void ModerationPhrasing::operator()(const event::Invited& invited) {
  line("{} is invited to {}", invited.nick, invited.room);
}

void ModerationPhrasing::operator()(const event::Ended& ended) {
  line("{} is disconnected", ended.nick);
}

void ModerationPhrasing::operator()(const event::TaskTree& tree) {
  line("the tasks of the loop that you are on:");
  for (const std::string_view task : tree.lines) line("  {}", task);
  if (tree.others > 0) line("  and {}", counted(tree.others, "other line"));
}

void ModerationPhrasing::operator()(const event::Reloading& /*reloading*/) {
  line("the configuration is read again; the server's log tells what came of it");
}

// --- What was refused, and why. ---

void ModerationPhrasing::operator()(const event::OperatorsOnly& refused) {
  error("/{} is for operators of the server", refused.command);
}

void ModerationPhrasing::operator()(const event::RoomOperatorsOnly& refused) {
  error("/{} is for operators of {}; /who shows them with an @", refused.command, refused.room);
}

void ModerationPhrasing::operator()(const event::NotYourself& refused) {
  error("/{} is for others, not for yourself", refused.command);
}

void ModerationPhrasing::operator()(const event::NotAMember& missing) {
  error("{} is not in {}; /who lists who is", missing.nick, missing.room);
}

void ModerationPhrasing::operator()(const event::IsMember& member) {
  error("{} is in {} already", member.nick, member.room);
}

void ModerationPhrasing::operator()(const event::IsOperator& other) {
  if (other.room.empty()) return error("{} is an operator of the server", other.nick);
  error("{} is an operator of {}; /deop {} first", other.nick, other.room, other.nick);
}

void ModerationPhrasing::operator()(const event::RoleIsSo& role) {
  if (role.role == Role::kOperator) {
    return error("{} is {}", role.nick, role.given ? "an operator already" : "no operator");
  }
  error("{} has {}", role.nick, role.given ? "a voice already" : "no voice from anybody");
}

void ModerationPhrasing::operator()(const event::BadDuration& bad) {
  error("{} is no duration; say 30s, 10m, 2h or 7d, up to 3650d; no reason begins with a digit",
        repeated(bad.typed, "that"));
}

void ModerationPhrasing::operator()(const event::BadSlow& bad) {
  error("{} is no pause; say 30, 30s or 5m, up to 1h, or off", repeated(bad.typed, "that"));
}

void ModerationPhrasing::operator()(const event::BadKey& bad) {
  error("a key is one word of at most {} that does not begin with #",
        counted(bad.max_bytes, "byte"));
}

void ModerationPhrasing::operator()(const event::ReasonTooLong& limit) {
  error("that reason is too long; a reason has at most {}", counted(limit.max_bytes, "byte"));
}

void ModerationPhrasing::operator()(const event::BadTarget& bad) {
  error("{} is no {}network; say 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32",
        repeated(bad.typed, "that"), bad.takes_nick ? "nick and no " : "");
}

void ModerationPhrasing::operator()(const event::NetworkTooWide& wide) {
  error("{} is too wide to be banned; say /8 or narrower, of IPv6 /16 or narrower", wide.network);
}

void ModerationPhrasing::operator()(const event::OwnNetwork& own) {
  error("{} has you in it; ban one that has not", own.network);
}

void ModerationPhrasing::operator()(const event::ExemptAddress& exempt) {
  error(
      "{} comes from a network of limits.trusted or limits.gateways, which no ban concerns; "
      "/kill ends it",
      exempt.nick);
}

void ModerationPhrasing::operator()(const event::TooManyBans& limit) {
  error("{} has its {} already; /{} lifts one", or_server(limit.room), counted(limit.most, "ban"),
        limit.room.empty() ? "ungban" : "unban");
}

void ModerationPhrasing::operator()(const event::TooManySanctions& limit) {
  error("{} {} bans, mutes and invitations in rooms already; {}",
        limit.of_address ? "your address has its" : "the server has its", limit.most,
        limit.of_address ? "lift some, or wait until some end" : "try again later");
}

void ModerationPhrasing::operator()(const event::TooManyInvited& limit) {
  error("{} are invited to {} already; wait until some have come", counted_people(limit.most),
        limit.room);
}

void ModerationPhrasing::operator()(const event::NoSuchBan& missing) {
  error("{} is not banned from {}; /bans lists who is", repeated(missing.whom, "that"),
        or_server(missing.room));
}

void ModerationPhrasing::operator()(const event::NotMuted& missing) {
  error("{} is not muted in {}; /bans lists who is", repeated(missing.nick, "that"), missing.room);
}

void ModerationPhrasing::operator()(const event::Banned& banned) {
  error("you are banned from this server {}{}", until(banned.until), after_colon(banned.reason));
}

void ModerationPhrasing::operator()(const event::BannedFromRoom& banned) {
  error("{} has banned you from {} {}{}", banned.by, banned.room, until(banned.until),
        after_colon(banned.reason));
}

void ModerationPhrasing::operator()(const event::RoomClosed& closed) {
  error("{} is closed; one of its operators can /invite you", closed.room);
}

void ModerationPhrasing::operator()(const event::KeyNeeded& needed) {
  if (needed.was_wrong) return error("that is not the key of {}", needed.room);
  error("{} has a key; type /join {} KEY", needed.room, needed.room);
}

void ModerationPhrasing::operator()(const event::YouAreMuted& muted) {
  error("{} has muted you in {} {}", muted.by, muted.room, until(muted.until));
}

void ModerationPhrasing::operator()(const event::RoomModerated& moderated) {
  error("{} is moderated; one of its operators can give you a /voice", moderated.room);
}

void ModerationPhrasing::operator()(const event::TooSoon& soon) {
  error("{} is slow, a line every {}; wait {}", soon.room, duration(count_of(soon.slow)),
        duration(count_of(soon.wait)));
}

void ModerationPhrasing::operator()(const event::TopicLocked& locked) {
  error("only operators set the topic of {}; /who shows them with an @", locked.room);
}

}  // namespace server
