// Between the two forms of a ban in a room. A failure is logged here, and is an answer to who
// asked.
#include "server/archived_room_bans.hpp"

#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "core/loop.hpp"
#include "server/names.hpp"

namespace server {
namespace {

constexpr std::string_view kNick = "nick:";
constexpr std::string_view kAccount = " account:";
constexpr std::string_view kNetwork = " network:";

// "nick:bob account:bob network:192.0.2.1"; what there is none of is empty. None has a blank in it.
std::string subject_of(const Sanction& ban) {
  std::string subject(kNick);
  subject += ban.nick;
  subject += kAccount;
  subject += ban.account;
  subject += kNetwork;
  if (ban.network) subject += ban.network->to_string();
  return subject;
}

std::string_view take_word(std::string_view& text, std::string_view label) {
  if (!text.starts_with(label)) return {};
  text.remove_prefix(label.size());
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

// Nothing: it is against nobody, and not of this server's writing.
std::optional<Sanction> to_sanction(const Store::Ban& ban) {
  std::string_view subject = ban.subject;
  Sanction sanction{.nick = std::string(take_word(subject, kNick)),
                    .account = std::string(take_word(subject, kAccount)),
                    .network = core::Network::parse(take_word(subject, kNetwork)),
                    .by = ban.by,
                    .reason = ban.reason,
                    .until = static_cast<std::time_t>(ban.until.value_or(0)),
                    .since = static_cast<std::time_t>(ban.created)};
  if (sanction.nick.empty() && sanction.account.empty() && !sanction.network) return std::nullopt;
  return sanction;
}

Store::Ban to_stored(const std::string& room, const Sanction& ban) {
  return {.room = room,
          .subject = subject_of(ban),
          .reason = ban.reason,
          .by = ban.by,
          .created = ban.since,
          .until = ban.until == 0 ? std::nullopt : std::optional<std::int64_t>(ban.until)};
}

// Nothing: the server is ending, and the room with it, so that what is stored is what holds.
std::optional<std::vector<Store::Ban>> bans_of(Directory& directory, const std::string& name,
                                               std::time_t now) {
  const Directory::Access here(directory);
  const Room* const room = here.find_room(name);
  if (room == nullptr && here.server_ends()) return std::nullopt;
  std::vector<Store::Ban> bans;
  if (room == nullptr || room->rules() == nullptr) return bans;
  for (const Sanction* const ban : room->rules()->bans.all(now)) {
    bans.push_back(to_stored(name, *ban));
  }
  return bans;
}

}  // namespace

// One that asks for a room to be written down, from its asking to its end.
class ArchivedRoomBans::Ticket {
 public:
  Ticket(std::shared_ptr<Turns> turns, std::string room)
      : turns_(std::move(turns)), room_(std::move(room)) {
    const std::scoped_lock lock(turns_->mutex);
    Turns::Turn& turn = turns_->rooms[room_];
    ++turn.waiting;
    number_ = ++turn.asked;
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    const std::scoped_lock lock(turns_->mutex);
    const auto turn = turns_->rooms.find(room_);
    if (--turn->second.waiting == 0) turns_->rooms.erase(turn);
  }

  const std::string& room() const { return room_; }

  // Whether it was done for one that had its turn after this one had asked. If not, up to which
  // number it is done by who does it now.
  bool is_done(std::uint64_t& up_to) const {
    const std::scoped_lock lock(turns_->mutex);
    const Turns::Turn& turn = turns_->rooms.at(room_);
    up_to = turn.asked;
    return turn.done >= number_;
  }
  void done(std::uint64_t up_to) const {
    const std::scoped_lock lock(turns_->mutex);
    turns_->rooms.at(room_).done = up_to;
  }

 private:
  const std::shared_ptr<Turns> turns_;
  const std::string room_;
  std::uint64_t number_ = 0;
};

void ArchivedRoomBans::restore(std::time_t now) {
  Directory::Access here(directory_);
  bool is_news = false;
  for (const Store::Ban& ban : archive_.store().load_bans()) {
    if (!ban.room) continue;
    const std::int64_t awaited_until = ban.awaited_since.value_or(now) + kAwaited;
    is_news = is_news || !ban.awaited_since || awaited_until <= now;
    if (awaited_until <= now || (ban.until && *ban.until <= now)) continue;
    const std::optional<Sanction> sanction = to_sanction(ban);
    if (!sanction) continue;
    here.kept_bans().add(*ban.room, awaited_until, *sanction, here.sanctions().take_beyond(), now);
  }
  if (is_news) await_rooms(now);
}

// What hinders it hinders nothing else: another time will do.
void ArchivedRoomBans::await_rooms(std::int64_t now) {
  try {
    archive_.store().await_rooms(now, now - kAwaited);
  } catch (const StoreError& error) {
    spdlog::warn("how long rooms with bans are awaited is not stored: {}", error.what());
  }
}

// What the store's thread does refers to nothing of this.
core::Task<std::string> ArchivedRoomBans::write_down(std::string room) {
  try {
    const std::time_t now = core::current_loop().ring().wall_clock();
    auto ticket = std::make_shared<Ticket>(turns_, folded(room));
    auto write = [&directory = directory_, ticket = std::move(ticket), now](Store& store) {
      std::uint64_t up_to = 0;
      if (ticket->is_done(up_to)) return true;
      const auto bans = bans_of(directory, ticket->room(), now);
      if (!bans) return false;
      store.replace_room_bans(ticket->room(), *bans);
      ticket->done(up_to);
      return true;
    };
    const bool is_done = co_await archive_.at_store(std::move(write));
    co_return is_done ? "" : "the server is shutting down";
  } catch (const std::exception& error) {
    report(error.what());
    co_return error.what();
  }
}

void ArchivedRoomBans::report(const std::string& why) {
  const std::scoped_lock lock(log_mutex_);
  const auto end = failures_.admit(core::current_loop().now());
  if (end) spdlog::error("the store failed: {}{}", why, *end);
}

void ArchivedRoomBans::write_down_soon(const std::string& room) noexcept {
  try {
    core::current_loop().spawn(write_down(room), "keep the bans of a room").detach();
  } catch (const std::exception& error) {
    spdlog::warn("the bans of {} are not written down: {}", room, error.what());
  }
}

}  // namespace server
