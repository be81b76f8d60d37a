// The telnet protocol as a server of lines needs it: find commands among the text, answer what
// must be answered, swallow the rest. One byte at a time, so that no split of the stream into
// packets can make a difference; text itself never passes through here (server/line_input.hpp
// skips from one command to the next).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace server {

// Payload bytes of a subnegotiation (option included) that are taken in silence.
inline constexpr std::size_t kSubnegotiationMax = 64;

// What one byte led to.
struct TelnetOutcome {
  enum class Kind : std::uint8_t {
    kSwallowed,       // part of a command that asks for nothing (yet)
    kText,            // the byte itself is text
    kEraseCharacter,  // IAC EC: as if backspace had been typed
    kEraseLine,       // IAC EL: as if the line so far had not been typed
    kReply,           // `reply` must be sent to the client
  };
  Kind kind = Kind::kSwallowed;
  std::string_view reply = {};  // valid until the next step
};

// Server side of a Network Virtual Terminal (RFC 854, 855). A value of a few bytes: no heap, no
// clock, never fails.
//
// Options. Suppress-go-ahead (RFC 858) and binary (RFC 856) are accepted on either side, all
// others refused. Requests alone are answered and, for accepted options, only when they change
// something (RFC 1143). That alone would let two ends that each answer the other's last answer turn
// an option on and off forever; so what was turned off stays off, and further requests for it are
// refused. DO TIMING-MARK (RFC 860) is always answered: a client that sent its interrupt throws
// output away until it is.
//
// Echo (RFC 857) is refused unless it was offered, which is how a client is told not to show what
// is typed, for a password: the offer and its end are for the caller to send, and the answers to
// them are taken in silence.
//
// Replies. At most one per command, so never more than one per two bytes of input.
//
// Subnegotiations are swallowed up to IAC SE, and by nothing less: whatever stands inside is
// option data and must not be mistaken for something typed. One that passes kSubnegotiationMax is
// no option of ours and perhaps never ends; the user is told once, in a visible line, why nothing
// typed arrives any more. State does not grow with its length.
class Telnet {
 public:
  static constexpr std::uint8_t kInterpretAsCommand = 255;
  static constexpr std::string_view kHideInput = "\xFF\xFB\x01";  // IAC WILL ECHO
  static constexpr std::string_view kShowInput = "\xFF\xFC\x01";  // IAC WONT ECHO

  // True between commands: every byte up to the next IAC is text and need not be stepped through.
  [[nodiscard]] bool in_text() const { return state_ == State::kText; }

  TelnetOutcome step(std::uint8_t byte);

  // kHideInput was sent. Its answer may come at any time, or never.
  void echo_offered();

 private:
  enum class State : std::uint8_t {
    kText,
    kCommand,  // after IAC
    kWill,     // after IAC WILL; the option follows, as in the next three
    kWont,
    kDo,
    kDont,
    kSubnegotiation,         // after IAC SB
    kSubnegotiationCommand,  // after an IAC in there
  };

  TelnetOutcome command(std::uint8_t byte);
  TelnetOutcome negotiate(State verb, std::uint8_t option);
  TelnetOutcome subnegotiation(std::uint8_t byte);
  TelnetOutcome answer(std::uint8_t verb, std::uint8_t option);

  State state_ = State::kText;
  std::uint8_t enabled_ : 4 = 0;           // one bit per accepted option and side
  std::uint8_t given_up_ : 4 = 0;          // likewise: those that were turned off
  std::uint8_t offers_ = 0;                // of echo, that were not answered
  std::uint8_t subnegotiation_bytes_ = 0;  // stops at kSubnegotiationMax + 1
  std::array<char, 3> answer_ = {};        // storage of the last answer
};

}  // namespace server
