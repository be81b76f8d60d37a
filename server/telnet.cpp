// Every command code and every option is decided in this file, the options by the table
// kAcceptedOptions. As this end never asks for one of these itself, the queues of RFC 1143 shrink
// to two bits per option and side: enabled, and turned off for good.
#include "server/telnet.hpp"

#include <limits>
#include <utility>

#include "core/assert.hpp"

namespace server {
namespace {

// Commands (RFC 854). The ones not named ask nothing of a server of lines: EOF, SUSP, ABORT
// (RFC 1184), EOR (RFC 885), NOP, DM, BRK, IP, AO, GA, and SE out of place.
constexpr std::uint8_t kSubnegotiationEnd = 240;
constexpr std::uint8_t kAreYouThere = 246;
constexpr std::uint8_t kEraseCharacterCommand = 247;
constexpr std::uint8_t kEraseLineCommand = 248;
constexpr std::uint8_t kSubnegotiationBegin = 250;
constexpr std::uint8_t kWillCommand = 251;
constexpr std::uint8_t kWontCommand = 252;
constexpr std::uint8_t kDoCommand = 253;
constexpr std::uint8_t kDontCommand = 254;

constexpr std::uint8_t kBinary = 0;
constexpr std::uint8_t kEcho = 1;
constexpr std::uint8_t kSuppressGoAhead = 3;
constexpr std::uint8_t kTimingMark = 6;

constexpr std::array<std::uint8_t, 2> kAcceptedOptions = {kBinary, kSuppressGoAhead};
static_assert(2 * kAcceptedOptions.size() <= 4, "one bit of Telnet::enabled_ per option and side");

constexpr std::string_view kPresent = "-- yes, hubbub is here\r\n";
constexpr std::string_view kRunaway =
    "-- error: your client began a telnet subnegotiation and did not end it; nothing you type "
    "arrives before IAC SE is sent, so better reconnect\r\n";

static_assert(kSubnegotiationMax < 255, "counted in one byte");
static_assert(sizeof(Telnet) <= 8, "one per connection");

// The bit of Telnet::enabled_ for one side of an option, 0 when the option is refused.
constexpr std::uint8_t acceptance_bit(std::uint8_t option, bool our_side) {
  for (std::size_t at = 0; at < kAcceptedOptions.size(); ++at) {
    if (kAcceptedOptions[at] == option) {
      return static_cast<std::uint8_t>(1u << (2 * at + (our_side ? 1 : 0)));
    }
  }
  return 0;
}

}  // namespace

TelnetOutcome Telnet::step(std::uint8_t byte) {
  switch (state_) {
    case State::kText:
      if (byte != kInterpretAsCommand) return {TelnetOutcome::Kind::kText};
      state_ = State::kCommand;
      return {};
    case State::kCommand:
      return command(byte);
    case State::kWill:
    case State::kWont:
    case State::kDo:
    case State::kDont:
      return negotiate(std::exchange(state_, State::kText), byte);
    case State::kSubnegotiation:
    case State::kSubnegotiationCommand:
      return subnegotiation(byte);
  }
  HUBBUB_ASSERT(false);
}

void Telnet::echo_offered() {
  if (offers_ < std::numeric_limits<std::uint8_t>::max()) ++offers_;
}

TelnetOutcome Telnet::command(std::uint8_t byte) {
  state_ = State::kText;
  switch (byte) {
    case kInterpretAsCommand:
      return {TelnetOutcome::Kind::kText};
    case '\r':
    case '\n':
      // No command: a stray 255, such as Latin-1 text sends. The line must end all the same, or
      // it would run into the next one and what was meant for one reader reach another.
      return {TelnetOutcome::Kind::kText};
    case kAreYouThere:
      return {TelnetOutcome::Kind::kReply, kPresent};
    case kEraseCharacterCommand:
      return {TelnetOutcome::Kind::kEraseCharacter};
    case kEraseLineCommand:
      return {TelnetOutcome::Kind::kEraseLine};
    case kWillCommand:
      state_ = State::kWill;
      return {};
    case kWontCommand:
      state_ = State::kWont;
      return {};
    case kDoCommand:
      state_ = State::kDo;
      return {};
    case kDontCommand:
      state_ = State::kDont;
      return {};
    case kSubnegotiationBegin:
      state_ = State::kSubnegotiation;
      subnegotiation_bytes_ = 0;
      return {};
    default:
      return {};
  }
}

TelnetOutcome Telnet::negotiate(State verb, std::uint8_t option) {
  const bool our_side = verb == State::kDo || verb == State::kDont;
  const bool wanted = verb == State::kDo || verb == State::kWill;
  const std::uint8_t agree = our_side ? kWillCommand : kDoCommand;
  const std::uint8_t decline = our_side ? kWontCommand : kDontCommand;

  if (verb == State::kDo && option == kTimingMark) return answer(agree, option);

  if (our_side && option == kEcho && offers_ > 0) {
    --offers_;
    return {};
  }

  const std::uint8_t bit = acceptance_bit(option, our_side);
  if (bit == 0) return wanted ? answer(decline, option) : TelnetOutcome{};

  const bool enabled = (enabled_ & bit) != 0;
  if (wanted == enabled) return {};
  if ((given_up_ & bit) != 0) return answer(decline, option);
  enabled_ ^= bit;
  if (!wanted) given_up_ |= bit;
  return answer(wanted ? agree : decline, option);
}

TelnetOutcome Telnet::subnegotiation(std::uint8_t byte) {
  if (state_ == State::kSubnegotiation && byte == kInterpretAsCommand) {
    state_ = State::kSubnegotiationCommand;
    return {};
  }
  if (state_ == State::kSubnegotiationCommand && byte == kSubnegotiationEnd) {
    state_ = State::kText;
    return {};
  }
  state_ = State::kSubnegotiation;
  if (subnegotiation_bytes_ > kSubnegotiationMax) return {};
  ++subnegotiation_bytes_;
  if (subnegotiation_bytes_ <= kSubnegotiationMax) return {};
  return {TelnetOutcome::Kind::kReply, kRunaway};
}

TelnetOutcome Telnet::answer(std::uint8_t verb, std::uint8_t option) {
  answer_ = {static_cast<char>(kInterpretAsCommand), static_cast<char>(verb),
             static_cast<char>(option)};
  return {TelnetOutcome::Kind::kReply, {answer_.data(), answer_.size()}};
}

}  // namespace server
