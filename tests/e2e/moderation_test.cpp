// Keeping order: what operators of a room and of the server do, seen by all whom it concerns, on
// one loop and on two.
#include <csignal>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// Nobody is trusted; who comes from 127.0.0.1 is an operator of the server, from the others a
// stranger.
std::vector<std::string> arguments(int loops) {
  return {"--loops", std::to_string(loops),         "--set", "limits.trusted=",
          "--set",   "operators.networks=127.0.0.1"};
}

class Moderation : public ::testing::TestWithParam<int> {
 protected:
  Person stranger(std::string_view nick, std::uint8_t host) const {
    return Person({server_.chat_port(), host}, nick);
  }
  // Alice has begun #tea, and the others are in it.
  void meet(std::vector<Person*> others) {
    EXPECT_EQ(alice_.ask("/join #tea"), "-- you are now in #tea (1 here); you are its operator");
    for (Person* const person : others) {
      person->ask("/join #tea");
      alice_.sees("#tea -- " + person->nick() + " joined");
      person->settle();
    }
    alice_.settle();
  }

  Server server_{arguments(GetParam())};
  Person operator_ = server_.person("boss");
  Person alice_ = stranger("alice", 2);
  Person bob_ = stranger("bob", 3);
  Person carol_ = stranger("carol", 4);
};

TEST_P(Moderation, WhoBeginsARoomKeepsOrderThere) {
  meet({&bob_});
  EXPECT_EQ(bob_.ask("/who"), "-- 2 in #tea:");
  EXPECT_EQ(bob_.read_line(), "--   @alice and bob");
  EXPECT_TRUE(contains(bob_.ask("/kick alice"), "-- error: /kick is for operators of #tea"));
  server_.wait_for_log("moderation refused act=kick by=bob from=127.0.0.3:");
  alice_.say("/op bob");
  EXPECT_EQ(bob_.sees("made"), "#tea -- alice made bob an operator of the room");
  bob_.say("/deop alice");
  EXPECT_EQ(alice_.sees("took"), "#tea -- bob took the operator's role from alice");
  EXPECT_TRUE(contains(alice_.ask("/op alice"), "-- error: /op is for operators of #tea"));
}

TEST_P(Moderation, WhoIsKickedIsOutAndMayComeBack) {
  meet({&bob_, &carol_});
  alice_.say("/kick bob too loud");
  EXPECT_EQ(bob_.sees("kicked"), "-- kicked from #tea by alice (too loud)");
  EXPECT_EQ(bob_.read_line(), "-- you left #tea; you are talking in #lobby now");
  EXPECT_EQ(carol_.sees("kicked"), "#tea -- bob was kicked by alice (too loud)");
  EXPECT_EQ(alice_.sees("kicked"), "#tea -- bob was kicked by alice (too loud)");
  server_.wait_for_log("moderation act=kick by=alice from=127.0.0.2:");
  EXPECT_TRUE(contains(server_.log(), "whom=bob room=#tea"));
  EXPECT_TRUE(contains(bob_.ask("/join #tea"), "-- you are now in #tea (3 here)"));
}

TEST_P(Moderation, ManyAreKickedWhateverTheirLoop) {
  std::vector<Person> crowd;
  for (int i = 0; i < 8; ++i) {
    crowd.push_back(stranger("p" + std::to_string(i), static_cast<std::uint8_t>(10 + i)));
  }
  std::vector<Person*> all;
  for (Person& one : crowd) all.push_back(&one);
  meet(all);
  for (const Person& one : crowd) alice_.say("/kick " + one.nick());
  for (Person& one : crowd) one.sees("-- kicked from #tea by alice");
  std::set<std::string> told;  // each loop puts out its own, in whatever order
  while (told.size() < crowd.size()) told.insert(alice_.sees(" was kicked by alice"));
  for (const Person& one : crowd) {
    EXPECT_TRUE(told.contains("#tea -- " + one.nick() + " was kicked by alice"));
  }
  EXPECT_EQ(alice_.ask("/who"), "-- 1 in #tea:");
}

