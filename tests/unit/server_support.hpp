// What the tests of the hub and of connections share: a house whose kernel is the test, guests in
// it whose sockets take what the test lets them, and events as lines that can be compared.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "core/loop.hpp"
#include "core/sender.hpp"
#include "core/stream.hpp"
#include "server/ban_list.hpp"
#include "server/chat_moderation.hpp"
#include "server/config.hpp"
#include "server/dialect.hpp"
#include "server/hub.hpp"
#include "server/parting_phrases.hpp"
#include "server/user.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace server::support {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

// What a room's members see begins with the room, what one person sees with "-- ".
class EventDescription {
 public:
  std::string operator()(const event::Said& said) const {
    const char* const form = said.manner == Manner::kAct ? "{} * {} {}" : "{} <{}> {}";
    return fmt::format(fmt::runtime(form), said.room, said.from, said.text);
  }
  std::string operator()(const event::Joined& joined) const {
    return fmt::format("{} joined: {}", joined.room, crowd(joined.names, joined.others));
  }
  std::string operator()(const event::Left& left) const {
    const std::string who = crowd(left.names, left.others);
    const std::string_view why = seen_by_others(left.parting);
    if (why.empty()) return fmt::format("{} left: {}", left.room, who);
    return fmt::format("{} left: {} ({})", left.room, who, why);
  }
  std::string operator()(const event::Renamed& renamed) const {
    return fmt::format("{} renamed: {} to {} +{}", renamed.room, renamed.from, renamed.to,
                       renamed.others);
  }
  std::string operator()(const event::TopicChanged& changed) const {
    return fmt::format("{} topic by {}: {}", changed.room, changed.by, changed.topic);
  }
  std::string operator()(const event::Welcome& welcome) const {
    return fmt::format("-- welcome {} to {}", welcome.nick, welcome.server);
  }
  std::string operator()(const event::Entered& entered) const {
    return fmt::format("-- entered {} of {}, replay {}, topic '{}' by '{}'", entered.room,
                       entered.members, entered.replayed, entered.topic, entered.topic_by);
  }
  std::string operator()(const event::SwitchedTo& switched) const {
    return fmt::format("-- switched to {}", switched.room);
  }
  std::string operator()(const event::Exited& exited) const {
    return fmt::format("-- exited {}, now in '{}'", exited.room, exited.current);
  }
  std::string operator()(const event::NickChanged& changed) const {
    return fmt::format("-- you are {}", changed.nick);
  }
  std::string operator()(const event::Told& told) const {
    return fmt::format("-- {} tells: {}", told.from, told.text);
  }
  std::string operator()(const event::YouTold& told) const {
    return fmt::format("-- told {}: {}", told.to, told.text);
  }
  std::string operator()(const event::Missed& missed) const {
    return fmt::format("-- missed {} in {}", missed.messages, missed.room);
  }
  std::string operator()(const event::RoomList& list) const {
    std::string text = "-- rooms:";
    for (const event::RoomList::Entry& room : list.rooms) {
      text += fmt::format(" {}={}'{}'", room.name, room.members, room.topic);
    }
    return fmt::format("{} +{}", text, list.others);
  }
  std::string operator()(const event::MemberList& list) const {
    return fmt::format("-- members of {}: {}", list.room, crowd(list.members, list.others));
  }
  std::string operator()(const event::UserDetails& user) const {
    const std::string account =
        user.account.empty() ? std::string() : fmt::format(" ({})", user.account);
    return fmt::format("-- {}{} in {} for {}s{}{}", user.nick, account, crowd(user.rooms, 0),
                       user.connected_seconds, user.is_operator ? ", operator" : "",
                       user.address.empty() ? "" : fmt::format(", from {}", user.address));
  }
  std::string operator()(const event::TopicIs& topic) const {
    return fmt::format("-- topic of {} is '{}' by '{}'", topic.room, topic.topic, topic.by);
  }
  std::string operator()(const event::History& history) const {
    std::string text = fmt::format("-- history of {}:", history.room);
    for (const std::string_view line : history.lines) {
      text += fmt::format(" [{}]", line.substr(0, line.find('\n')));
    }
    return text;
  }
  std::string operator()(const event::EchoIs& echo) const {
    return echo.on ? "-- echo on" : "-- echo off";
  }
  std::string operator()(const event::TimeIs&) const { return "-- time"; }
  std::string operator()(const event::Stats& stats) const {
    Statistics all;
    for (const Statistics& loop : stats.loops) all.add(loop);
    return fmt::format("-- stats of {} loops, {} rooms: {} people, {} messages, {} deliveries",
                       stats.loops.size(), stats.rooms, all.people, all.messages, all.deliveries);
  }
  std::string operator()(const event::Help& help) const {
    return fmt::format("-- help {}", help.topic);
  }
  std::string operator()(const event::Goodbye& goodbye) const {
    return fmt::format("-- goodbye '{}'", told_at_parting(goodbye.parting));
  }
  std::string operator()(const event::BadNick& bad) const {
    return fmt::format("-- bad nick, fault {}, most {}", static_cast<int>(bad.fault),
                       bad.max_bytes);
  }
  std::string operator()(const event::BadRoomName& bad) const {
    return fmt::format("-- bad room, fault {}, most {}", static_cast<int>(bad.fault),
                       bad.max_bytes);
  }
  std::string operator()(const event::NickTaken& taken) const {
    return fmt::format("-- taken: {}", taken.nick);
  }
  std::string operator()(const event::NoSuchNick& missing) const {
    return fmt::format("-- nobody is {}", missing.nick);
  }
  std::string operator()(const event::NoSuchRoom& missing) const {
    return fmt::format("-- no room {}", missing.room);
  }
  std::string operator()(const event::NotInRoom& outside) const {
    return fmt::format("-- not in '{}'", outside.room);
  }
  std::string operator()(const event::TooManyRooms& limit) const {
    return fmt::format("-- too many rooms, most {}", limit.most);
  }
  std::string operator()(const event::ServerHasTooManyRooms& limit) const {
    return fmt::format("-- {} has too many rooms, most {}", limit.of_address ? "address" : "server",
                       limit.most);
  }
  std::string operator()(const event::ServerFull&) const { return "-- server full"; }
  std::string operator()(const event::TooManyConnections& limit) const {
    return fmt::format("-- too many connections, most {}", limit.most);
  }
  std::string operator()(const event::ConnectsTooOften& limit) const {
    return fmt::format("-- connects too often, most {}", limit.most);
  }
  std::string operator()(const event::LineTooLong& limit) const {
    return fmt::format("-- line too long, most {}", limit.max_bytes);
  }
  std::string operator()(const event::TopicTooLong& limit) const {
    return fmt::format("-- topic too long, most {}", limit.max_bytes);
  }
  std::string operator()(const event::MailboxFull& full) const {
    return fmt::format("-- mailbox of {} full", full.nick);
  }
  std::string operator()(const event::Undelivered& line) const {
    return fmt::format("-- undelivered to {}{}", line.nick, line.is_gone ? ", gone" : "");
  }
  std::string operator()(const event::UnknownCommand& unknown) const {
    return fmt::format("-- unknown {}", unknown.word);
  }
  std::string operator()(const event::BadArguments& bad) const {
    return fmt::format("-- bad arguments {}", bad.command);
  }
  // In the words of the chat dialect, without the time; lines are separated by " | ".
  std::string operator()(const event::Moderation& event) const {
    const std::tm midnight{};
    std::string text;
    std::visit(ModerationPhrasing(midnight, text), event);
    std::string line;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find("\r\n", at);
      const std::size_t begin = text.compare(at, 6, "00:00 ") == 0 ? at + 6 : at;
      line += (line.empty() ? "" : " | ") + text.substr(begin, end - begin);
      at = end + 2;
    }
    return line;
  }
  std::string operator()(const event::PasswordWanted& wanted) const {
    return fmt::format("-- password {} of {}?", static_cast<int>(wanted.use), wanted.nick);
  }
  std::string operator()(const event::PasswordTaken& taken) const {
    return taken.given ? "-- password taken" : "-- no password";
  }
  std::string operator()(const event::PasswordWasVisible& visible) const {
    return fmt::format("-- visible in {}", visible.command);
  }
  std::string operator()(const event::AccountChanged& changed) const {
    return fmt::format("-- account change {} of {}", static_cast<int>(changed.what),
                       changed.account);
  }
  std::string operator()(const event::OperatorNoMore&) const { return "-- operator no more"; }
  std::string operator()(const event::NickRegistered& registered) const {
    return fmt::format("-- registered: {}", registered.nick);
  }
  std::string operator()(const event::BadPassword& bad) const {
    return fmt::format("-- bad password, fault {}", static_cast<int>(bad.fault));
  }
  std::string operator()(const event::AccountRefused& refused) const {
    return fmt::format("-- account refusal {}: {}", static_cast<int>(refused.why), refused.detail);
  }

 private:
  // "alice,bob+38"
  static std::string crowd(std::span<const event::Ranked> ranked, std::size_t others) {
    std::vector<std::string> marked;
    for (const event::Ranked& one : ranked) {
      constexpr std::string_view kMarks[] = {"", "+", "@"};
      marked.push_back(fmt::format("{}{}", kMarks[static_cast<int>(one.role)], one.name));
    }
    return crowd(std::vector<std::string_view>(marked.begin(), marked.end()), others);
  }
  static std::string crowd(std::span<const std::string_view> names, std::size_t others) {
    const std::string text = fmt::format("{}", fmt::join(names, ","));
    return others == 0 ? text : fmt::format("{}+{}", text, others);
  }
};

