// hubbub as a person sees it: on a real terminal, with keys pressed and the screen looked at.
#include <array>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/e2e/screen.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

constexpr int kColumns = 80;
constexpr int kRows = 24;

class Terminal : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("tmux")) GTEST_SKIP() << "tmux is not installed";
    server_.emplace();
  }

  std::string hubbub(const std::string& options = "--nick alice") const {
    return program("HUBBUB") + " 127.0.0.1:" + std::to_string(server_->chat_port()) + " " + options;
  }

  // A server on the same port as the one before.
  void start_server_again(std::uint16_t port) {
    server_.emplace(std::vector<std::string>{"--listen", "chat=127.0.0.1:" + std::to_string(port),
                                             "--listen", "echo=127.0.0.1:0"});
  }

  std::optional<Server> server_;
};

TEST_F(Terminal, WhatIsSaidStandsWhereTheServerPutIt) {
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.rests_at("#lobby>");
  Person bob = server_->person("bob");
  bob.say("hello");
  screen.sees("#lobby <bob> hello");
  screen.enter("hello bob");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> hello bob");
  const std::string all = screen.sees("#lobby <alice> hello bob");
  screen.rests_at("#lobby>");
  EXPECT_FALSE(contains(all, "> hello bob\n#lobby> hello bob")) << all;
  EXPECT_FALSE(contains(all, "#lobby> hello bob")) << "the typed line has left the screen\n" << all;
  EXPECT_FALSE(contains(all, "echo is on")) << all;
}

TEST_F(Terminal, WhatIsBeingTypedIsNotDisturbed) {
  const Screen screen(hubbub(), kColumns, kRows);
  screen.rests_at("#lobby>");
  screen.type("half a tho");
  screen.rests_at("#lobby> half a tho");
  Person bob = server_->person("bob");
  bob.say("interrupting");
  screen.sees("<bob> interrupting");
  screen.rests_at("#lobby> half a tho");
  screen.enter("ught");
  bob.sees("<alice> half a thought");
}

TEST_F(Terminal, AnEmptyLineLeavesNoTrace) {
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.rests_at("#lobby>");
  for (int i = 0; i < 3; ++i) screen.press("Enter");
  screen.enter("/time");
  screen.sees("-- 20");
  screen.rests_at("#lobby>");
  const std::string all = screen.text();
  EXPECT_EQ(all.find("#lobby> /time"), all.find("#lobby>")) << all;
}

TEST_F(Terminal, RoomsThatAreNotShownAreCountedAndWaitForTheSwitch) {
  const Screen screen(hubbub("--nick alice --room dev --room ops"), 100, kRows);
  screen.rests_at("#dev>");
  Person bob = server_->person("bob");
  bob.ask("/join #ops");
  bob.say("the disk is full");
  bob.say("and the tape");
  screen.sees("something is said in #ops");
  screen.rests_at("[2 #ops 2] #dev>");
  EXPECT_FALSE(contains(screen.text(), "disk")) << screen.text();
  bob.say("alice, look!");
  screen.sees("#ops <bob> alice, look!");  // at once, since it concerns her
  screen.rests_at("[2 #ops 3!] #dev>");

  screen.press("M-a");
  screen.rests_at("#ops>");
  const std::string all = screen.sees("#ops <bob> the disk is full");
  EXPECT_TRUE(contains(all, "-- #ops: what came meanwhile\n"));
  screen.enter("I am here");
  bob.sees("#ops <alice> I am here");
  screen.press("M-1");
  screen.rests_at("#lobby>");
  screen.press("M-2");
  screen.rests_at("#ops>");
  screen.press("M-9");
  screen.sees("you are not in so many rooms");
}

TEST_F(Terminal, SeveralPastedLinesAreAskedAbout) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.paste("one\ntwo\nthree");
  screen.sees("three");
  screen.press("Enter");
  screen.sees("3 lines? Enter/Ctrl-C> one\ntwo\nthree");
  screen.press("C-c");
  screen.rests_at("#lobby>");
  screen.paste("four\nfive\n");
  screen.sees("five");
  screen.press("Enter");
  screen.sees("2 lines? Enter/Ctrl-C> four\nfive");
  screen.press("Enter");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> four");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> five");
  screen.sees("#lobby <alice> five");
  screen.rests_at("#lobby>");
}

