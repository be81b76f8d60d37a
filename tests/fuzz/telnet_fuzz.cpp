// Telnet against RFC 854 read off the whole stream with all of it in sight: the same text, the same
// erasures, the same answers. Answers are few and legal, and whatever was negotiated, neither its
// own echo nor another end of its kind can keep it answering.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "server/telnet.hpp"
#include "tests/unit/safe_text.hpp"

namespace {

using server::Telnet;
using server::TelnetOutcome;
using Kind = TelnetOutcome::Kind;

constexpr std::uint8_t kSubnegotiationEnd = 240, kAreYouThere = 246, kEraseCharacter = 247,
                       kEraseLine = 248, kSubnegotiationBegin = 250, kWill = 251, kWont = 252,
                       kDo = 253, kDont = 254, kEscape = 255;
constexpr std::uint8_t kBinary = 0, kSuppressGoAhead = 3, kTimingMark = 6;

// What came of a byte, unless it is silence. The words of an answer that people see are left open.
struct Step {
  Kind kind;
  std::string bytes;

  bool operator==(const Step&) const = default;
};
using Steps = std::vector<Step>;

const Step kVisibleAnswer{Kind::kReply, "a line"};

class Book {
 public:
  explicit Book(std::string_view stream) : stream_(stream) {}

  Steps read() {
    while (at_ < stream_.size()) read_one();
    return std::move(steps_);
  }

 private:
  std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(stream_[at]); }

  void read_one() {
    const std::size_t begin = at_;
    if (byte(begin) != kEscape) return read_text(begin);
    if (begin + 1 == stream_.size()) return read_to(begin + 1);
    const std::uint8_t code = byte(begin + 1);
    if (code == kEscape || code == '\r' || code == '\n') return read_text(begin + 1);
    read_to(begin + 2);
    if (code == kAreYouThere) steps_.push_back(kVisibleAnswer);
    if (code == kEraseCharacter) steps_.push_back({Kind::kEraseCharacter, {}});
    if (code == kEraseLine) steps_.push_back({Kind::kEraseLine, {}});
    if (code == kSubnegotiationBegin) read_subnegotiation();
    if (code < kWill || at_ == stream_.size()) return;
    negotiate(code, byte(at_));
    read_to(at_ + 1);
  }

  void read_to(std::size_t at) { at_ = at; }
  void read_text(std::size_t at) {
    steps_.push_back({Kind::kText, {stream_[at]}});
    read_to(at + 1);
  }

  void read_subnegotiation() {
    for (std::size_t payload = 1; at_ < stream_.size(); ++payload) {
      const bool is_pair = byte(at_) == kEscape;
      if (is_pair && at_ + 1 == stream_.size()) return read_to(at_ + 1);
      const bool is_end = is_pair && byte(at_ + 1) == kSubnegotiationEnd;
      read_to(at_ + (is_pair ? 2 : 1));
      if (is_end) return;
      if (payload == server::kSubnegotiationMax + 1) steps_.push_back(kVisibleAnswer);
    }
  }

  void negotiate(std::uint8_t verb, std::uint8_t option) {
    const bool is_wanted = verb == kDo || verb == kWill;
    const bool is_ours = verb == kDo || verb == kDont;
    const std::uint8_t yes = is_ours ? kWill : kDo;
    const std::uint8_t no = is_ours ? kWont : kDont;
    const bool is_known = option == kBinary || option == kSuppressGoAhead;
    const std::pair side(is_ours, option);
    if (verb == kDo && option == kTimingMark) {
      answer(yes, option);
    } else if (!is_known) {
      if (is_wanted) answer(no, option);
    } else if (is_wanted) {
      if (spent_.contains(side)) {
        answer(no, option);
      } else if (on_.insert(side).second) {
        answer(yes, option);
      }
    } else if (on_.erase(side) > 0) {
      spent_.insert(side);
      answer(no, option);
    }
  }

  void answer(std::uint8_t verb, std::uint8_t option) {
    steps_.push_back(
        {Kind::kReply,
         {static_cast<char>(kEscape), static_cast<char>(verb), static_cast<char>(option)}});
  }

  std::string_view stream_;
  std::size_t at_ = 0;
  Steps steps_;
  std::set<std::pair<bool, std::uint8_t>> on_, spent_;
};

bool is_option(std::string_view reply) {
  return reply.size() == 3 && static_cast<std::uint8_t>(reply[0]) == kEscape &&
         static_cast<std::uint8_t>(reply[1]) >= kWill &&
         static_cast<std::uint8_t>(reply[1]) <= kDont;
}

bool is_line(std::string_view reply) {
  return reply.starts_with("-- ") && reply.ends_with("\r\n") &&
         core::support::is_safe(reply.substr(0, reply.size() - 2));
}

// What `end` answers to the bytes; into `steps`, if there is one, what comes of each.
std::string replies_of(Telnet& end, std::string_view bytes, Steps* steps = nullptr) {
  std::string replies;
  std::size_t count = 0;
  for (const char byte : bytes) {
    const TelnetOutcome outcome = end.step(static_cast<std::uint8_t>(byte));
    if (outcome.kind == Kind::kReply) {
      HUBBUB_ASSERT(is_option(outcome.reply) || is_line(outcome.reply));
      replies += outcome.reply;
      ++count;
    }
    if (steps == nullptr || outcome.kind == Kind::kSwallowed) continue;
    if (outcome.kind == Kind::kReply) {
      steps->push_back(is_option(outcome.reply) ? Step{Kind::kReply, std::string(outcome.reply)}
                                                : kVisibleAnswer);
    } else {
      steps->push_back({outcome.kind, outcome.kind == Kind::kText ? std::string(1, byte) : ""});
    }
  }
  HUBBUB_ASSERT(2 * count <= bytes.size());
  return replies;
}

// Two ends, given what one has just said, fall silent.
void expect_silence(Telnet& here, Telnet& there, std::string said_here) {
  constexpr int kTurnsMost = 16;
  for (int turn = 0; !said_here.empty(); ++turn) {
    HUBBUB_ASSERT(turn < kTurnsMost);
    said_here = replies_of(here, replies_of(there, said_here));
  }
}

void expect_own_echo_ends(Telnet& here, std::string said) {
  constexpr int kTurnsMost = 16;
  for (int turn = 0; !said.empty(); ++turn) {
    HUBBUB_ASSERT(turn < kTurnsMost);
    said = replies_of(here, said);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Telnet telnet;
  Steps steps;
  const std::string replies = replies_of(telnet, bytes, &steps);
  HUBBUB_ASSERT(steps == Book(bytes).read());

  Telnet echoed = telnet;
  expect_own_echo_ends(echoed, replies);
  Telnet other;
  expect_silence(telnet, other, replies);
  return 0;
}