inline std::string describe(const Event& event) {
  return std::visit(EventDescription(), event);
}

// Encodes an event as its description. What a subclass sets may make it fail.
class PlainEncoder : public Encoder {
 public:
  void encode(const Event& event, const std::tm& /*now*/, std::string& out) const override {
    const std::string line = describe(event);
    if (!fails_at.empty() && line.find(fails_at) != std::string::npos) {
      throw std::runtime_error("cannot encode " + fails_at);
    }
    ++encoded;
    out += line + "\n";
  }

  std::string fails_at;             // a part of the description; empty: never
  mutable std::size_t encoded = 0;  // how often it was asked
};

inline Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      lines.push_back("unfinished: " + std::string(text));
      break;
    }
    lines.emplace_back(text.substr(0, end - (end > 0 && text[end - 1] == '\r' ? 1 : 0)));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// A loop on a scripted ring, and the far ends of its sockets.
class Wires {
 public:
  Wires() : loop(ring) {}

  int new_socket() { return next_socket_++; }

  // Makes passes until everything that can be sent is sent, and full sockets are noticed. Time
  // stands still.
  void settle() {
    for (int quiet = 0; quiet < 4; ++quiet) {
      loop.call_soon([] {});
      loop.run_once();
      if (loop.sender().has_work()) quiet = 0;
    }
  }
  void pass_time(core::Duration time) {
    ring.advance(time);
    settle();
  }