TEST_F(Terminal, TheQuestionStaysWhereTheLineIsTyped) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.paste("one\ntwo");
  screen.press("Enter");
  for (int i = 0; i < kRows; ++i) bob.say("line " + std::to_string(i));
  const std::string all = screen.sees("<bob> line 23\n2 lines? Enter/Ctrl-C> one\ntwo");
  EXPECT_EQ(count(all, "2 lines?"), 1U) << all;
  screen.type("!");
  screen.sees("#lobby> one\ntwo!");
  screen.press("Enter");
  screen.sees("2 lines? Enter/Ctrl-C> one\ntwo!");
  screen.press("Enter");
  bob.sees("<alice> two!");
  screen.rests_at("#lobby>");
}

TEST_F(Terminal, PastedLinesAreSaidWhateverTheyBeginWith) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.paste("/quit\n/etc/passwd\n//\n/nick eve\n");
  screen.press("Enter");
  screen.sees("4 lines? Enter/Ctrl-C> /quit");
  screen.press("Enter");
  for (const char* const line : {"/quit", "/etc/passwd", "//", "/nick eve"}) {
    EXPECT_EQ(bob.sees("<alice> "), std::string("#lobby <alice> ") + line);
  }
  screen.rests_at("#lobby>");
  screen.enter("//etc/hosts");
  EXPECT_EQ(bob.sees("<alice> "), "#lobby <alice> /etc/hosts");
  screen.paste("hello\n/login alice secret\n");
  screen.press("Enter");
  screen.sees("-- a command with a password is among these lines");
  screen.press("Enter");
  screen.press("C-c");
  screen.rests_at("#lobby>");
  screen.enter("the end");
  EXPECT_EQ(bob.sees("<alice> "), "#lobby <alice> the end");
}

TEST_F(Terminal, ASearchIsNotDisturbed) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub("--nick alice --room dev"), kColumns, kRows);
  screen.rests_at("#dev>");
  screen.enter("the first thought");
  screen.sees("<alice> the first thought");
  screen.press("C-r");
  screen.type("fir");
  screen.rests_at("(reverse-i-search)`fir': the first thought");
  bob.say("something in the lobby");
  screen.sees("-- something is said in #lobby");
  screen.rests_at("(reverse-i-search)`fir': the first thought");
  bob.ask("/join #dev");
  bob.say("and here");
  screen.sees("#dev <bob> and here");
  screen.rests_at("(reverse-i-search)`fir': the first thought");
  screen.press("C-g");
  screen.rests_at("[1 #lobby 1] #dev>");
}

TEST_F(Terminal, WideCharactersAndEmojiKeepTheCursorWhereItBelongs) {
  const Screen screen(hubbub(), kColumns, kRows);
  screen.rests_at("#lobby>");
  screen.type("漢字 😀 é");
  screen.rests_at("#lobby> 漢字 😀 é");
  Person bob = server_->person("bob");
  bob.say("日本語 👍");
  screen.sees("<bob> 日本語 👍");
  screen.rests_at("#lobby> 漢字 😀 é");
  screen.press("BSpace");
  screen.press("BSpace");
  screen.press("BSpace");
  screen.rests_at("#lobby> 漢字");
  screen.press("Enter");
  bob.sees("<alice> 漢字");
}

TEST_F(Terminal, ANarrowOneStillHasPlaceToType) {
  const Screen screen(hubbub("--nick alice --room a-long-name-for-a-room"), 30, kRows);
  screen.rests_at("#a-long-name->");
  screen.type("a line that is longer than the terminal is wide");
  screen.sees("a line that is longer than the terminal is wide");
  Person bob = server_->person("bob");
  bob.ask("/join #a-long-name-for-a-room");
  bob.say("hello");
  screen.sees("<bob> hello");
  screen.sees("> a line that is longer than the terminal is wide");
  screen.resize(60, kRows);
  screen.sees("> a line that is longer than the terminal is wide");
  screen.press("Enter");
  bob.sees("<alice> a line that is longer than the terminal is wide");
}

// Whatever the terminal does with its lines then, and however many rows the typed one takes.
TEST_F(Terminal, AnotherSizeTakesNothingOffThatOthersSaid) {
  const std::string said = "a line that wraps more than once in so few columns, to its very end";
  const std::string typed = "a thought that takes more than one row as well";
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), 40, kRows);
  screen.rests_at("#lobby>");
  bob.say(said);
  screen.sees("<bob> " + said);
  screen.type(typed);
  screen.rests_at("#lobby> " + typed);
  for (const int columns : {100, 40, 30, 90, 20, 60}) {
    screen.resize(columns, kRows);
    screen.rests_at("#lobby> " + typed);
    screen.sees("<bob> " + said);
  }
  screen.press("Enter");
  bob.sees("<alice> " + typed);
}

