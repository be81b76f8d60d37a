// Reading RESP: a value at a time, without keeping anything of it.
#include "client/load/redis_dialect.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>

namespace load {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kMessage = ">3\r\n$7\r\nmessage\r\n";
constexpr std::string_view kSubscribed = ">3\r\n$9\r\nsubscribe\r\n";
constexpr std::string_view kUnsubscribed = ">3\r\n$11\r\nunsubscribe\r\n";
constexpr std::int64_t kElementsMost = 1024;
constexpr std::int64_t kStringMost = std::int64_t{512} << 20;  // as Redis has it
constexpr int kDepthMost = 8;

// A request is an array of strings.
std::string request(std::initializer_list<std::string_view> words) {
  std::string text = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) text += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return text;
}

// Goes through the bytes from the front.
class RespReader {
 public:
  explicit RespReader(std::string_view bytes) : bytes_(bytes) {}

  std::size_t position() const { return at_; }
  bool bad() const { return bad_; }

  // What precedes the next line end. Nothing: it is not there yet.
  std::optional<std::string_view> line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) return std::nullopt;
    if (end == at_ || bytes_[end - 1] != '\r') return fail();
    const std::string_view text = bytes_.substr(at_, end - 1 - at_);
    at_ = end + 1;
    return text;
  }

  // "$5\r\n#load\r\n"
  std::optional<std::string_view> string() {
    if (at_ == bytes_.size()) return std::nullopt;
    if (bytes_[at_] != '$') return fail();
    const auto head = line();
    if (!head) return std::nullopt;
    return string_of(count(head->substr(1), kStringMost));
  }

  // Any value. False: it is bad or not whole yet.
  bool value(int depth = 0) {
    const auto head = line();
    if (!head) return false;
    if (head->empty() || depth > kDepthMost) return fail().has_value();
    const std::string_view rest = head->substr(1);
    switch (head->front()) {
      case '+':
      case '-':
      case ':':
      case '_':
      case ',':
      case '#':
      case '(':
        return true;
      case '$':
      case '=':
      case '!':
        return rest == "-1" || string_of(count(rest, kStringMost)).has_value();
      case '*':
      case '~':
      case '>':
        return rest == "-1" || values(count(rest, kElementsMost), depth);
      case '%':
        return values(2 * count(rest, kElementsMost), depth);
      default:
        return fail().has_value();
    }
  }

 private:
  std::optional<std::string_view> fail() {
    bad_ = true;
    return std::nullopt;
  }

  std::int64_t count(std::string_view digits, std::int64_t most) {
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || rest != end || number < 0 || number > most) bad_ = true;
    return number;
  }

  std::optional<std::string_view> string_of(std::int64_t size) {
    if (bad_) return std::nullopt;
    const auto bytes = static_cast<std::size_t>(size);
    const std::string_view left = bytes_.substr(at_);
    if (left.size() < bytes) return std::nullopt;
    const std::string_view end = left.substr(bytes, kEnd.size());
    if (end != kEnd.substr(0, end.size())) return fail();
    if (end.size() < kEnd.size()) return std::nullopt;
    at_ += bytes + kEnd.size();
    return left.substr(0, bytes);
  }

  bool values(std::int64_t elements, int depth) {
    if (bad_) return false;
    for (; elements > 0; --elements) {
      if (!value(depth + 1)) return false;
    }
    return true;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

// Behind a line end there may be something that makes sense again.
Frame garbage(std::string_view bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1);
  return {.kind = Frame::Kind::kGarbage, .bytes = end + 1, .text = bytes.substr(0, end + 1)};
}

Frame message(std::string_view bytes) {
  RespReader reader(bytes.substr(kMessage.size()));
  const auto room = reader.string();
  const auto text = room ? reader.string() : std::nullopt;
  if (reader.bad()) return garbage(bytes);
  if (!text) return {};
  return {.kind = Frame::Kind::kMessage,
          .bytes = kMessage.size() + reader.position(),
          .room = *room,
          .text = *text};
}

}  // namespace

std::string RedisDialect::hello(std::size_t) const {
  return request({"HELLO", "3"});
}

std::string RedisDialect::join(std::string_view room) const {
  return request({"SUBSCRIBE", room});
}

std::string RedisDialect::leave(std::string_view room) const {
  return request({"UNSUBSCRIBE", room});
}

std::string RedisDialect::before_text(std::string_view room, std::size_t size) const {
  return fmt::format("*3\r\n$7\r\nPUBLISH\r\n${}\r\n{}\r\n${}\r\n", room.size(), room, size);
}

Frame RedisDialect::next(std::string_view bytes) const {
  if (bytes.starts_with(kMessage)) return message(bytes);
  RespReader reader(bytes);
  const bool whole = reader.value();
  if (reader.bad()) return garbage(bytes);
  if (!whole) return {};
  return {.kind = Frame::Kind::kOther,
          .bytes = reader.position(),
          .text = bytes.substr(0, reader.position() - kEnd.size())};
}

Notice RedisDialect::notice(std::string_view text) const {
  if (text.starts_with('-')) return {.kind = Notice::Kind::kRefused};
  const bool left = text.starts_with(kUnsubscribed);
  if (!left && !text.starts_with(kSubscribed)) return {};
  RespReader reader(text.substr(left ? kUnsubscribed.size() : kSubscribed.size()));
  const std::string_view room = reader.string().value_or(std::string_view());
  return {.kind = left ? Notice::Kind::kLeft : Notice::Kind::kConfirmed, .room = room};
}

}  // namespace load
