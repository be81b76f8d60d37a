// The bytes of telnet, and bytes that would do something to a terminal: what the server answers to
// the one and what the others are shown of either.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

using namespace std::string_literals;

const std::string kAreYouThere = "\xFF\xF6";
const std::string kBeginSubnegotiation = "\xFF\xFA\x18";
const std::string kEndSubnegotiation = "\xFF\xF0";

// A telnet client's session: negotiation, corrections and line ends of every kind.
const std::string kTranscript =
    "\xFF\xFD\x03"s                          // DO SUPPRESS-GO-AHEAD
    "\xFF\xFB\x1F"                           // WILL NAWS
    "first\r\n"                              //
    "\xFF\xFA\x1F\x00\x50\x00\x18\xFF\xF0"s  // its window: 80 x 24
    "seX\bcond\r\0"s                         // backspace; CR NUL
    "wrong\xFF\xF8"                          // erase line
    "\xC3\xA4X\x7F\xFF\xF7third\n"           // DEL and IAC EC: the umlaut goes too
    "\xFF\xF6"                               // are you there
    "four\xFF\xFB\x01th\r\n";                // WILL ECHO in the middle of a word

struct Exchange {
  std::string answers = {};             // what the client got
  std::vector<std::string> heard = {};  // what the room got
};

// Plays the transcript in two parts. The listener's question in between is answered only after the
// server has read the first part, so the parts never arrive as one.
Exchange play(const Server& server, Person& listener, std::size_t split) {
  const std::string_view all = kTranscript;
  Person typist = server.person("typist");
  typist.settle();
  listener.settle();

  typist.send(all.substr(0, split));
  Exchange exchange{.heard = listener.settle()};
  typist.send(std::string(all.substr(split)) + "/quit\r\n");
  exchange.answers = typist.read_to_end();
  while (exchange.heard.empty() || !contains(exchange.heard.back(), "typist left")) {
    exchange.heard.push_back(without_clock(listener.read_line()));
  }
  return exchange;
}

TEST(Telnet, NoSplitOfTheStreamMakesADifference) {
  Server server;
  Person listener = server.person("listener");
  const Exchange whole = {
      .answers = "\xFF\xFB\x03\xFF\xFE\x1F-- yes, hubbub is here\r\n\xFF\xFE\x01-- goodbye\r\n",
      .heard = {"#lobby <typist> first", "#lobby <typist> second", "#lobby <typist> third",
                "#lobby <typist> fourth", "#lobby -- typist left"}};
  for (std::size_t split = 0; split < kTranscript.size(); ++split) {
    const Exchange parted = play(server, listener, split);
    EXPECT_EQ(shown(parted.answers), shown(whole.answers)) << "split at byte " << split;
    EXPECT_EQ(parted.heard, whole.heard) << "split at byte " << split;
  }
}

TEST(Telnet, ByteForByteItIsTheSameToo) {
  Server server;
  Person listener = server.person("listener");
  Person typist = server.person("typist");
  std::vector<std::string> heard;
  listener.settle();
  for (const char byte : kTranscript) {
    typist.send({&byte, 1});
    for (std::string& line : listener.settle()) heard.push_back(std::move(line));
  }
  const std::vector<std::string> expected = {"#lobby <typist> first", "#lobby <typist> second",
                                             "#lobby <typist> third", "#lobby <typist> fourth"};
  // They may live on two loops, of which one need not have read the last byte.
  while (heard.size() < expected.size()) heard.push_back(without_clock(listener.read_line()));
  EXPECT_EQ(heard, expected);
}

TEST(Telnet, AFloodOfCommandsIsAnsweredNoFasterThanItIsRead) {
  Server server;
  Person listener = server.person("listener");
  const std::size_t before = server.process().resident_bytes();
  Client flooder(server.chat_port());
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += kAreYouThere + "\xFF\xFD\x03\xFF\xFE\x03\xFF\xFB\x2A";
  flooder.send_until_blocked(flood, 64 << 20);
  EXPECT_LT(server.process().resident_bytes(), before + (kSanitized ? 96u << 20 : 24u << 20));
  EXPECT_TRUE(listener.ask("/time").starts_with("-- "));
  flooder.reset();
  listener.sees("left");
}

TEST(Telnet, ASubnegotiationThatNeverEndsShowsNobodyAnything) {
  Server server;
  Person listener = server.person("listener");
  Person typist = server.person("typist");
  typist.settle();
  typist.send(kBeginSubnegotiation);
  for (int i = 0; i < 1000; ++i) typist.send("secret\r\n" + std::string(1000, 'x'));
  const std::string told = typist.read_line();
  EXPECT_TRUE(contains(told, "-- error: ") && contains(told, "subnegotiation")) << told;
  EXPECT_FALSE(any_contains(listener.settle(), "secret"));
  typist.send(kEndSubnegotiation + "now I am heard\r\n");
  EXPECT_EQ(listener.sees("<typist>"), "#lobby <typist> now I am heard");
}

// Things that move a cursor, colour, ring, title or mirror a terminal, as they are typed into every
// place whose content others are shown.
const std::vector<std::string> kWicked = {
    "\x1b[2J\x1b[31mred",  // clear the screen, colours
    "\x1b]0;title\x07",    // the window's title; the bell
    "\x9b"
    "31m",  // CSI as one byte
    "\xC2\x9b"
    "31m",               // the same in UTF-8
    "a\rb",              // back to the beginning of the line
    "a\bb\x7f",          // backspace, delete
    "\x07\x0b\x0c\x0e",  // bell, tabs and shifts
    "\xE2\x80\xAE"
    "desrever",  // right-to-left override
    "\xE2\x81\xA6"
    "isolate\xE2\x80\x8F",                // isolate, mark
    "\xE2\x80\xA8separator\xE2\x80\xA9",  // line and paragraph separators
    "\xFF\xFF"
    "latin\xE9"
    "1",                                         // IAC IAC: the byte 255; Latin-1
    "\xC0\x8A\xE0\x80\x8A",                      // overlong line feeds
    "\xED\xA0\x80\xF4\x90\x80\x80\xF8\x88\x80",  // surrogate, beyond Unicode, five-byte form
    "half \xE2\x82",                             // a sequence cut off by the end of the line
    "\0nul\0"s,                                  //
};

TEST(Telnet, NothingWickedReachesAnybodyElse) {
  Server server;
  Person victim = server.person("victim");
  Person attacker = server.person("attacker");
  for (const std::string& text : kWicked) {
    for (const char* where :
         {"", "/me ", "/msg victim ", "/topic ", "/nick ", "/join #", "/whois ", "/"}) {
      attacker.say(where + text);
    }
    attacker.say("/nick attacker");
    attacker.say("/join #lobby");
  }
  attacker.say("/quit " + kWicked.front());
  const std::string own = attacker.read_to_end();
  EXPECT_EQ(fault_in(own), "");
  std::string others = victim.read_until("attacker left");
  victim.say("/history");
  others += victim.read_until("-- end of history\r\n");
  EXPECT_EQ(fault_in(others), "");
  EXPECT_TRUE(contains(others, "[2J[31mred"));
  EXPECT_TRUE(contains(others, "attacker tells you: "));
  Client newcomer(server.chat_port());
  newcomer.send("/quit\n");
  EXPECT_EQ(fault_in(newcomer.read_to_end()), "");
}

TEST(Telnet, GoodUnicodeArrivesAsItWasTyped) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  const std::string text =
      "Gr\xC3\xBC\xC3\x9F"
      "e \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x91\x8B \xD7\xA9\xD7\x9C";
  alice.say(text);
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> " + text);
}

}  // namespace
}  // namespace e2e
