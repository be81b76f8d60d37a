// LineInput against a model that takes one byte at a time and holds a line as a string: however the
// bytes are cut, the events are the model's, no line exceeds the limit and neither does memory.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "server/line_input.hpp"
#include "tests/fuzz/pieces.hpp"

namespace {

using server::InputEvent;
using server::LineInput;
using server::Telnet;
using server::TelnetOutcome;

struct Event {
  InputEvent::Kind kind;
  std::string text;

  bool operator==(const Event&) const = default;
};
using Events = std::vector<Event>;

class Model {
 public:
  explicit Model(std::size_t limit) : limit_(limit) {}

  Events events_of(std::string_view bytes) {
    for (const char byte : bytes) {
      const TelnetOutcome outcome = telnet_.step(static_cast<std::uint8_t>(byte));
      switch (outcome.kind) {
        case TelnetOutcome::Kind::kSwallowed:
          break;
        case TelnetOutcome::Kind::kText:
          take(byte);
          break;
        case TelnetOutcome::Kind::kEraseCharacter:
          erase_character();
          break;
        case TelnetOutcome::Kind::kEraseLine:
          line_.clear();
          is_dropped_ = false;
          break;
        case TelnetOutcome::Kind::kReply:
          events_.push_back({InputEvent::Kind::kReply, std::string(outcome.reply)});
          break;
      }
    }
    return std::move(events_);
  }

 private:
  void take(char byte) {
    const bool after_carriage_return = std::exchange(after_carriage_return_, byte == '\r');
    if (byte == '\0' || (byte == '\n' && after_carriage_return)) return;
    if (byte == '\b' || byte == '\x7F') return erase_character();
    if (byte == '\r' || byte == '\n') {
      if (!is_dropped_) events_.push_back({InputEvent::Kind::kLine, line_});
      line_.clear();
      is_dropped_ = false;
    } else if (!is_dropped_) {
      line_ += byte;
      if (line_.size() <= limit_) return;
      line_.clear();
      is_dropped_ = true;
      events_.push_back({InputEvent::Kind::kTooLong, {}});
    }
  }

  void erase_character() { line_.resize(line_.size() - core::last_character_bytes(line_)); }

  std::size_t limit_;
  Telnet telnet_;
  Events events_;
  std::string line_;
  bool is_dropped_ = false;
  bool after_carriage_return_ = false;
};

void feed(LineInput& input, std::string_view bytes, std::size_t limit, Events& events) {
  // A std::string allocates no less than twice what it holds inside.
  const std::size_t heap_most = std::max(limit, 2 * std::string().capacity());
  std::size_t left = bytes.size();
  while (const auto event = input.next(bytes)) {
    HUBBUB_ASSERT(bytes.size() < left);  // or it could go on forever
    left = bytes.size();
    if (event->kind == InputEvent::Kind::kLine) HUBBUB_ASSERT(event->text.size() <= limit);
    events.push_back({event->kind, std::string(event->text)});
    HUBBUB_ASSERT(input.heap_bytes() <= heap_most);
  }
  HUBBUB_ASSERT(bytes.empty());
  HUBBUB_ASSERT(input.heap_bytes() <= heap_most);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t limit = 1 + data[0] % 96U;
  const fuzz::Pieces pieces(data + 1, size - 1);
  const Events expected = Model(limit).events_of(pieces.text());

  LineInput whole(limit);
  Events events;
  feed(whole, pieces.text(), limit, events);
  HUBBUB_ASSERT(events == expected);

  LineInput cut(limit);
  events.clear();
  pieces.for_each([&](std::string_view piece, std::uint8_t) { feed(cut, piece, limit, events); });
  HUBBUB_ASSERT(events == expected);
  return 0;
}
