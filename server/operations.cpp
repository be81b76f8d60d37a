// What operators of the server do, one function each.
#include "server/operations.hpp"

#include <csignal>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

#include "core/task_tree.hpp"
#include "server/hub.hpp"
#include "server/moderation_log.hpp"

namespace server {

void Operations::obey(User& by, const command::Operation& command) {
  std::visit(
      [&](const auto& one) {
        if (allow(by, one.kWord)) act(by, one);
      },
      command);
}

bool Operations::allow(User& by, std::string_view word) const {
  if (by.is_operator()) return true;
  hub_.log_.note_refused(word, by, {}, hub_.loop_.now());
  by.tell(event::OperatorsOnly{.command = word});
  return false;
}

void Operations::log(const Deed& deed) const {
  hub_.log_.note(deed, hub_.loop_.now());
}

// --- Everybody. ---

// Who does it is told too, and so knows that it was done.
void Operations::tell_everybody(const User& by, std::string_view text, Notice notice) {
  const Access here(hub_.directory_);
  for (Hub* const hub : here.hubs()) {
    hub->loop().post([hub, notice, from = by.nick(), words = std::string(text)] {
      hub->operations().tell_people(notice(from, words), words);
    });
  }
}

// Nobody comes or goes on this loop meanwhile, so the lock need not be held for all of it.
void Operations::tell_people(const Event& event, std::string_view text) const {
  const std::vector<User*> people = hub_.people_here(Access(hub_.directory_));
  for (User* const user : people) {
    hub_.loop_.contain([&] {
      if (hub_.has_room_for(*user, text)) user->tell(event);
    });
  }
}

void Operations::act(User& by, const command::Proclaim& proclaim) {
  log({.act = proclaim.kWord, .by = by});
  tell_everybody(by, proclaim.text, [](std::string_view from, std::string_view text) -> Event {
    return event::Proclaimed{.from = from, .text = text};
  });
}

// --- Somebody. ---

void Operations::act(User& by, const command::Kill& kill) {
  if (!hub_.moderation_.accepts_reason(by, kill.reason)) return;
  Access here(hub_.directory_);
  User* const target = here.find_user(kill.nick);
  if (target == nullptr) return by.tell(event::NoSuchNick{.nick = kill.nick});
  if (target == &by) return by.tell(event::NotYourself{.command = kill.kWord});
  if (target->is_operator()) {
    return by.tell(event::IsOperator{.nick = target->nick(), .room = {}});
  }
  log({.act = kill.kWord,
       .by = by,
       .whom = target->nick(),
       .address = target->address().to_string(),
       .reason = kill.reason});
  by.tell(event::Ended{.nick = target->nick()});
  if (&target->hub() == &hub_) return end(*target, by.nick(), kill.reason);
  here.handle(*target).visit([from = by.nick(), reason = std::string(kill.reason)](User* present) {
    if (present != nullptr) end(*present, from, reason);
  });
}

void Operations::end(User& target, std::string_view by, std::string_view reason) {
  target.tell(event::YouAreEnded{.by = by, .reason = reason});
  target.evict({.why = Departure::kEnded, .words = reason});
}

// --- Networks. ---

// What of the server a ban is to concern; nothing, and the reason is told: it cannot be banned.
std::optional<core::Network> Operations::network_to_ban(User& by, std::string_view whom) const {
  const auto aim = hub_.moderation_.take_aim(by, whom);
  if (!aim || aim->network) return aim ? aim->network : std::nullopt;
  const Access here(hub_.directory_);
  const User* const target = here.find_user(aim->nick);
  if (target == nullptr) {
    by.tell(event::NoSuchNick{.nick = aim->nick});
  } else if (target == &by) {
    by.tell(event::NotYourself{.command = command::BanFromServer::kWord});
  } else if (target->is_operator()) {
    by.tell(event::IsOperator{.nick = target->nick(), .room = {}});
  } else if (hub_.moderation_.is_exempt(target->address())) {
    by.tell(event::ExemptAddress{.nick = target->nick()});
  } else if (const auto network = hub_.moderation_.network_of(*target, by)) {
    return network;
  } else {
    const std::string own = core::Network::of_customer(target->address()).to_string();
    by.tell(event::OwnNetwork{.network = own});
  }
  return std::nullopt;
}

// Those who are here are ended by the workers, which watch the list.
void Operations::act(User& by, const command::BanFromServer& ban) {
  if (!hub_.moderation_.accepts_reason(by, ban.reason)) return;
  const auto network = network_to_ban(by, ban.whom);
  if (!network) return;
  const std::time_t until = hub_.moderation_.end_of(ban.duration);
  const bool is_added = bans_.add(
      {.network = *network, .by = by.nick(), .reason = std::string(ban.reason), .until = until});
  if (!is_added) return by.tell(event::TooManyBans{.room = {}, .most = BanList::kMost});
  const std::string address = network->to_string();
  log({.act = ban.kWord,
       .by = by,
       .whom = address == ban.whom ? std::string_view() : ban.whom,
       .address = address,
       .reason = ban.reason,
       .until = until});
  if (bans_.keeper() == nullptr) {
    return by.tell(event::BanAdded{.room = {}, .whom = address, .until = until});
  }
  auto keep = keep_ban(Access(hub_.directory_).handle(by), *bans_.keeper(), *network, until);
  hub_.loop_.spawn(std::move(keep), "keep a ban").detach();
}

// It holds already; who hears of it knows that it will hold tomorrow.
core::Task<void> Operations::keep_ban(UserHandle by, BanList::Keeper& keeper, core::Network network,
                                      std::time_t until) {
  const std::string address = network.to_string();
  const auto [why, was_there] = co_await keeper.write_down(network);
  if (*by == nullptr) co_return;
  if (why.empty()) {
    (*by)->tell(event::BanAdded{.room = {}, .whom = address, .until = until});
  } else {
    (*by)->tell(event::BanNotKept{.room = {}, .whom = address, .why = why});
  }
}

void Operations::log_unban(const User& by, const std::string& network) const {
  log({.act = command::UnbanFromServer::kWord, .by = by, .address = network});
}

// One that is not in the list may still be written down, where striking it out has failed before.
core::Task<void> Operations::forget_ban(UserHandle by, BanList::Keeper& keeper,
                                        core::Network network, bool was_listed) {
  const std::string address = network.to_string();
  const auto [why, was_there] = co_await keeper.write_down(network);
  if (*by == nullptr) co_return;
  if (!was_listed && was_there) (*by)->hub().operations().log_unban(**by, address);
  if (!why.empty()) {
    (*by)->tell(event::BanNotKept{.room = {}, .whom = address, .why = why, .is_lifted = true});
  } else if (was_listed || was_there) {
    (*by)->tell(event::BanLifted{.room = {}, .whom = address});
  } else {
    (*by)->tell(event::NoSuchBan{.room = {}, .whom = address});
  }
}

void Operations::act(User& by, const command::UnbanFromServer& unban) {
  const auto network = core::Network::parse(unban.whom);
  if (!network) return by.tell(event::BadTarget{.typed = unban.whom});
  const bool is_listed = bans_.remove(*network);
  if (!is_listed && bans_.keeper() == nullptr) {
    return by.tell(event::NoSuchBan{.room = {}, .whom = unban.whom});
  }
  if (is_listed) log_unban(by, network->to_string());
  if (bans_.keeper() == nullptr) {
    return by.tell(event::BanLifted{.room = {}, .whom = unban.whom});
  }
  auto forget =
      forget_ban(Access(hub_.directory_).handle(by), *bans_.keeper(), *network, is_listed);
  hub_.loop_.spawn(std::move(forget), "forget a ban").detach();
}

void Operations::list_bans(User& by) const {
  const std::vector<ServerBan> bans = bans_.all();
  std::vector<event::BanList::Entry> entries;
  entries.reserve(bans.size());
  for (const ServerBan& ban : bans) {
    entries.push_back({.nick = {},
                       .by = ban.by,
                       .reason = ban.reason,
                       .network = ban.network.to_string(),
                       .until = ban.until});
  }
  hub_.moderation_.tell_bans(by, {}, std::move(entries));
}

// --- The server. ---

void Operations::act(User& by, const command::ShowStats& /*show*/) {
  hub_.show_statistics(by);
}

void Operations::act(User& by, const command::ShowTasks& /*show*/) {
  const std::vector<std::string> drawn = core::draw_tasks(core::live_tasks(hub_.loop_));
  std::vector<std::string_view> lines;
  std::size_t bytes = 0;
  for (const std::string& line : drawn) {
    constexpr std::size_t kAround = 8;
    bytes += line.size() + kAround;
    if (bytes > hub_.answer_most()) break;
    lines.emplace_back(line);
  }
  by.tell(event::TaskTree{.lines = lines, .others = drawn.size() - lines.size()});
}

// To the process and not to this thread: whichever loop collects signals gets it.
void Operations::act(User& by, const command::Reload& reload) {
  log({.act = reload.kWord, .by = by});
  by.tell(event::Reloading{});
  ::kill(::getpid(), SIGHUP);
}

// The notices are on their way before the end is.
void Operations::act(User& by, const command::ShutDown& shut_down) {
  if (!hub_.moderation_.accepts_reason(by, shut_down.reason)) return;
  log({.act = shut_down.kWord, .by = by, .reason = shut_down.reason});
  tell_everybody(by, shut_down.reason, [](std::string_view from, std::string_view reason) -> Event {
    return event::ShuttingDown{.by = from, .reason = reason};
  });
  ::kill(::getpid(), SIGTERM);
}

}  // namespace server
