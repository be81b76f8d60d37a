// Reading what a NATS server says: lines, of which one kind is followed by a text of given length.
#include "client/load/nats_dialect.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "client/load/line_frame.hpp"

namespace load {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kMessage = "MSG ";
constexpr std::size_t kTextMost = std::size_t{64} << 20;  // the server's own most

// Rooms of a run differ in the number at their end, if they differ at all.
std::uint64_t subscription(std::string_view room) {
  std::uint64_t number = 0;
  const std::size_t begin = room.find_last_not_of("0123456789") + 1;
  std::from_chars(room.data() + begin, room.data() + room.size(), number);
  return number + 1;
}

// "MSG <subject> <sid> [reply-to] <#bytes>", then the text. `frame` is that line.
Frame message(Frame frame, std::string_view bytes) {
  const std::string_view line = frame.text;
  const std::size_t room_end = line.find(' ', kMessage.size());
  const std::size_t size_begin = line.rfind(' ') + 1;
  std::size_t size = 0;
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data() + size_begin, end, size);
  const bool sound = room_end != std::string_view::npos && size_begin > room_end + 1 &&
                     error == std::errc{} && rest == end && size <= kTextMost;
  const std::string_view behind = bytes.substr(frame.bytes);
  const std::string_view text_end =
      behind.size() > size ? behind.substr(size, kEnd.size()) : std::string_view();
  if (!sound || text_end != kEnd.substr(0, text_end.size())) {
    frame.kind = Frame::Kind::kGarbage;
    return frame;
  }
  if (text_end.size() < kEnd.size()) return {};
  return {.kind = Frame::Kind::kMessage,
          .bytes = frame.bytes + size + kEnd.size(),
          .room = line.substr(kMessage.size(), room_end - kMessage.size()),
          .text = behind.substr(0, size)};
}

}  // namespace

std::string NatsDialect::hello(std::size_t) const {
  return "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,\"lang\":\"c++\","
         "\"name\":\"hubbub-load\",\"version\":\"" HUBBUB_VERSION "\",\"protocol\":1}\r\n";
}

std::string NatsDialect::join(std::string_view room) const {
  return fmt::format("SUB {} {}\r\nPING\r\n", room, subscription(room));
}

std::string NatsDialect::leave(std::string_view room) const {
  return fmt::format("UNSUB {}\r\nPING\r\n", subscription(room));
}

std::string NatsDialect::before_text(std::string_view room, std::size_t size) const {
  return fmt::format("PUB {} {}\r\n", room, size);
}

Frame NatsDialect::next(std::string_view bytes) const {
  const Frame line = line_frame(bytes);
  return line.text.starts_with(kMessage) ? message(line, bytes) : line;
}

Notice NatsDialect::notice(std::string_view line) const {
  if (line == "PING") return {.kind = Notice::Kind::kAsked, .answer = "PONG\r\n"};
  if (line == "PONG") return {.kind = Notice::Kind::kAnswered};
  if (line.starts_with("-ERR")) return {.kind = Notice::Kind::kRefused};
  return {};
}

}  // namespace load