TEST_P(Moderation, WhoIsBannedFromARoomStaysOutUntilThatIsLifted) {
  meet({&bob_, &carol_});
  EXPECT_TRUE(contains(alice_.ask("/ban bob 10m spam"),
                       "-- bob with its address is banned from #tea until "));
  EXPECT_TRUE(contains(bob_.sees("banned"), "-- banned from #tea by alice until "));
  EXPECT_TRUE(contains(carol_.sees("banned"), "#tea -- bob was banned by alice until "));
  bob_.settle();
  EXPECT_TRUE(contains(bob_.ask("/join #tea"), "-- error: alice has banned you from #tea until "));
  Person twin = stranger("twin", 3);
  EXPECT_TRUE(contains(twin.ask("/join #tea"), "-- error: alice has banned you from #tea"));
  EXPECT_EQ(alice_.ask("/bans"), "-- 1 ban or mute of #tea:");
  EXPECT_TRUE(alice_.read_line().starts_with("--   bob until "));
  EXPECT_EQ(alice_.ask("/unban bob"), "-- bob is banned from #tea no more");
  EXPECT_TRUE(contains(bob_.ask("/join #tea"), "-- you are now in #tea (3 here)"));
}

TEST_P(Moderation, WithWhoIsBannedAllOfThatAddressLeaveWhateverTheirLoop) {
  std::vector<Person> crowd;
  for (int i = 0; i < 6; ++i) crowd.push_back(stranger("p" + std::to_string(i), 9));
  std::vector<Person*> all{&bob_};
  for (Person& one : crowd) all.push_back(&one);
  meet(all);
  EXPECT_EQ(alice_.ask("/ban p0"), "-- p0 with its address is banned from #tea until it is lifted");
  for (Person& one : crowd) one.sees("-- banned from #tea by alice");
  crowd[5].settle();
  EXPECT_TRUE(contains(bob_.ask("/who"), "-- 2 in #tea:"));
  EXPECT_TRUE(contains(crowd[5].ask("/join #tea"), "-- error: alice has banned you from #tea"));
  EXPECT_EQ(alice_.ask("/unban p0"), "-- p0 is banned from #tea no more");
  EXPECT_TRUE(contains(crowd[5].ask("/join #tea"), "-- you are now in #tea (3 here)"));
}

TEST_P(Moderation, ANetworkIsBannedFromARoomWithAllWhoAreThere) {
  meet({&bob_, &carol_});
  EXPECT_TRUE(contains(alice_.ask("/ban 127.0.0.4/31"), "-- 127.0.0.4/31 is banned from #tea"));
  carol_.sees("-- banned from #tea by alice");
  EXPECT_EQ(bob_.sees("banned"), "#tea -- carol was banned by alice");
  EXPECT_TRUE(contains(alice_.ask("/ban 0.0.0.0/0"), "-- error: 0.0.0.0/0 is too wide"));
  EXPECT_TRUE(contains(alice_.ask("/ban 127.0.0.2"), "-- error: 127.0.0.2 has you in it"));
  EXPECT_TRUE(contains(alice_.ask("/ban 127.0.0.4/3"), "is no nick and no network"));
  EXPECT_TRUE(contains(alice_.ask("/ban bob 3"), "-- error: 3 is no duration"));
}

TEST_P(Moderation, WhoIsMutedListensOnly) {
  meet({&bob_, &carol_});
  alice_.say("/mute bob");
  EXPECT_EQ(bob_.sees("muted"), "#tea -- alice muted bob until it is lifted");
  EXPECT_EQ(bob_.ask("hello?"), "-- error: alice has muted you in #tea until it is lifted");
  EXPECT_TRUE(contains(bob_.ask("/msg carol psst"), "you tell carol"));
  alice_.say("/unmute bob");
  EXPECT_EQ(bob_.sees("unmuted"), "#tea -- alice unmuted bob");
  bob_.say("hello again");
  EXPECT_EQ(carol_.sees("hello"), "#tea <bob> hello again");
}

TEST_P(Moderation, WhoIsMutedIsNotHeardByOtherMeans) {
  meet({&bob_, &carol_});
  alice_.say("/mute bob");
  bob_.sees("alice muted bob");
  const std::string muted = "-- error: alice has muted you in #tea until it is lifted";
  for (const char* const line : {"/me insults", "/topic insult", "/nick insult"}) {
    EXPECT_EQ(bob_.ask(line), muted) << line;
  }
  EXPECT_TRUE(contains(bob_.ask("/msg #tea insult"), "-- error: nobody here is called #tea"));
  bob_.say("/quit insult");
  bob_.wait_for_end();
  std::string left = carol_.sees("bob left");
  if (contains(left, "#lobby")) left = carol_.sees("bob left");
  EXPECT_EQ(left, "#tea -- bob left");
}

