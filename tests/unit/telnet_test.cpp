// The telnet state machine by itself: what each command leads to, that answers are given on change
// only, and that neither floods nor endless subnegotiations get more out of it than they put in.
#include "server/telnet.hpp"

#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::string_literals;

constexpr std::string_view kHere = "-- yes, hubbub is here\r\n";

// What came of some bytes: the text, with <EC> and <EL> where something is to be erased, and all
// replies.
struct Outcome {
  std::string text;
  std::string replies;
  std::size_t reply_count = 0;
};

Outcome run(Telnet& telnet, std::string_view bytes) {
  Outcome outcome;
  for (const char byte : bytes) {
    const TelnetOutcome step = telnet.step(static_cast<std::uint8_t>(byte));
    switch (step.kind) {
      case TelnetOutcome::Kind::kSwallowed:
        break;
      case TelnetOutcome::Kind::kText:
        outcome.text.push_back(byte);
        break;
      case TelnetOutcome::Kind::kEraseCharacter:
        outcome.text += "<EC>";
        break;
      case TelnetOutcome::Kind::kEraseLine:
        outcome.text += "<EL>";
        break;
      case TelnetOutcome::Kind::kReply:
        outcome.replies += step.reply;
        ++outcome.reply_count;
        break;
    }
  }
  return outcome;
}

Outcome run(std::string_view bytes) {
  Telnet telnet;
  return run(telnet, bytes);
}

std::string command(std::uint8_t code) {
  return {'\xFF', static_cast<char>(code)};
}

std::string option(std::uint8_t verb, std::uint8_t code) {
  return {'\xFF', static_cast<char>(verb), static_cast<char>(code)};
}

std::string will(std::uint8_t code) {
  return option(251, code);
}
std::string wont(std::uint8_t code) {
  return option(252, code);
}
std::string do_(std::uint8_t code) {
  return option(253, code);
}
std::string dont(std::uint8_t code) {
  return option(254, code);
}

const std::string kSubBegin = command(250);
const std::string kSubEnd = command(240);

constexpr std::uint8_t kBinary = 0;
constexpr std::uint8_t kEcho = 1;
constexpr std::uint8_t kSuppressGoAhead = 3;
constexpr std::uint8_t kTimingMark = 6;
constexpr std::uint8_t kLogout = 18;
constexpr std::uint8_t kTerminalType = 24;
constexpr std::uint8_t kWindowSize = 31;
constexpr std::uint8_t kLinemode = 34;

TEST(Telnet, TextPassesUnchanged) {
  const Outcome outcome = run("hello \x01\x80\xFE\r\n");
  EXPECT_EQ(outcome.text, "hello \x01\x80\xFE\r\n");
  EXPECT_EQ(outcome.replies, "");
}

TEST(Telnet, DoubledEscapeIsOneByteOfText) {
  EXPECT_EQ(run("a\xFF\xFF"
                "b")
                .text,
            "a\xFF"
            "b");
}

TEST(Telnet, CommandsThatAskNothingAreSwallowed) {
  for (const std::uint8_t code : {236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 249}) {
    const Outcome outcome = run("a"s + command(code) + "b");
    EXPECT_EQ(outcome.text, "ab") << int{code};
    EXPECT_EQ(outcome.replies, "") << int{code};
  }
}

TEST(Telnet, CodesThatAreNoCommandAreSwallowed) {
  for (int code = 0; code < 236; ++code) {
    if (code == '\r' || code == '\n') continue;
    EXPECT_EQ(run("a"s + command(static_cast<std::uint8_t>(code)) + "b").text, "ab") << code;
  }
}

TEST(Telnet, StrayEscapeBeforeLineEndLeavesTheLineEnd) {
  EXPECT_EQ(run("a\xFF\nb").text, "a\nb");
  EXPECT_EQ(run("a\xFF\r\nb").text, "a\r\nb");
}

TEST(Telnet, AreYouThereIsAnsweredWithVisibleLine) {
  const Outcome outcome = run("a"s + command(246) + "b");
  EXPECT_EQ(outcome.text, "ab");
  EXPECT_EQ(outcome.replies, kHere);
}

TEST(Telnet, EraseCommandsAreHandedOn) {
  EXPECT_EQ(run("ab"s + command(247) + "c").text, "ab<EC>c");
  EXPECT_EQ(run("ab"s + command(248) + "c").text, "ab<EL>c");
}

TEST(Telnet, EveryOptionButThreeIsRefusedOnOurSide) {
  for (int code = 0; code < 256; ++code) {
    if (code == kBinary || code == kSuppressGoAhead || code == kTimingMark) continue;
    const auto option_code = static_cast<std::uint8_t>(code);
    const Outcome outcome = run(do_(option_code));
    EXPECT_EQ(outcome.replies, wont(option_code)) << code;
    EXPECT_EQ(outcome.text, "") << code;
  }
}

