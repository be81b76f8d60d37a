// What a simulated person does. What it makes of the answers is in chat_client_lines.cpp.
#include "tests/sim/chat_client.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace sim {

ChatClient::ChatClient(Crowd& crowd, Evening& evening, std::size_t number, std::size_t actions)
    : ChatProgram(crowd, evening),
      number_(number),
      actions_(actions),
      stops_at_(actions / 2),
      ending_(static_cast<Ending>(choose().below(4))),
      prompt_(choose().chance(0.5)),
      stubborn_(!prompt_ && choose().chance(0.3)),
      leaves_early_(choose().chance(0.3)),
      pause_most_(choose().magnitude(10, 100'000)),
      piece_most_(prompt_ ? 65536 : choose().magnitude(1, 65536)),
      acts_at_(ring().now() + std::chrono::microseconds(choose().magnitude(1, 1'000'000))),
      typed_rooms_{evening.rooms.front()},
      typed_current_(evening.rooms.front()) {
  typed_stays_[typed_current_] = 1;
  rename();
}

bool ChatClient::has_stopped() const {
  return stubborn_ && actions_ <= stops_at_ && !evening().reads_again;
}

core::Time ChatClient::step(core::Time now) {
  if (finished_) return core::kNever;
  if (!evening().open || now < acts_at_) {
    if (!connected()) return std::max(now + std::chrono::milliseconds(1), acts_at_);
  }
  if (!connected()) {
    connect(evening().chat, choose().magnitude(16, 65536),
            prompt_ ? choose().magnitude(4096, 262'144) : choose().magnitude(16, 8192));
  }
  const bool stopped = has_stopped();
  if (!stopped && now >= reads_at_) {
    read(choose().between(1, piece_most_));
  }
  if (finished_) return core::kNever;
  if (end().finished() && end().unread() == 0) {
    ended();
    return core::kNever;
  }
  // It may still have something to read, but its terminal says that the connection is lost.
  if (end().reset()) actions_ = 0;
  constexpr std::size_t kUnsentMost = 16 * 1024;
  if (now >= acts_at_ && actions_ > 0 && unsent() < kUnsentMost) {
    --actions_;
    act();
    acts_at_ = now + std::chrono::microseconds(choose().magnitude(1, pause_most_));
  }
  send(choose().between(1, piece_most_));
  const bool leaves = actions_ == 0 && unsent() == 0 && (leaves_early_ || evening().closing);
  if (leaves && !end().reset()) leave();
  if (finished_) return core::kNever;

  core::Time next = core::kNever;
  if (actions_ > 0) next = std::min(next, std::max(acts_at_, now + std::chrono::microseconds(1)));
  if (!stopped && end().unread() > 0) next = std::min(next, std::max(reads_at_, now));
  if (unsent() > 0 && end().space() > 0) next = std::min(next, now);
  return next == core::kNever ? next : std::max(next, now + std::chrono::microseconds(1));
}

std::size_t ChatClient::backlog_most(const server::Config::Limits& limits) const {
  // It may have been in any room, because what it had typed is done only as it reads.
  const std::size_t rooms = evening().rooms.size() + evening().cellars.size();
  // Who enters is shown earlier lines, and is skipped ahead only by the next one.
  const std::size_t lag = std::max(limits.max_lag, limits.history);
  // A line that was begun is finished beside a full mailbox.
  return end().capacity + rooms * (lag + evening().loops * evening().pass_most) + limits.mailbox +
         limits.line;
}

// In one of four ways, once.
void ChatClient::leave() {
  if (std::exchange(left_, true)) return;
  switch (ending_) {
    case Ending::kQuits:
      type_line("/quit so long");
      return;
    case Ending::kHalfCloses:
      end().end();
      return;
    case Ending::kCloses:
      end().close(choose().chance(0.5));
      break;
    case Ending::kVanishes:
      end().vanish(choose().chance(0.5) ? ECONNRESET : ETIMEDOUT, choose().chance(0.5));
      break;
  }
  finished_ = true;
}

// The server's end, or the network's.
void ChatClient::ended() {
  // Who reads slowly may not even get the goodbye in time.
  const bool lagged = !prompt_ && evening().lag_disconnects;
  const bool refused = nick_.empty() && evening().may_be_full;
  const bool expected =
      left_ || may_end_ || lagged || refused || was_hit() || evening().shutting_down;
  if (!expected) {
    evening().findings.add(fmt::format("{} was disconnected for nothing ({}{})", nick_,
                                       prompt_ ? "prompt" : "slow",
                                       stubborn_ ? ", had stopped reading" : ""));
  }
  end().close(false);
  finished_ = true;
}

void ChatClient::act() {
  const std::uint64_t what = choose().below(100);
  if (what < (evening().one_confidant ? 25 : 50)) return say();
  if (what < 62) return whisper();
  if (what < 66) return rename();
  if (what < 76) return join();
  if (what < 81) return leave_room();
  if (what < 90) return look_around();
  if (what < 94) {
    echo_ = choose().chance(0.5);
    return type_line(echo_ ? "/echo on" : "/echo off");
  }
  if (!prompt_)
    reads_at_ = ring().now() + std::chrono::microseconds(choose().magnitude(1, 3'000'000));
}

const std::string& ChatClient::pick(const std::vector<std::string>& from) {
  return from[choose().below(from.size())];
}

// Words that are nobody else's.
std::string ChatClient::next_words(char kind) {
  std::string words = fmt::format("{}{}-{}:", kind, number_, ++words_);
  std::size_t more = choose().chance(0.5) ? choose().magnitude(1, evening().line_most / 4) : 0;
  for (; more > 0; --more) {
    constexpr std::string_view kLetters[] = {"a", "Z", "7", ".", " b", "\xC3\xA9", "\xE6\xBC\xA2",
                                             "/"};
    words += kLetters[choose().below(std::size(kLetters))];
  }
  return words;
}

void ChatClient::say() {
  if (typed_current_.empty()) return join();
  if (choose().chance(0.02)) return type_line(std::string(evening().line_most + 1, 'x'));
  const std::string words = next_words('m');
  const bool acts = choose().chance(0.1);
  const LineId line = evening().ledger.said(fmt::format(
      "{} {}{} {}", typed_current_, acts ? "* " : "<", typed_nick_ + (acts ? "" : ">"), words));
  said_[{typed_current_, typed_stays_[typed_current_] - 1}].push_back({line, !echo_});
  type_line(acts ? "/me " + words : words);
}

void ChatClient::whisper() {
  if (evening().nicks.empty()) return;
  const bool known = evening().one_confidant && !evening().deaf.empty();
  const std::string& to = known ? evening().deaf : pick(evening().nicks);
  const std::string words = next_words('w');
  evening().ledger.whispered(words, fmt::format("p{}", number_), to);
  whispers_.push_back(words);
  type_line("/msg " + to + " " + words);
}

void ChatClient::rename() {
  typed_nick_ = fmt::format("p{}_{}", number_, ++words_);
  type_line("/nick " + typed_nick_);
}

void ChatClient::join() {
  const bool to_cellar = !evening().cellars.empty() && choose().chance(0.3);
  const std::string& room = pick(to_cellar ? evening().cellars : evening().rooms);
  if (std::find(typed_rooms_.begin(), typed_rooms_.end(), room) == typed_rooms_.end()) {
    typed_rooms_.push_back(room);
    ++typed_stays_[room];
  }
  typed_current_ = room;
  type_line("/join " + room);
}

void ChatClient::leave_room() {
  if (typed_rooms_.empty()) return;
  const std::string room = pick(typed_rooms_);
  std::erase(typed_rooms_, room);
  if (room == typed_current_) typed_current_ = typed_rooms_.empty() ? "" : typed_rooms_.back();
  type_line("/leave " + room);
}

void ChatClient::look_around() {
  if (typed_current_.empty()) return type_line("/rooms");
  static const std::vector<std::string> kQuestions = {
      "/who", "/rooms", "/history", "/history 3", "/topic", "/topic so be it", "/help", "/time"};
  type_line(pick(kQuestions));
}

// As a person's client might: with commands of the protocol and corrections anywhere in it.
void ChatClient::type_line(std::string line) {
  static const std::vector<std::string> kNoise = {
      "\xFF\xF1",     "\xFF\xF9",     "\xFF\xFB\x18", "\xFF\xFC\x01",
      "\xFF\xFD\x06", "\xFF\xFD\x03", "\xFF\xFE\x22", "\xFF\xFA\x18xterm\n\xFF\xF0",
      "q\b",          "q\x7F",        "q\xFF\xF7"};
  static const std::vector<std::string> kEnds = {"\r\n", "\n", std::string("\r\0", 2)};
  const double noisy = choose().chance(0.3) ? 0.05 : 0;
  std::string bytes;
  for (const char byte : line) {
    const bool inside_character = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
    if (noisy > 0 && choose().chance(noisy)) {
      const std::string& noise = pick(kNoise);
      if (!inside_character || noise.front() == '\xFF') bytes += noise;
    }
    bytes += byte;
  }
  type(bytes + pick(kEnds));
}

}  // namespace sim
