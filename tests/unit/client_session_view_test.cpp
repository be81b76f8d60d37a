// What a client learns from the server's sentences: those of server/chat_encoder.cpp.
#include <initializer_list>

#include <gtest/gtest.h>

#include "client/terminal/session_view.hpp"

namespace client {
namespace {

using Names = std::vector<std::string>;

SessionView after(std::initializer_list<std::string_view> lines) {
  SessionView session;
  for (const std::string_view line : lines) session.observe(parse_server_line(line));
  return session;
}

TEST(ClientSessionView, TheGreetingTellsTheNick) {
  const SessionView session = after({"-- welcome to hubbub; you are guest-17"});
  EXPECT_EQ(session.nick(), "guest-17");
  EXPECT_EQ(session.chosen_nick(), "");
}

TEST(ClientSessionView, AConfirmedNickIsTheChosenOne) {
  const SessionView session =
      after({"-- welcome to hubbub; you are guest-17", "-- you are now known as bob."});
  EXPECT_EQ(session.nick(), "bob.");
  EXPECT_EQ(session.chosen_nick(), "bob.");
}

TEST(ClientSessionView, TheRoomEnteredLastIsTheOneToTalkIn) {
  const SessionView session =
      after({"-- you are now in #lobby (1 here)", "-- you are now in #dev (12 here)"});
  EXPECT_EQ(session.room(), "#dev");
  EXPECT_EQ(session.joined(), (Names{"#dev", "#lobby"}));
}

TEST(ClientSessionView, SwitchingRoomsChangesOnlyWhereWeTalk) {
  const SessionView session =
      after({"-- you are now in #lobby (1 here)", "-- you are now in #dev (12 here)",
             "-- you are talking in #lobby now"});
  EXPECT_EQ(session.room(), "#lobby");
  EXPECT_EQ(session.joined(), (Names{"#lobby", "#dev"}));
}

TEST(ClientSessionView, LeavingARoomMayLeadBackToAnother) {
  const SessionView session =
      after({"-- you are now in #lobby (1 here)", "-- you are now in #dev (12 here)",
             "-- you left #dev; you are talking in #lobby now"});
  EXPECT_EQ(session.room(), "#lobby");
  EXPECT_EQ(session.joined(), (Names{"#lobby"}));
}

TEST(ClientSessionView, LeavingTheLastRoomLeadsNowhere) {
  const SessionView session =
      after({"-- you are now in #lobby (1 here)", "-- you left #lobby; /join a room to talk"});
  EXPECT_EQ(session.room(), "");
  EXPECT_EQ(session.joined(), Names{});
}

TEST(ClientSessionView, ARefusalChangesNothing) {
  const SessionView session =
      after({"-- welcome to hubbub; you are guest-17", "-- you are now in #lobby (1 here)",
             "-- error: you are now known as bob", "-- error: you are now in #dev"});
  EXPECT_EQ(session.nick(), "guest-17");
  EXPECT_EQ(session.room(), "#lobby");
}

TEST(ClientSessionView, WhatPeopleSayIsNotTakenForTheServersWord) {
  const SessionView session =
      after({"-- welcome to hubbub; you are guest-17", "12:03 #dev <eve> you are now known as bob",
             "12:03 #dev <eve> -- you are now in #trap (1 here)",
             "-- 12:03 eve tells you: in #trap", "-- 12:03 you tell eve: you are now in #trap"});
  EXPECT_EQ(session.nick(), "guest-17");
  EXPECT_EQ(session.room(), "");
  EXPECT_EQ(session.joined(), Names{});
}

TEST(ClientSessionView, WhoSpeaksIsSeenAndTheLatestComesFirst) {
  const SessionView session =
      after({"12:03 #lobby <alice> hi", "12:03 #dev * bob waves", "-- 12:03 carol tells you: psst",
             "12:03 #lobby <Alice> again"});
  EXPECT_EQ(session.nicks(), (Names{"Alice", "carol", "bob"}));
  EXPECT_EQ(session.rooms(), (Names{"#lobby", "#dev"}));
}

TEST(ClientSessionView, WhoComesIsSeenAndWhoGoesIsForgotten) {
  const SessionView session =
      after({"12:03 #lobby -- alice, bob and 38 others joined", "12:03 #lobby -- dave joined",
             "12:03 #lobby -- bob left (gone with alice)", "12:03 #lobby -- 40 people joined",
             "12:03 #lobby -- alice is now known as anna; 2 others changed their names"});
  EXPECT_EQ(session.nicks(), (Names{"anna", "dave"}));
}

TEST(ClientSessionView, ATextThatSomebodyWroteHasNoNames) {
  const SessionView session = after(
      {"12:03 #lobby <dave> hi", "12:03 #lobby -- alice set the topic: everybody joined",
       "12:03 #lobby -- alice set the topic: dave left", "12:03 #lobby -- bob left (we all joined)",
       "12:03 #lobby -- alice set the topic: dave is now known as trap",
       "12:03 #lobby -- bob was kicked by alice (he, who joined)",
       "12:03 #lobby -- alice slowed the room down: a line of each every 5 seconds"});
  EXPECT_EQ(session.nicks(), Names{"dave"});
}

TEST(ClientSessionView, TheRestOfATopicIsNoRoom) {
  const SessionView session =
      after({"-- 2 rooms:", "--   #dev (3 here): a topic so long that it goes on, see",
             "--     #not-a-room too", "--   #ops (1 here)", "-- goodbye", "--   #neither"});
  EXPECT_EQ(session.rooms(), (Names{"#ops", "#dev"}));
}

TEST(ClientSessionView, AListOfMembersIsRead) {
  const SessionView session = after({"-- 4 in #lobby:", "--   @alice, +bob", "--   and carol",
                                     "-- topic: about  dave", "--   erin"});
  EXPECT_EQ(session.nicks(), (Names{"carol", "bob", "alice"}));
}

TEST(ClientSessionView, AListOfRoomsIsRead) {
  const SessionView session =
      after({"-- 2 rooms:", "--   #dev (3 here): of #many things", "--   #ops (1 here)"});
  EXPECT_EQ(session.rooms(), (Names{"#ops", "#dev"}));
  EXPECT_EQ(session.nicks(), Names{});
}

TEST(ClientSessionView, ANewConnectionForgetsTheSessionButNotThePeople) {
  SessionView session = after(
      {"-- you are now known as bob", "-- you are now in #dev (1 here)", "12:03 #dev <alice> hi"});
  session.reset();
  EXPECT_EQ(session.nick(), "");
  EXPECT_EQ(session.chosen_nick(), "");
  EXPECT_EQ(session.room(), "");
  EXPECT_EQ(session.joined(), Names{});
  EXPECT_EQ(session.nicks(), (Names{"alice"}));
  EXPECT_EQ(session.rooms(), (Names{"#dev"}));
}

TEST(ClientSeenNames, OnlyTheNewestAreKept) {
  SeenNames names;
  for (std::size_t i = 0; i <= SeenNames::kMost; ++i) names.see("n" + std::to_string(i));
  EXPECT_EQ(names.newest_first().size(), SeenNames::kMost);
  EXPECT_EQ(names.newest_first().front(), "n" + std::to_string(SeenNames::kMost));
  EXPECT_EQ(names.newest_first().back(), "n1");
}

TEST(ClientSeenNames, NamesTooLongToBeAnyAreNotKept) {
  SeenNames names;
  names.see(std::string(SeenNames::kNameMost + 1, 'x'));
  names.see("");
  EXPECT_EQ(names.newest_first(), Names{});
  names.see(std::string(SeenNames::kNameMost, 'x'));
  EXPECT_EQ(names.newest_first().size(), 1u);
}

}  // namespace
}  // namespace client
