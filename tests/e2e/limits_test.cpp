// Limits: at each of them what is accepted, and one beyond what is said.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

TEST(Limits, ALineAtTheLimitIsSaidAndOneBeyondIsRefusedWhole) {
  Server server({"--set", "limits.line=100"});
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  const std::string longest(100, 'x');
  alice.say(longest);
  EXPECT_EQ(bob.sees("xx"), "#lobby <alice> " + longest);
  EXPECT_TRUE(contains(alice.ask(longest + "x"), "-- error: that line was too long"));
  EXPECT_TRUE(contains(alice.ask("/me " + longest), "at most 100 bytes"));
  alice.say("after it");
  EXPECT_EQ(bob.sees("alice"), "#lobby <alice> after it");
}

TEST(Limits, ANickAtTheLimitIsAcceptedAndOneBeyondIsNot) {
  Server server({"--set", "limits.nick=8"});
  Person alice = server.guest();
  EXPECT_EQ(alice.ask("/nick abcdefgh"), "-- you are now known as abcdefgh");
  EXPECT_TRUE(contains(alice.ask("/nick abcdefghi"), "-- error: that nick is too long: at most 8"));
}

TEST(Limits, ARoomsNameAtTheLimitIsAcceptedAndOneBeyondIsNot) {
  Server server({"--set", "limits.room=8"});
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(alice.ask("/join #abcdefg"), "-- you are now in #abcdefg"));
  EXPECT_TRUE(contains(alice.ask("/join #abcdefgh"), "-- error: that room is too long"));
}

TEST(Limits, ATopicAtTheLimitIsSetAndOneBeyondIsNot) {
  Server server({"--set", "limits.topic=10"});
  Person alice = server.person("alice");
  alice.say("/topic 0123456789");
  EXPECT_EQ(alice.sees("set the topic"), "#lobby -- alice set the topic: 0123456789");
  EXPECT_TRUE(contains(alice.ask("/topic 0123456789a"), "-- error: that topic is too long"));
  EXPECT_TRUE(contains(alice.ask("/topic"), "is: 0123456789 ("));
}

TEST(Limits, APersonIsInSoManyRoomsAndNoMore) {
  Server server({"--set", "limits.rooms_per_user=3"});
  Person alice = server.person("alice");
  alice.ask("/join #one");
  EXPECT_TRUE(contains(alice.ask("/join #two"), "you are now in #two"));
  EXPECT_TRUE(contains(alice.ask("/join #three"), "-- error: you can be in at most 3 rooms"));
  alice.ask("/leave #one");
  EXPECT_TRUE(contains(alice.ask("/join #three"), "you are now in #three"));
}

TEST(Limits, TheServerHasSoManyRoomsAndNoMore) {
  Server server({"--set", "limits.rooms=3"});
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.ask("/join #one");
  EXPECT_TRUE(contains(bob.ask("/join #two"), "you are now in #two"));
  EXPECT_TRUE(contains(bob.ask("/join #three"), "-- error: the server has its 3 rooms already"));
  EXPECT_TRUE(contains(bob.ask("/join #one"), "you are now in #one"));
  alice.ask("/leave #one");
  bob.ask("/leave #one");
  EXPECT_TRUE(contains(bob.ask("/join #three"), "you are now in #three"));
}

TEST(Limits, WhoComesWhenTheServerIsFullIsToldSo) {
  Server server({"--set", "limits.connections=5"});
  std::vector<Person> people;
  for (int i = 0; i < 5; ++i) people.push_back(server.guest());
  Client sixth(server.chat_port());
  const std::string told = sixth.read_to_end();
  EXPECT_TRUE(told.starts_with("-- error: ")) << told;
  EXPECT_TRUE(contains(told, "full")) << told;
  Client echo(server.echo_port());
  echo.wait_for_end();
  EXPECT_TRUE(people.front().settle().size() >= 4);

  people.pop_back();
  EXPECT_TRUE(wait_until([&] {
    return contains(Client(server.chat_port()).read_line(), "welcome");
  })) << "nobody is let in although somebody left";
}

TEST(Limits, BeingFullIsLoggedOnceAndNotForEachWhoComes) {
  Server server({"--set", "limits.connections=1"});
  Person alice = server.person("alice");
  for (int i = 0; i < 20; ++i) Client(server.chat_port()).read_to_end();
  EXPECT_EQ(count(server.log(), "limits.connections=1"), 1u) << server.log();
}

TEST(Limits, AMailboxThatNobodyEmptiesTakesNoMore) {
  Server server({"--set", "limits.mailbox=16KiB", "--loops", "1"});
  Person alice = server.person("alice");
  Person bob(server.chat_port(), "bob", 4096);
  // What the kernel holds for Bob comes first, so how many lines it takes is not known.
  const std::string line = "/msg bob " + std::string(4000, 'x');
  std::string answer;
  std::size_t sent = 0;
  for (; sent < 4000 && !answer.starts_with("-- error: "); ++sent) answer = alice.ask(line);
  EXPECT_TRUE(contains(answer, "-- error: bob has too many unread lines")) << answer.substr(0, 80);
  for (std::size_t i = 0; i + 1 < sent; ++i) bob.sees("alice tells you: xxxx");
  EXPECT_TRUE(contains(alice.ask("/msg bob now?"), "you tell bob: now?"));
  bob.sees("now?");
}

}  // namespace
}  // namespace e2e