  // Everything that was sent to a socket since it was last asked for.
  std::string take(int socket) { return std::exchange(ring.wire[socket], {}); }

  // From now on the socket takes no bytes.
  void stall(int socket) { ring.room[socket] = 0; }
  // It takes so many more.
  void make_room(int socket, std::size_t bytes) {
    ring.room[socket] += bytes;
    answer_newest("poll", socket, POLLOUT);
  }
  // It takes everything again.
  void unstall(int socket) {
    ring.room.erase(socket);
    answer_newest("poll", socket, POLLOUT);
  }
  // Bytes from its peer, and the peer's end: 0, or an error.
  void bring(int socket, std::string bytes) {
    ring.bring(newest("receive", socket), std::move(bytes));
  }
  void end(int socket, int error = 0) { answer_newest("receive", socket, -error); }
  // Answers the newest operation of that kind on the socket; one that has ended ignores it.
  void answer_newest(std::string_view operation, int socket, std::int32_t result) {
    if (const core::Token token = newest(operation, socket); token != 0) {
      ring.answer(token, result);
    }
  }
  core::Token newest(std::string_view operation, int socket) const {
    for (auto one = ring.asked.rbegin(); one != ring.asked.rend(); ++one) {
      if (one->operation == operation && one->descriptor == socket) return one->token;
    }
    return 0;
  }