TEST_P(Moderation, InAModeratedRoomThoseWithAVoiceAreHeard) {
  meet({&bob_, &carol_});
  alice_.say("/moderated on");
  bob_.sees("alice moderates the room");
  EXPECT_TRUE(contains(bob_.ask("hello?"), "-- error: #tea is moderated"));
  alice_.say("/voice bob");
  EXPECT_EQ(bob_.sees("voice"), "#tea -- alice gave bob a voice");
  bob_.say("thanks");
  EXPECT_EQ(carol_.sees("thanks"), "#tea <bob> thanks");
  alice_.say("/unvoice bob");
  bob_.sees("took the voice");
  EXPECT_TRUE(contains(bob_.ask("oh"), "-- error: #tea is moderated"));
  alice_.say("/moderated off");
  bob_.sees("everybody speak");
  bob_.say("ah");
  EXPECT_EQ(carol_.sees("ah"), "#tea <bob> ah");
}

TEST_P(Moderation, ASlowRoomTakesALineOfEachEverySoOften) {
  meet({&bob_, &carol_});
  alice_.say("/slow 1h");
  bob_.sees("slowed the room down");
  bob_.say("one");
  EXPECT_EQ(carol_.sees("one"), "#tea <bob> one");
  EXPECT_TRUE(contains(bob_.ask("two"), "-- error: #tea is slow, a line every 1 hour; wait "));
  carol_.say("my turn");
  EXPECT_EQ(bob_.sees("my turn"), "#tea <carol> my turn");
  alice_.say("/slow off");
  bob_.sees("ended slow mode");
  bob_.say("two");
  EXPECT_EQ(carol_.sees("two"), "#tea <bob> two");
}

TEST_P(Moderation, AClosedRoomIsForThoseWhoAreInvited) {
  meet({});
  alice_.say("/closed on");
  alice_.sees("closed the room");
  EXPECT_TRUE(contains(bob_.ask("/join #tea"), "-- error: #tea is closed"));
  EXPECT_EQ(alice_.ask("/invite bob"), "-- bob is invited to #tea");
  EXPECT_EQ(bob_.sees("invites"), "-- alice invites you to #tea; /join #tea accepts");
  EXPECT_TRUE(contains(bob_.ask("/join #tea"), "-- you are now in #tea (2 here)"));
  EXPECT_TRUE(contains(carol_.ask("/join #tea"), "-- error: #tea is closed"));
}

TEST_P(Moderation, ARoomWithAKeyIsForThoseWhoKnowIt) {
  meet({});
  alice_.say("/key Sesame");
  alice_.sees("gave the room a key");
  EXPECT_EQ(bob_.ask("/join tea"), "-- error: #tea has a key; type /join #tea KEY");
  EXPECT_EQ(bob_.ask("/join tea sesame"), "-- error: that is not the key of #tea");
  EXPECT_TRUE(contains(bob_.ask("/join tea Sesame"), "-- you are now in #tea (2 here)"));
  EXPECT_FALSE(contains(server_.log(), "Sesame"));
}

TEST_P(Moderation, ALockedTopicIsForOperators) {
  meet({&bob_});
  alice_.say("/topiclock on");
  bob_.sees("locked the topic");
  EXPECT_TRUE(contains(bob_.ask("/topic cake"), "-- error: only operators set the topic of #tea"));
  alice_.say("/topic tea");
  EXPECT_EQ(bob_.sees("set the topic"), "#tea -- alice set the topic: tea");
}

TEST_P(Moderation, OperatorsOfTheServerKeepOrderInEveryRoom) {
  meet({&bob_});
  alice_.say("/closed on");
  alice_.sees("closed the room");
  EXPECT_TRUE(contains(operator_.ask("/join #tea"), "-- you are now in #tea (3 here)"));
  operator_.say("/deop alice");
  alice_.sees("boss took the operator's role from alice");
  operator_.say("/kick alice");
  EXPECT_EQ(alice_.sees("kicked"), "-- kicked from #tea by boss");
  operator_.say("/whois bob");
  EXPECT_TRUE(contains(operator_.sees("--   from "), "--   from 127.0.0.3:"));
}