TEST_F(Terminal, AnotherSizeLeavesNothingOfAPastedText) {
  const Screen screen(hubbub(), 60, kRows);
  screen.rests_at("#lobby>");
  screen.paste("first\n漢字\nthird");
  screen.sees("third");
  for (const int columns : {30, 60, 20, 50}) {
    screen.resize(columns, kRows);
    screen.rests_at("third");
    EXPECT_TRUE(wait_until([&] { return count(screen.text(), "first") == 1; })) << screen.text();
  }
}

TEST_F(Terminal, ColoursAndMentionsWhereTheyAreWanted) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), kColumns, kRows);
  const Screen plain(hubbub("--nick carol"), kColumns, kRows, {"NO_COLOR=1"});
  plain.sees("you are now known as carol");
  screen.sees("you are now known as alice");
  bob.say("hi alice and carol");
  screen.sees("hi alice");
  plain.sees("hi alice");
  EXPECT_TRUE(contains(screen.styled_text(), "\x1B[1malice")) << shown(screen.styled_text());
  EXPECT_TRUE(contains(screen.styled_text(), "\x1B[38;5;")) << shown(screen.styled_text());
  EXPECT_FALSE(contains(plain.styled_text(), "\x1B[")) << shown(plain.styled_text());
}

TEST_F(Terminal, ADumbOneGetsNoSequencesAndWorks) {
  Person bob = server_->person("bob");
  const Screen dumb("env TERM=dumb " + hubbub("--nick carol"), kColumns, kRows);
  dumb.sees("you are now known as carol");
  dumb.enter("hello from 1978");
  bob.sees("<carol> hello from 1978");
  bob.say("hi carol");
  dumb.sees("<bob> hi carol");
  EXPECT_FALSE(contains(dumb.styled_text(), "\x1B[")) << shown(dumb.styled_text());
}

// The terminal's own scrollback has everything: no other screen is used.
TEST_F(Terminal, WhatHasScrolledAwayIsInTheScrollback) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  for (int i = 0; i < 100; ++i) bob.say("line " + std::to_string(i));
  const std::string all = screen.sees("<bob> line 99");
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(contains(all, "<bob> line " + std::to_string(i) + "\n")) << i;
  }
}

TEST_F(Terminal, PreferencesAreReadFromTheirPlace) {
  const Screen screen(
      "sh -c \"mkdir -p $XDG_CONFIG_HOME/hubbub && "
      "echo nick: paula >$XDG_CONFIG_HOME/hubbub/hubbub.yaml && exec " +
          hubbub("") + "\"",
      kColumns, kRows);
  screen.sees("you are now known as paula");
}

// --- A connection that is lost. ---

