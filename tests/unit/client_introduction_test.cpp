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
  EXPECT_EQ(introduction.lines(),
            (Lines{"/echo on", "/nick alice", "/join #ops", "/join #dev", "/echo on"}));
  EXPECT_EQ(Introduction(Introduction::Wish{}).lines(), (Lines{"/echo on", "/echo on"}));
}

TEST(ClientIntroduction, ARoomIsEnteredWithTheKeyThatIsKnown) {
  Introduction::Wish wish{.nick = {}, .rooms = {"#dev", "#vault"}};
  wish.keys.typed("/join #vault sesame", "#lobby");
  wish.keys.observe(parse_server_line("-- you are now in #vault (1 here)"), "alice");
  EXPECT_EQ(Introduction(wish).lines(),
            (Lines{"/echo on", "/join #vault sesame", "/join #dev", "/echo on"}));
}

TEST(ClientIntroduction, AKeyThatWasGivenIsForTheFirstTimeToo) {
  Introduction::Wish wish{.nick = {}, .rooms = {"#vault"}};
  wish.keys.give("#vault", "sesame");
  EXPECT_EQ(Introduction(wish).lines(), (Lines{"/echo on", "/join #vault sesame", "/echo on"}));
}

// Not every refusal names the room.
TEST(ClientIntroduction, ARefusalIsOfTheRoomWhoseTurnItIs) {
  Introduction introduction({.nick = "alice", .rooms = {"#dev", "#ops", "#vault"}, .again = true});
  for (const char* const line :
       {"-- welcome to hubbub; you are guest-1", "-- you are now in #lobby (1 here)",
        "-- echo is on: you see your own lines",
        "-- error: the name alice is taken; choose another"}) {
    takes(introduction, line);
    EXPECT_FALSE(introduction.take_refusal()) << line;
  }
  EXPECT_TRUE(takes(introduction, "-- error: that is not the key of #vault"));
  const auto first = introduction.take_refusal();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->room, "#vault");
  EXPECT_EQ(first->reason, "that is not the key of #vault");
  EXPECT_FALSE(introduction.take_refusal());
  EXPECT_FALSE(takes(introduction, "-- you are now in #ops (3 here)"));
  EXPECT_FALSE(takes(introduction, "12:03 #ops <bob> hi"));
  EXPECT_TRUE(
      takes(introduction, "-- error: you can be in at most 2 rooms at a time; /leave one first"));
  EXPECT_EQ(introduction.take_refusal()->room, "#dev");
  EXPECT_FALSE(introduction.is_answered());
  takes(introduction, "-- echo is on: you see your own lines");
  EXPECT_TRUE(introduction.is_answered());
  EXPECT_FALSE(takes(introduction, "-- error: there is no room #x; /rooms lists those there are"));
  EXPECT_FALSE(introduction.take_refusal());
}

TEST(ClientIntroduction, TheRoomThatEverybodyIsPutInIsLeftWhereItHadBeenLeft) {
  const auto leaves = [](Introduction::Wish wish, std::initializer_list<const char*> answers) {
    Introduction introduction(std::move(wish));
    takes(introduction, "-- you are now in #lobby (1 here)");
    takes(introduction, "-- echo is on: you see your own lines");
    for (const char* const answer : answers) takes(introduction, answer);
    takes(introduction, "-- echo is on: you see your own lines");
    return introduction.leave_where_we_were_put();
  };
  const char* const entered = "-- you are now in #dev (1 here)";
  const char* const refused = "-- error: #dev is closed; one of its operators can /invite you";
  EXPECT_EQ(leaves({.nick = {}, .rooms = {"#dev"}}, {entered}), "");
  EXPECT_EQ(leaves({.nick = {}, .rooms = {"#dev"}, .only_these = true}, {entered}),
            "/leave #lobby");
  EXPECT_EQ(leaves({.nick = {}, .rooms = {}, .only_these = true}, {}), "/leave #lobby");
  EXPECT_EQ(leaves({.nick = {}, .rooms = {"#dev"}, .only_these = true}, {refused}), "");
  EXPECT_EQ(leaves({.nick = {}, .rooms = {"#dev", "#Lobby"}, .only_these = true},
                   {"-- you are talking in #lobby now", entered}),
            "");
}

TEST(ClientIntroduction, IsAnsweredWhenTheLastQuestionIs) {
  Introduction introduction({.nick = "alice", .rooms = {"#dev"}});
  EXPECT_FALSE(introduction.is_answered());
  for (const char* const line :
       {"-- you are now in #lobby (1 here)", "-- echo is on: you see your own lines",
        "-- you are now known as alice", "-- error: #dev is closed; an operator can /invite you"}) {
    takes(introduction, line);
    EXPECT_FALSE(introduction.is_answered()) << line;
  }
  takes(introduction, "-- echo is on: you see your own lines");
  EXPECT_TRUE(introduction.is_answered());
}

TEST(ClientIntroduction, TheAnswersToEchoAreItsOwnTheNextIsThePersons) {
  Introduction introduction(Introduction::Wish{});
  EXPECT_FALSE(introduction.hears_itself());
  EXPECT_TRUE(takes(introduction, "-- echo is on: you see your own lines"));
  EXPECT_TRUE(introduction.hears_itself());
  EXPECT_TRUE(takes(introduction, "-- echo is on: you see your own lines"));
  EXPECT_FALSE(takes(introduction, "-- echo is on: you see your own lines"));
  EXPECT_FALSE(takes(introduction, "-- echo is off: you do not see your own lines"));
  EXPECT_FALSE(introduction.hears_itself());
}

TEST(ClientIntroduction, AServerWithoutEchoIsNoTrouble) {
  Introduction introduction(Introduction::Wish{});
  EXPECT_TRUE(takes(introduction, "-- error: there is no command /echo; /help lists the commands"));
  EXPECT_TRUE(takes(introduction, "-- error: there is no command /echo; /help lists the commands"));
  EXPECT_FALSE(introduction.hears_itself());
  EXPECT_TRUE(introduction.is_answered());
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