TEST_P(Moderation, EverybodyIsToldOnce) {
  operator_.say("/wall closing soon");
  for (Person* const person : {&operator_, &alice_, &bob_, &carol_}) {
    EXPECT_TRUE(contains(person->sees("tells everybody"), "boss tells everybody: closing soon"));
    EXPECT_FALSE(any_contains(person->settle(), "closing soon"));
  }
  EXPECT_EQ(alice_.ask("/wall hello"), "-- error: /wall is for operators of the server");
  EXPECT_FALSE(contains(server_.log(), "closing soon"));
}

TEST_P(Moderation, AConnectionIsEnded) {
  EXPECT_EQ(operator_.ask("/kill bob spam"), "-- bob is disconnected");
  const std::string told = bob_.read_to_end();
  EXPECT_TRUE(contains(told, "-- boss ended your connection: spam\r\n-- goodbye: spam\r\n"))
      << told;
  EXPECT_EQ(alice_.sees("bob left"), "#lobby -- bob left (spam)");
  server_.wait_for_log("refused cause=ended address=127.0.0.3:");
  EXPECT_TRUE(contains(server_.log(), " why=\"spam\"\n"));
  EXPECT_TRUE(contains(operator_.ask("/kill nobody"), "-- error: nobody here is called nobody"));
}

TEST_P(Moderation, WhoIsBannedFromTheServerIsEndedAndNotLetInUntilThatIsLifted) {
  std::vector<Person> others;
  for (int i = 0; i < 6; ++i) others.push_back(stranger("p" + std::to_string(i), 9));
  Client echo(Way(server_.echo_port(), 9));
  echo.send("x");
  echo.read_exactly(1);
  EXPECT_EQ(operator_.ask("/gban 127.0.0.9 spam"),
            "-- 127.0.0.9 is banned from the server until it is lifted");
  for (Person& one : others) {
    const std::string told = one.read_to_end();
    EXPECT_TRUE(
        contains(told, "-- error: you are banned from this server until it is lifted: spam\r\n"))
        << told;
    EXPECT_TRUE(told.ends_with("-- goodbye: banned\r\n")) << told;
  }
  echo.wait_for_end();
  server_.wait_for_log("refused cause=banned address=127.0.0.9:");
  EXPECT_FALSE(contains(server_.log(), "cause=evicted"));
  EXPECT_EQ(Client(Way(server_.chat_port(), 9)).read_to_end(),
            "-- error: you are banned from this server until it is lifted: spam\r\n");
  EXPECT_FALSE(alice_.ask("/who").empty());
  EXPECT_EQ(operator_.ask("/leave").substr(0, 11), "-- you left");
  EXPECT_EQ(operator_.ask("/bans"), "-- 1 ban of the server:");
  EXPECT_EQ(operator_.read_line(), "--   127.0.0.9 until it is lifted by boss (spam)");
  EXPECT_EQ(operator_.ask("/ungban 127.0.0.9"), "-- 127.0.0.9 is banned from the server no more");
  EXPECT_FALSE(stranger("back", 9).ask("/who").empty());
}

TEST_P(Moderation, ABanOfTheServerByNickIsOfTheAddress) {
  EXPECT_TRUE(contains(operator_.ask("/kline bob 1h"), "-- 127.0.0.3 is banned from the server "));
  EXPECT_TRUE(contains(bob_.read_to_end(), "-- error: you are banned from this server until "));
  EXPECT_TRUE(contains(operator_.ask("/gban 127.0.0.0/8"), "-- error: 127.0.0.0/8 has you in it"));
  EXPECT_TRUE(contains(server_.log(), "moderation act=gban by=boss from=127.0.0.1:"));
}

TEST_P(Moderation, TheServerShowsOperatorsWhatItDoes) {
  EXPECT_TRUE(contains(operator_.ask("/stats"), "-- 4 people on "));
  operator_.settle();
  EXPECT_EQ(operator_.ask("/tasks"), "-- the tasks of the loop that you are on:");
  EXPECT_TRUE(any_contains(operator_.settle(), "chat boss@127.0.0.1:"));
  EXPECT_EQ(alice_.ask("/stats"), "-- error: /stats is for operators of the server");
  EXPECT_EQ(alice_.ask("/tasks"), "-- error: /tasks is for operators of the server");
}