// Serves one connection on a port as far as the greeting, and ends it when a line holds `until`.
void greet_and_hang_up(std::uint16_t port, std::string_view until, Place place = Place::current()) {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool listens =
      ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(listener.get(), 1) == 0;
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const Descriptor peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!listens || !peer.is_open()) throw Failure(place, "nobody came");
  ::setsockopt(peer.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const std::string_view greeting =
      "-- welcome to hubbub; you are guest-1\r\n-- you are now in #lobby (1 here)\r\n";
  ::send(peer.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL);
  std::string heard;
  while (!contains(heard, until)) {
    std::array<char, 1024> bytes{};
    const ssize_t count = ::recv(peer.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0) throw Failure(place, "heard only " + shown(heard));
    heard.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

TEST_F(Terminal, ALostConnectionIsSaidAndMadeAgainWithNickAndRooms) {
  const std::uint16_t port = server_->chat_port();
  const Screen screen(hubbub("--nick alice --room dev --room ops"), kColumns, kRows);
  screen.rests_at("#dev>");
  screen.type("unfinished");
  server_->process().signal(SIGTERM);
  server_->expect_end();
  screen.sees("trying to connect again");
  screen.rests_at("#dev (offline)> unfinished");
  screen.press("Enter");
  screen.sees("-- not connected; the line stays here until it can be said");
  screen.rests_at("#dev (offline)> unfinished");

  start_server_again(port);
  screen.sees("-- connected again after ");
  screen.rests_at("#dev> unfinished");
  Person bob = server_->person("bob");
  bob.ask("/join #ops");
  EXPECT_TRUE(contains(bob.ask("/whois alice"), "alice has been here"));
  bob.ask("/join #dev");
  screen.press("Enter");
  bob.sees("#dev <alice> unfinished");
}

TEST_F(Terminal, ItsRoomsOutliveAConnectionThatBreaksBeforeTheyAreEntered) {
  const std::uint16_t port = server_->chat_port();
  const Screen screen(hubbub("--nick alice --room dev --room ops"), kColumns, kRows);
  screen.rests_at("#dev>");
  server_->process().signal(SIGTERM);
  server_->expect_end();
  screen.sees("trying to connect again");
  greet_and_hang_up(port, "/join #dev");
  screen.rests_at("#dev (offline)>");
  start_server_again(port);
  screen.sees("-- connected again after ");
  screen.rests_at("#dev>");
  Person bob = server_->person("bob");
  bob.ask("/join #ops");
  bob.say("alice?");
  screen.sees("#ops <bob> alice?");
}

// Somebody who keeps order ends the connection, so that the rooms outlive it.
TEST_F(Terminal, OfItsRoomsOnlyThoseItIsInAreEnteredAgain) {
  server_.emplace(std::vector<std::string>{"--set", "operators.networks=127.0.0.2"});
  Person boss(Way(server_->chat_port(), 2), "boss");
  for (const char* const line :
       {"/join #vault", "/key sesame", "/join #club", "/join #out", "/join #plain"}) {
    boss.say(line);
  }
  boss.settle();
  const Screen screen(hubbub(), 100, kRows);
  screen.rests_at("#lobby>");
  for (const char* const room : {"#club", "#out", "#plain", "#vault"}) {
    const std::string key = room == std::string("#vault") ? " sesame" : "";
    screen.enter(std::string("/join ") + room + key);
    screen.rests_at(std::string(room) + ">");
  }
  screen.enter("/leave #lobby");
  screen.sees("you left #lobby");
  for (const char* const line : {"/join #out", "/kick alice", "/join #club", "/closed on"}) {
    boss.say(line);
  }
  boss.settle();
  screen.sees("you left #out");
  boss.say("/join #plain");
  boss.say("one");
  boss.say("two");
  screen.rests_at("[2 #plain 2] #vault>");
  boss.say("/kill alice");
  screen.sees("trying to connect again");
  screen.sees("-- #club was not entered: #club is closed");
  screen.sees("you left #lobby; you are talking in #vault now");
  screen.rests_at("[1 #plain 2] #vault>");
  boss.ask("/whois alice");
  EXPECT_EQ(boss.sees("--   in "), "--   in #plain and #vault");
  screen.press("M-1");
  const std::string all = screen.sees("<boss> two");
  EXPECT_EQ(all.find("<boss> two"), all.rfind("<boss> two")) << "once\n" << all;
}

TEST_F(Terminal, AServerThatRefusesAtOnceIsTheEndAndNamesItsReason) {
  Server full({"--set", "limits.connections=1"});
  const Person bob = full.person("bob");
  const std::string address = "127.0.0.1:" + std::to_string(full.chat_port());
  const Screen screen(program("HUBBUB") + " " + address, kColumns, kRows);
  const std::string all = screen.sees("ended with 1");
  EXPECT_TRUE(contains(
      all, "hubbub: " + address + " refuses the connection: the server is full; try again later"))
      << all;
}

// A port that takes connections and says nothing, as one does whose program hangs.
class Mute {
 public:
  Mute() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool listens =
        ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::listen(listener_.get(), 8) == 0 &&
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!listens) throw Failure(std::source_location::current(), "cannot listen");
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  const std::string& address() const { return address_; }

 private:
  Descriptor listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string address_;
};

TEST_F(Terminal, AServerThatSaysNothingIsSaidToBeSilentAndThenGivenUp) {
  const Mute mute;
  const Screen screen(program("HUBBUB") + " --room dev " + mute.address(), 100, kRows);
  Process filter({"sh", "-c", "sleep 60 | " + program("HUBBUB") + " " + mute.address()});
  screen.sees("-- " + mute.address() + " took the connection and says nothing yet; waiting");
  screen.rests_at("#dev (offline)>");
  screen.enter("hello?");
  screen.sees("-- not connected; the line stays here until it can be said");
  filter.wait_for_errors(mute.address() + " took the connection and says nothing");
  const std::string end =
      "hubbub: " + mute.address() + " did not greet us within 20 s; is it a chat server?";
  EXPECT_TRUE(wait_until([&] { return contains(screen.text(), end); }, 30s)) << screen.text();
  screen.sees("ended with 1");
}

TEST_F(Terminal, AServiceThatIsNoChatIsTheEnd) {
  const Server server({"--listen", "metrics=127.0.0.1:0"});
  const std::string address = "127.0.0.1:" + std::to_string(server.port_of("metrics"));
  const Screen screen(program("HUBBUB") + " " + address, 120, kRows);
  const std::string all = screen.sees("ended with 1");
  EXPECT_TRUE(contains(
      all, "hubbub: " + address + " closed the connection without a welcome; is it a chat server?"))
      << all;
}

TEST_F(Terminal, ARefusalOnTheWayBackIsToldOnceAndNotTakenForAConnection) {
  const std::uint16_t port = server_->chat_port();
  const Screen screen(hubbub(), 120, kRows);
  screen.rests_at("#lobby>");
  server_->process().signal(SIGTERM);
  server_->expect_end();
  screen.sees("trying to connect again");
  const std::string address = "127.0.0.1:" + std::to_string(port);
  server_.emplace(std::vector<std::string>{"--listen", "chat=" + address, "--listen",
                                           "echo=127.0.0.1:0", "--set", "limits.connections=1"});
  std::optional<Person> bob(std::in_place, port, "bob");
  const std::string refusal =
      "-- " + address + " refuses the connection: the server is full; try again later";
  screen.sees(refusal);
  server_->wait_for_log("cause=full");
  bob.reset();
  const std::string all = screen.sees("-- connected again after ");
  EXPECT_EQ(all.find(refusal), all.rfind(refusal)) << all;
  EXPECT_EQ(all.find("-- connected again"), all.rfind("-- connected again")) << all;
  screen.rests_at("#lobby>");
}

// The server is stopped, so that what is said leaves the client and is never taken.
TEST_F(Terminal, WhatWasNotConfirmedIsShownAndComesBackWithUp) {
  const std::uint16_t port = server_->chat_port();
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.enter("this one arrives");
  screen.sees("<alice> this one arrives");
  server_->process().signal(SIGSTOP);
  screen.enter("this one does not");
  screen.rests_at("#lobby>");
  server_->kill();
  screen.sees("trying to connect again");
  const std::string all = screen.sees("--   this one does not");
  EXPECT_FALSE(contains(all, "--   this one arrives")) << all;
  start_server_again(port);
  screen.sees("-- connected again");
  screen.rests_at("#lobby>");
  Person bob = server_->person("bob");
  screen.press("Up");
  screen.rests_at("#lobby> this one does not");
  screen.press("Enter");
  bob.sees("<alice> this one does not");
}

// --- The end. ---

TEST_F(Terminal, CtrlCDropsTheLineAndTwiceLeaves) {
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.type("never mind");
  screen.rests_at("#lobby> never mind");
  screen.press("C-c");
  screen.rests_at("#lobby>");
  screen.press("C-c");
  screen.sees("-- once more to leave");
  screen.press("C-c");
  screen.sees("ended with 0");
  EXPECT_EQ(screen.modes_before(), screen.modes_after());
}

TEST_F(Terminal, CtrlDLeavesAndSaysGoodbye) {
  Person bob = server_->person("bob");
  const Screen screen(hubbub(), kColumns, kRows);
  screen.sees("you are now known as alice");
  screen.press("C-d");
  screen.sees("-- goodbye");
  screen.sees("ended with 0");
  bob.sees("alice left");
}

// Whatever ends it, the shell finds the terminal as it was.
TEST_F(Terminal, IsSaneAfterEverySignal) {
  for (const int signal : {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) {
    const Screen screen(hubbub(""), kColumns, kRows,
                        {"ASAN_OPTIONS=allow_user_segv_handler=1:handle_segv=1"});
    screen.sees("you are now in #lobby");
    screen.type("half a li");
    screen.rests_at("#lobby> half a li");
    ::kill(screen.pid(), signal);
    screen.sees("ended with " + std::to_string(128 + signal));
    EXPECT_TRUE(wait_until([&] { return !screen.modes_after().empty(); }));
    EXPECT_EQ(screen.modes_before(), screen.modes_after()) << "after signal " << signal;
  }
}

TEST_F(Terminal, CtrlZStopsItAndFgBringsItBack) {
  const Screen screen("bash --norc -i", kColumns, kRows, {"PS1=$ "});
  screen.enter(hubbub());
  screen.sees("you are now known as alice");
  screen.type("half a li");
  screen.rests_at("#lobby> half a li");
  screen.press("C-z");
  screen.sees("Stopped");
  screen.enter("fg");
  screen.rests_at("#lobby> half a li");
}

}  // namespace
}  // namespace e2e
