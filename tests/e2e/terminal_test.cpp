// hubbub as a person sees it: on a real terminal, with keys pressed and the screen looked at.
#include <csignal>
#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>

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
  screen.sees("-- these are 3 lines: Enter says them all, Ctrl-C drops them");
  screen.press("C-c");
  screen.rests_at("#lobby>");
  screen.paste("four\nfive\n");
  screen.sees("five");
  screen.press("Enter");
  screen.sees("-- these are 2 lines");
  screen.press("Enter");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> four");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> five");
  screen.sees("#lobby <alice> five");
  screen.rests_at("#lobby>");
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