TEST_P(Moderation, AnOperatorEndsTheServerAndEverybodyIsToldWhy) {
  EXPECT_EQ(alice_.ask("/shutdown"), "-- error: /shutdown is for operators of the server");
  operator_.say("/shutdown moving house");
  for (Person* const person : {&operator_, &alice_, &bob_, &carol_}) {
    const std::string told = person->read_to_end();
    EXPECT_TRUE(contains(told, "boss shuts the server down: moving house\r\n")) << told;
    EXPECT_TRUE(contains(told, "-- goodbye: the server is shutting down\r\n")) << told;
  }
  server_.expect_end();
}

std::string loops_name(const ::testing::TestParamInfo<int>& loops) {
  return loops.param == 1 ? "OnOneLoop" : "OnTwoLoops";
}
INSTANTIATE_TEST_SUITE_P(Loops, Moderation, ::testing::Values(1, 2), loops_name);

TEST(ModerationSettings, OfATrustedPersonTheNickAloneIsBanned) {
  Server server;
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.ask("/join #tea");
  bob.ask("/join #tea");
  EXPECT_EQ(alice.ask("/ban bob"), "-- bob is banned from #tea until it is lifted");
  bob.sees("-- banned from #tea by alice");
  EXPECT_TRUE(contains(server.person("carol").ask("/join #tea"), "-- you are now in #tea"));
}

TEST(ModerationSettings, WhoeverBeginsRoomsToBanInFillsNeitherMemoryNorLog) {
  Server server({"--set", "limits.sanctions_per_address=30", "--set", "limits.trusted="});
  Person mallory({server.chat_port(), 2}, "mallory");
  std::string last;
  for (int i = 0; i < 35; ++i) {
    mallory.ask("/join #room" + std::to_string(i % 7));
    mallory.settle();
    last = mallory.ask("/ban nobody" + std::to_string(i));
  }
  EXPECT_EQ(last,
            "-- error: your address has its 30 bans, mutes and invitations in rooms already; "
            "lift some, or wait until some end");
  const std::size_t lines = count(server.log(), "act=ban by=mallory");
  EXPECT_GE(lines, 20U);
  EXPECT_LT(lines, 30U) << server.log();
  Person bob({server.chat_port(), 3}, "bob");
  bob.ask("/join #own");
  EXPECT_TRUE(contains(bob.ask("/ban nobody"), "-- nobody is banned from #own"));
  server.wait_for_log("act=ban by=bob");
}

TEST(ModerationSettings, WithoutOperatorsNobodyIsOne) {
  Server server;
  Person alice = server.person("alice");
  for (const char* const line : {"/stats", "/wall x", "/gban 192.0.2.1", "/shutdown", "/reload"}) {
    EXPECT_TRUE(contains(alice.ask(line), "is for operators of the server")) << line;
  }
}

TEST(ModerationSettings, AnOperatorReloadsAndNewNetworksHoldForThoseWhoAreHereToo) {
  std::string name = "/tmp/hubbubd-moderation-XXXXXX";
  ASSERT_GE(::mkstemp(name.data()), 0);
  std::ofstream(name) << "operators: {networks: \"127.0.0.1\"}\n";
  {
    Server server({"--config", name});
    Person boss = server.person("boss");
    Person alice({server.chat_port(), 2}, "alice");
    std::ofstream(name) << "operators: {networks: \"127.0.0.2\"}\n";
    EXPECT_EQ(boss.ask("/reload"),
              "-- the configuration is read again; the server's log tells what came of it");
    server.wait_for_log("read the configuration again: changed operators.networks");
    boss.sees("-- you are not an operator of this server any more");
    alice.sees("-- you are an operator of this server");
    EXPECT_TRUE(contains(boss.ask("/stats"), "is for operators"));
    EXPECT_TRUE(contains(alice.ask("/stats"), "people on"));
    Client newcomer(Way(server.chat_port(), 2));
    newcomer.read_until("-- you are an operator of this server");
  }
  std::remove(name.c_str());
}

}  // namespace
}  // namespace e2e
