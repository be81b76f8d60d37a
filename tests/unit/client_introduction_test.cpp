// What a connection begins with, and which answers nobody needs to see.
#include <gtest/gtest.h>

#include "client/terminal/introduction.hpp"

namespace client {
namespace {

using Lines = std::vector<std::string>;

bool takes(Introduction& introduction, std::string_view line) {
  return introduction.takes(parse_server_line(line));
}

TEST(ClientIntroduction, AsksForEverythingAndJoinsTheRoomToTalkInLast) {
  const Introduction introduction({.nick = "alice", .rooms = {"#dev", "#ops"}});
  EXPECT_EQ(introduction.lines(), (Lines{"/echo on", "/nick alice", "/join #ops", "/join #dev"}));
  EXPECT_EQ(Introduction(Introduction::Wish{}).lines(), Lines{"/echo on"});
}

TEST(ClientIntroduction, TheAnswerToEchoIsItsOwnTheNextIsThePersons) {
  Introduction introduction(Introduction::Wish{});
  EXPECT_FALSE(introduction.hears_itself());
  EXPECT_TRUE(takes(introduction, "-- echo is on: you see your own lines"));
  EXPECT_TRUE(introduction.hears_itself());
  EXPECT_FALSE(takes(introduction, "-- echo is on: you see your own lines"));
  EXPECT_FALSE(takes(introduction, "-- echo is off: you do not see your own lines"));
  EXPECT_FALSE(introduction.hears_itself());
}

TEST(ClientIntroduction, AServerWithoutEchoIsNoTrouble) {
  Introduction introduction(Introduction::Wish{});
  EXPECT_TRUE(takes(introduction, "-- error: there is no command /echo; /help lists the commands"));
  EXPECT_FALSE(introduction.hears_itself());
}

TEST(ClientIntroduction, ATakenNickIsToldTheFirstTime) {
  Introduction introduction({.nick = "alice", .rooms = {}});
  EXPECT_FALSE(takes(introduction, "-- error: the name alice is taken; choose another"));
  EXPECT_FALSE(introduction.lacks_nick());
}

TEST(ClientIntroduction, ATakenNickIsAskedForAgainAfterALostConnection) {
  Introduction introduction({.nick = "alice", .rooms = {}, .again = true});
  EXPECT_FALSE(takes(introduction, "-- error: the name bob is taken; choose another"));
  EXPECT_FALSE(introduction.lacks_nick());
  EXPECT_TRUE(takes(introduction, "-- error: the name Alice is taken; choose another"));
  EXPECT_TRUE(introduction.lacks_nick());
  EXPECT_EQ(introduction.ask_for_nick(), "/nick alice");
  EXPECT_FALSE(takes(introduction, "-- you are now known as alice"));
  EXPECT_FALSE(introduction.lacks_nick());
}

TEST(ClientIntroduction, NothingElseIsHidden) {
  Introduction introduction({.nick = "alice", .rooms = {}, .again = true});
  for (const char* const line :
       {"12:03 #dev <bob> echo is on", "12:03 #dev <bob> -- echo is on: you see your own lines",
        "-- you are now in #dev (1 here)", "-- error: you are in no room; /join one first",
        "-- 12:03 bob tells you: echo is on"}) {
    EXPECT_FALSE(takes(introduction, line)) << line;
  }
}

}  // namespace
}  // namespace client
