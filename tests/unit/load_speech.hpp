// What a server of each dialect hears and says: as much of it as the tester speaks.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace load {

// What a client asked for. Without a room: in the one that it joined last.
struct Request {
  enum class Kind { kNothing, kJoin, kLeave, kSay };
  Kind kind = Kind::kNothing;
  std::string room = {};
  std::string text = {};
};

// One for each connection: it remembers what belongs together.
class Speech {
 public:
  virtual ~Speech() = default;

  virtual std::string greeting(std::size_t /*index*/) const { return {}; }
  // A line of the client; what is to be answered at once goes to `answer`.
  virtual Request take(const std::string& line, std::string& answer) = 0;
  virtual std::string joined(const std::string& room) const = 0;
  virtual std::string left(const std::string& room) const = 0;
  virtual std::string message(const std::string& room, const std::string& text) const = 0;
  // Whether who speaks gets its own message back.
  virtual bool echoes() const { return false; }
};

class ChatSpeech final : public Speech {
 public:
  std::string greeting(std::size_t index) const override {
    return "welcome\r\n-- you are guest-" + std::to_string(index) + "\r\n";
  }
  Request take(const std::string& line, std::string& /*answer*/) override {
    if (line.starts_with("/join ")) return {Request::Kind::kJoin, line.substr(6)};
    if (line.starts_with("/leave ")) return {Request::Kind::kLeave, line.substr(7)};
    return {Request::Kind::kSay, {}, line};
  }
  std::string joined(const std::string& room) const override {
    return "-- you are now in " + room + "\r\n";
  }
  std::string left(const std::string& room) const override {
    return "-- you left " + room + "\r\n";
  }
  std::string message(const std::string& room, const std::string& text) const override {
    return "12:00 " + room + " <guest> " + text + "\r\n";
  }
};

// PART is answered by the PONG to the PING behind it.
class IrcSpeech final : public Speech {
 public:
  Request take(const std::string& line, std::string& answer) override {
    if (line.starts_with("NICK ")) answer = ":irc 001 " + line.substr(5) + " :Welcome\r\n";
    if (line.starts_with("PING :")) answer = ":irc PONG irc :" + line.substr(6) + "\r\n";
    if (line.starts_with("JOIN ")) return {Request::Kind::kJoin, line.substr(5)};
    if (line.starts_with("PART ")) return {Request::Kind::kLeave, line.substr(5)};
    if (!line.starts_with("PRIVMSG ")) return {};
    const std::size_t end = line.find(' ', 8);
    return {Request::Kind::kSay, line.substr(8, end - 8), line.substr(end + 2)};
  }
  std::string joined(const std::string& room) const override {
    return ":irc 366 me " + room + " :End of NAMES list\r\n";
  }
  std::string left(const std::string& /*room*/) const override { return {}; }
  std::string message(const std::string& room, const std::string& text) const override {
    return ":h0!load@127.0.0.1 PRIVMSG " + room + " :" + text + "\r\n";
  }
};

// What was asked for is answered by the PONG to the PING behind it.
class NatsSpeech final : public Speech {
 public:
  Request take(const std::string& line, std::string& answer) override {
    if (!subject_.empty()) return {Request::Kind::kSay, std::exchange(subject_, {}), line};
    if (line == "PING") answer = "PONG\r\n";
    const std::size_t end = line.rfind(' ');
    if (line.starts_with("PUB ")) subject_ = line.substr(4, end - 4);
    if (line.starts_with("SUB ")) {
      const std::string room = line.substr(4, end - 4);
      subscribed_[line.substr(end + 1)] = room;
      return {Request::Kind::kJoin, room};
    }
    if (line.starts_with("UNSUB ")) return {Request::Kind::kLeave, subscribed_[line.substr(6)]};
    return {};
  }
  std::string joined(const std::string& /*room*/) const override { return {}; }
  std::string left(const std::string& /*room*/) const override { return {}; }
  std::string message(const std::string& room, const std::string& text) const override {
    return "MSG " + room + " 1 " + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  }

 private:
  std::string subject_;  // of the text that follows
  std::map<std::string, std::string> subscribed_;
};

// A request is "*N" and N words, each with a line before it that says how long it is.
class RedisSpeech final : public Speech {
 public:
  Request take(const std::string& line, std::string& answer) override {
    if (left_ == 0) {
      left_ = 2 * std::stoul(line.substr(1));
      words_.clear();
      return {};
    }
    if (--left_ % 2 == 0) words_.push_back(line);
    if (left_ > 0) return {};
    if (words_[0] == "SUBSCRIBE") return {Request::Kind::kJoin, words_[1]};
    if (words_[0] == "UNSUBSCRIBE") return {Request::Kind::kLeave, words_[1]};
    answer = words_[0] == "HELLO" ? "+OK\r\n" : ":1\r\n";
    if (words_[0] != "PUBLISH") return {};
    return {Request::Kind::kSay, words_[1], words_[2]};
  }
  std::string joined(const std::string& room) const override {
    return ">3\r\n" + word("subscribe") + word(room) + ":1\r\n";
  }
  std::string left(const std::string& room) const override {
    return ">3\r\n" + word("unsubscribe") + word(room) + ":0\r\n";
  }
  std::string message(const std::string& room, const std::string& text) const override {
    return ">3\r\n" + word("message") + word(room) + word(text);
  }
  bool echoes() const override { return true; }

 private:
  static std::string word(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  }

  std::size_t left_ = 0;  // lines of the request
  std::vector<std::string> words_;
};

inline std::unique_ptr<Speech> make_speech(std::string_view dialect) {
  if (dialect == "irc") return std::make_unique<IrcSpeech>();
  if (dialect == "nats") return std::make_unique<NatsSpeech>();
  if (dialect == "redis") return std::make_unique<RedisSpeech>();
  return std::make_unique<ChatSpeech>();
}

}  // namespace load