  core::support::ScriptedRing ring;
  core::Loop loop;

 private:
  int next_socket_ = 100;
};

struct OwnStream {
  core::Stream stream;
};

// A user without a session: it writes down what it is told, and says it to its socket too.
class Guest : private OwnStream, public User {
 public:
  Guest(core::Loop& loop, Hub& hub, const Encoder& encoder, int of,
        const core::Address& from = core::Address())
      : OwnStream{core::Stream(loop, of, from)},
        User(DialectId::kChat, stream.outflow()),
        socket(of),
        hub_(hub),
        encoder_(encoder) {}
  Guest(Wires& wires, Hub& hub, const Encoder& encoder, const core::Address& from = core::Address())
      : Guest(wires.loop, hub, encoder, wires.new_socket(), from) {
    wires_ = &wires;
  }
  virtual ~Guest() = default;

  void tell(const Event& event) override { outflow().append(hear(event)); }
  void tell_at(std::uint64_t mark, const Event& event) override {
    outflow().append_at(mark, hear(event));
  }
  void evict(Parting parting) override { evictions.emplace_back(told_at_parting(parting)); }
  const core::Address& address() const override { return stream.peer(); }
  Hub& hub() const override { return hub_; }

  Lines take_told() { return std::exchange(told, {}); }
  // The lines that its socket took.
  Lines take_lines() { return lines_of(wires_->take(socket)); }

  void stall() { wires_->stall(socket); }
  void make_room(std::size_t bytes) { wires_->make_room(socket, bytes); }
  void unstall() { wires_->unstall(socket); }

  const int socket;
  Lines told;  // privately
  Lines evictions;
  bool mute = false;  // what it is told does not go to its socket

 private:
  std::string hear(const Event& event) {
    told.push_back(describe(event));
    std::string bytes;
    if (!mute) encoder_.encode(event, std::tm{}, bytes);
    return bytes;
  }

  Wires* wires_ = nullptr;  // null: on a real socket
  Hub& hub_;
  const Encoder& encoder_;
};

// A hub with guests.
class House : public Wires {
 public:
  explicit House(Config with = {})
      : config(std::move(with)), directory(config, {&encoder}), hub(loop, directory, bans) {}
  House(const House&) = delete;
  House& operator=(const House&) = delete;
  ~House() {
    encoder.fails_at.clear();
    for (const auto& guest : guests_) hub.disconnect(*guest, {});
    guests_.clear();
    loop.run(core::support::nothing());
  }

  // Somebody who has just come in.
  Guest& enter(const core::Address& from = core::Address()) {
    Guest& guest = *guests_.emplace_back(std::make_unique<Guest>(*this, hub, encoder, from));
    hub.connect(guest);
    return guest;
  }
  // Somebody who has come in, is called that, and has seen everything so far; as everybody.
  Guest& arrive(std::string_view nick = {}, const core::Address& from = core::Address()) {
    Guest& guest = enter(from);
    if (!nick.empty()) hub.change_nick(guest, nick);
    settle();
    forget();
    return guest;
  }
  // Ends a guest, as a session ends.
  void end(Guest& guest, std::string_view reason = {}) {
    hub.disconnect(guest, {.words = reason});
    std::erase_if(guests_, [&](const auto& one) { return one.get() == &guest; });
  }
  // What everybody has seen so far is of no interest.
  void forget() {
    for (const auto& guest : guests_) {
      guest->told.clear();
      ring.wire[guest->socket].clear();
    }
  }
  void say(Guest& guest, std::string_view text) { hub.say(guest, text, Manner::kSay); }
  std::size_t users() { return Directory::Access(directory).users(); }
  std::size_t rooms() { return Directory::Access(directory).rooms(); }

  const Config config;
  PlainEncoder encoder;
  Directory directory;
  BanList bans{[this] { return ring.wall_clock(); }};
  Hub hub;

 private:
  std::vector<std::unique_ptr<Guest>> guests_;
};

}  // namespace server::support