TEST(Telnet, EveryOptionButTwoIsRefusedOnTheClientsSide) {
  for (int code = 0; code < 256; ++code) {
    if (code == kBinary || code == kSuppressGoAhead) continue;
    const auto option_code = static_cast<std::uint8_t>(code);
    const Outcome outcome = run(will(option_code));
    EXPECT_EQ(outcome.replies, dont(option_code)) << code;
    EXPECT_EQ(outcome.text, "") << code;
  }
}

TEST(Telnet, SuppressGoAheadAndBinaryAreAcceptedOnEitherSide) {
  EXPECT_EQ(run(do_(kSuppressGoAhead)).replies, will(kSuppressGoAhead));
  EXPECT_EQ(run(will(kSuppressGoAhead)).replies, do_(kSuppressGoAhead));
  EXPECT_EQ(run(do_(kBinary)).replies, will(kBinary));
  EXPECT_EQ(run(will(kBinary)).replies, do_(kBinary));
}

TEST(Telnet, AcceptanceIsAnsweredOnceUntilItChanges) {
  Telnet telnet;
  EXPECT_EQ(run(telnet, do_(kBinary)).replies, will(kBinary));
  EXPECT_EQ(run(telnet, do_(kBinary)).replies, "");
  EXPECT_EQ(run(telnet, dont(kBinary)).replies, wont(kBinary));
  EXPECT_EQ(run(telnet, dont(kBinary)).replies, "");
}

TEST(Telnet, AnOptionThatWasTurnedOffStaysOff) {
  Telnet telnet;
  run(telnet, do_(kBinary) + dont(kBinary));
  EXPECT_EQ(run(telnet, do_(kBinary)).replies, wont(kBinary));
  EXPECT_EQ(run(telnet, do_(kBinary)).replies, wont(kBinary));
  EXPECT_EQ(run(telnet, dont(kBinary)).replies, "");
  EXPECT_EQ(run(telnet, will(kBinary)).replies, do_(kBinary)) << "the other side is another matter";
}

TEST(Telnet, SidesAndOptionsAreRememberedSeparately) {
  Telnet telnet;
  const std::string all =
      do_(kBinary) + will(kBinary) + do_(kSuppressGoAhead) + will(kSuppressGoAhead);
  EXPECT_EQ(run(telnet, all).reply_count, 4u);
  EXPECT_EQ(run(telnet, wont(kBinary)).replies, dont(kBinary));
  EXPECT_EQ(run(telnet, all).replies, dont(kBinary));
}

TEST(Telnet, TurningOffWhatIsOffIsNotAnswered) {
  for (int code = 0; code < 256; ++code) {
    const auto option_code = static_cast<std::uint8_t>(code);
    EXPECT_EQ(run(dont(option_code) + wont(option_code)).replies, "") << code;
  }
}

TEST(Telnet, LogoutIsRefused) {
  EXPECT_EQ(run(do_(kLogout)).replies, wont(kLogout));
}

TEST(Telnet, TimingMarkIsAcknowledgedEveryTime) {
  const std::string interrupt = command(244) + do_(kTimingMark);
  EXPECT_EQ(run("abc"s + interrupt + "d").text, "abcd");
  EXPECT_EQ(run(interrupt + interrupt).replies, will(kTimingMark) + will(kTimingMark));
}

TEST(Telnet, SubnegotiationIsSwallowed) {
  const Outcome outcome = run("a"s + kSubBegin + "\x18\0xterm-256color\r\n"s + kSubEnd + "b");
  EXPECT_EQ(outcome.text, "ab");
  EXPECT_EQ(outcome.replies, "");
}

TEST(Telnet, EscapedEscapeInSubnegotiationDoesNotEndIt) {
  // A window 65520 columns wide: the second FF of the pair must not be taken for the escape of F0.
  EXPECT_EQ(run(kSubBegin + "\x1F\xFF\xFF\xF0\0\x18"s + kSubEnd + "b").text, "b");
}

TEST(Telnet, CommandInsideSubnegotiationDoesNotEndIt) {
  const Outcome outcome = run(kSubBegin + "\x1F" + do_(kEcho) + "x" + kSubEnd + "b");
  EXPECT_EQ(outcome.text, "b");
  EXPECT_EQ(outcome.replies, "");
}

TEST(Telnet, EmptySubnegotiationEndsAtItsEnd) {
  EXPECT_EQ(run(kSubBegin + kSubEnd + "b").text, "b");
}

TEST(Telnet, SubnegotiationOfTheLargestSizeIsTakenInSilence) {
  const Outcome outcome = run(kSubBegin + std::string(kSubnegotiationMax, 'x') + kSubEnd + "b");
  EXPECT_EQ(outcome.text, "b");
  EXPECT_EQ(outcome.replies, "");
}

TEST(Telnet, LongerSubnegotiationIsReportedOnceAndStillSwallowed) {
  const std::string oversized = kSubBegin + std::string(kSubnegotiationMax + 1, 'x');
  Telnet telnet;
  const Outcome begun = run(telnet, oversized);
  EXPECT_EQ(begun.text, "");
  EXPECT_EQ(begun.reply_count, 1u);
  EXPECT_EQ(begun.replies.substr(0, 10), "-- error: ");
  EXPECT_EQ(begun.replies.substr(begun.replies.size() - 2), "\r\n");

  const Outcome ended = run(telnet, std::string(1000, '\n') + kSubEnd + "b");
  EXPECT_EQ(ended.text, "b");
  EXPECT_EQ(ended.reply_count, 0u);

  EXPECT_EQ(run(telnet, oversized).reply_count, 1u) << "the next one is reported again";
}

TEST(Telnet, EndlessSubnegotiationLeaksNothing) {
  std::string payload;
  for (int byte = 0; byte < 255; ++byte) payload.push_back(static_cast<char>(byte));
  Telnet telnet;
  run(telnet, kSubBegin);
  std::size_t replies = 0;
  for (int round = 0; round < 4096; ++round) {
    const Outcome outcome = run(telnet, payload);
    ASSERT_EQ(outcome.text, "");
    replies += outcome.reply_count;
  }
  EXPECT_EQ(replies, 1u);
  EXPECT_FALSE(telnet.in_text());
}

TEST(Telnet, RequestsOfCommonClientsAreSettledInOneRound) {
  // What Linux telnet sends on port 23.
  const Outcome outcome = run(do_(kSuppressGoAhead) + will(kTerminalType) + will(kWindowSize) +
                              will(kLinemode) + do_(kEcho) + "hi\r\n");
  EXPECT_EQ(outcome.text, "hi\r\n");
  EXPECT_EQ(outcome.replies, will(kSuppressGoAhead) + dont(kTerminalType) + dont(kWindowSize) +
                                 dont(kLinemode) + wont(kEcho));
}

TEST(Telnet, FloodsGetNoMoreThanOneReplyPerCommand) {
  constexpr std::size_t kCommands = 10'000;
  for (const std::string& request :
       {command(246), do_(kEcho), will(kWindowSize), do_(kTimingMark), do_(kBinary)}) {
    std::string flood;
    for (std::size_t at = 0; at < kCommands; ++at) flood += request;
    const Outcome outcome = run(flood);
    EXPECT_EQ(outcome.text, "");
    EXPECT_LE(outcome.reply_count, kCommands);
    EXPECT_LE(outcome.replies.size(), kCommands * kHere.size());
  }
}

TEST(Telnet, TwoEndsAnsweringEachOtherFallSilent) {
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    Telnet here;
    Telnet there;
    std::string in_flight = option(static_cast<std::uint8_t>(251 + random() % 4),
                                   static_cast<std::uint8_t>(random() % 256));
    int turns = 0;
    for (; !in_flight.empty() && turns < 10; ++turns) {
      in_flight = run(turns % 2 == 0 ? here : there, in_flight).replies;
    }
    ASSERT_LT(turns, 10);
  }
}

// Each end answers what the other has just answered: turned on and off in one go, an option would
// go on being turned on and off.
TEST(Telnet, NoNumberOfRequestsKeepsTwoEndsOrAnEchoAnswering) {
  const std::string requests = do_(kBinary) + dont(kBinary) + will(kSuppressGoAhead) +
                               wont(kSuppressGoAhead) + do_(kTimingMark);
  Telnet here;
  Telnet there;
  Telnet echoed;
  std::string in_flight = run(here, requests).replies;
  std::string echo = run(echoed, requests).replies;
  for (int turn = 0; turn < 10; ++turn) {
    in_flight = run(turn % 2 == 0 ? there : here, in_flight).replies;
    echo = run(echoed, echo).replies;
  }
  EXPECT_EQ(in_flight, "");
  EXPECT_EQ(echo, "");
}

TEST(Telnet, RandomBytesNeverGetMoreRepliesThanCommands) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::string bytes;
    for (int at = 0; at < 2000; ++at) {
      // Mostly from the upper end, where the commands are.
      bytes.push_back(static_cast<char>(random() % 3 == 0 ? random() : 236 + random() % 20));
    }
    const Outcome outcome = run(bytes);
    ASSERT_LE(2 * outcome.reply_count, bytes.size()) << "seed " << seed;
  }
}

TEST(Telnet, EchoIsRefusedUnlessItWasOffered) {
  Telnet telnet;
  const std::string wanted = option(253, 1);  // DO ECHO
  EXPECT_EQ(run(telnet, wanted).replies, option(252, 1));
  telnet.echo_offered();
  EXPECT_EQ(run(telnet, wanted).replies, "");
  EXPECT_EQ(run(telnet, option(254, 1)).replies, "") << "when the offer has ended";
  EXPECT_EQ(run(telnet, wanted).replies, option(252, 1)) << "an offer is answered once";
}

TEST(Telnet, AnOfferOfEchoMayBeDeclined) {
  Telnet telnet;
  telnet.echo_offered();
  EXPECT_EQ(run(telnet, option(254, 1)).replies, "");
  EXPECT_EQ(run(telnet, option(253, 1)).replies, option(252, 1));
}

TEST(Telnet, OffersThatNobodyAnswersDoNoHarm) {
  Telnet telnet;
  for (int i = 0; i < 1000; ++i) telnet.echo_offered();
  EXPECT_EQ(run(telnet, "text").text, "text");
}

}  // namespace
}  // namespace server
