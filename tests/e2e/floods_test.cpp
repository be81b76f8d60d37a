// Floods: too many connections, too fast, and too much of what they send. Who floods is held up or
// sent away; everybody else goes on talking.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

using std::chrono::milliseconds;

// A server to which nobody is trusted, so that tests may be strangers; 127.0.0.2 and so on are
// others.
std::vector<std::string> strangers(std::vector<std::string> settings) {
  settings.emplace_back("limits.trusted=");
  std::vector<std::string> arguments;
  for (std::string& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(std::move(setting));
  }
  return arguments;
}

TEST(Floods, AnAddressHasSoManyConnectionsAndNoMore) {
  Server server(strangers({"limits.connections_per_address=3"}));
  std::vector<Person> people;
  for (int i = 0; i < 3; ++i) people.push_back(server.guest());
  EXPECT_EQ(Client(server.chat_port()).read_to_end(),
            "-- error: too many connections from your address; at most 3\r\n");
  Client(server.echo_port()).wait_for_end();

  Person other({server.chat_port(), 2}, "other");
  EXPECT_FALSE(other.ask("/who").empty());
  people.pop_back();
  EXPECT_TRUE(wait_until([&] {
    return contains(Client(server.chat_port()).read_line(), "welcome");
  })) << "nobody is let in although one has left";
}

TEST(Floods, AnAddressMayConnectSoOftenAndNotMore) {
  Server server(strangers({"limits.connects_per_minute=5"}));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(contains(Client(server.chat_port()).read_line(), "welcome")) << i;
  }
  for (int i = 0; i < 30; ++i) {
    const std::string told = Client(server.chat_port()).read_to_end();
    EXPECT_TRUE(contains(told, "from your address in a minute; at most 5")) << told;
  }
  EXPECT_EQ(count(server.log(), "limits.connects_per_minute=5"), 1U) << server.log();
  Person other({server.chat_port(), 2}, "other");
  EXPECT_FALSE(other.ask("/who").empty());
}

TEST(Floods, TrustedAddressesAreNotCounted) {
  Server server({"--set", "limits.connections_per_address=1", "--set",
                 "limits.connects_per_minute=1", "--set", "limits.trusted=127.0.0.1"});
  std::vector<Person> people;
  for (int i = 0; i < 20; ++i) people.push_back(server.guest());
  Person stranger({server.chat_port(), 2}, "stranger");
  EXPECT_TRUE(contains(Client(Way{server.chat_port(), 2}).read_to_end(), "too many connections"));
}

TEST(Floods, TheLastSeatsAreForTrustedAddresses) {
  Server server({"--set", "limits.connections=4", "--set", "limits.reserve=1", "--set",
                 "limits.trusted=127.0.0.1"});
  std::vector<Person> people;
  for (int i = 0; i < 3; ++i) people.emplace_back(Way{server.chat_port(), 2});
  EXPECT_TRUE(contains(Client(Way{server.chat_port(), 2}).read_to_end(), "the server is full"));
  Person olga = server.person("olga");
  EXPECT_TRUE(contains(Client(server.chat_port()).read_to_end(), "the server is full"));
}

TEST(Floods, WhoSendsTooFastIsHeldUpAndNothingOfItIsLost) {
  Server server(strangers({"limits.input_rate=100", "limits.input_burst=5"}));
  Person bob({server.chat_port(), 2}, "bob");
  Person alice = server.person("alice");
  alice.ask("/time");
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += "line " + std::to_string(i) + "\n";
  const auto began = std::chrono::steady_clock::now();
  alice.send(lines);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> line " + std::to_string(i));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(400));  // 45 of them waited
  EXPECT_FALSE(alice.ask("/time").empty()) << "and it goes on";
}

TEST(Floods, WhoPastesWithoutEndIsSentAwayAndTheOthersGoOnTalking) {
  Server server(
      strangers({"limits.input_rate=50", "limits.input_burst=10", "limits.input_patience=1s"}));
  Person bob({server.chat_port(), 2}, "bob");
  Person carol({server.chat_port(), 3}, "carol");
  Person mallory({server.chat_port(), 4}, "mallory");
  std::string flood;
  constexpr int kLines = 2000;
  for (int i = 0; i < kLines; ++i) flood += "buy things " + std::to_string(i) + "\n";
  mallory.send(flood);
  bob.say("is anybody here?");
  carol.sees("<bob> is anybody here?");
  carol.say("yes");
  bob.sees("<carol> yes");
  EXPECT_TRUE(contains(mallory.read_to_end(), "you send too fast, for too long"));
  EXPECT_TRUE(contains(carol.sees("mallory left"), "(sending too fast)"));
  int seen = 0;
  for (const std::string& line : bob.settle()) seen += contains(line, "<mallory>") ? 1 : 0;
  EXPECT_GE(seen, 10);
  EXPECT_LT(seen, kLines / 2);
}

// What it sent would last for minutes at the rate at which it is read.
TEST(Floods, WhoFloodsAndBreaksOffIsGoneWithWhatItSent) {
  Server server(strangers({}));
  Person bob({server.chat_port(), 2}, "bob");
  for (const std::size_t lines : {2'000, 200'000}) {
    Person mallory({server.chat_port(), 4}, "mallory");
    mallory.send_until_blocked("buy things\r\n", lines * 12);
    mallory.reset();
    EXPECT_TRUE(wait_until([&] {
      bob.say("is it gone?");  // what is sent to it finds out
      return any_contains(bob.settle(), "mallory left (connection lost)");
    })) << lines;
  }
}

TEST(Floods, NicksAndRoomsCannotBeFloodedFasterThanLines) {
  Server server(
      strangers({"limits.input_rate=50", "limits.input_burst=10", "limits.input_patience=500ms"}));
  Person bob({server.chat_port(), 2}, "bob");
  Person mallory({server.chat_port(), 4}, "mallory");
  std::string flood;
  for (int i = 0; i < 1000; ++i) {
    flood += "/nick m" + std::to_string(i) + "\n/join #r" + std::to_string(i) + "\n/leave\n";
  }
  mallory.send(flood);
  mallory.wait_for_end();
  int renamed = 0;
  for (const std::string& line : bob.settle()) renamed += contains(line, "now known") ? 1 : 0;
  EXPECT_LT(renamed, 500);
  EXPECT_FALSE(bob.ask("/who").empty());
}

TEST(Floods, ALineWithoutAnEndIsPaidForByItsBytes) {
  Server server(
      strangers({"limits.input_rate=50", "limits.input_burst=10", "limits.input_patience=500ms"}));
  Person mallory({server.chat_port(), 4}, "mallory");
  mallory.send_until_blocked(std::string(65536, 'x'), std::size_t{4} << 20);
  mallory.wait_for_end();
  EXPECT_FALSE(server.person("bob").ask("/who").empty());
}

TEST(Floods, WhoSaysNothingForTooLongIsSentAwayAndWhoSpeaksStays) {
  Server server({"--set", "limits.idle=2s"});
  Person silent = server.person("silent");
  Person busy = server.person("busy");
  Client half_a_line(server.chat_port());
  half_a_line.send("never en");
  EXPECT_TRUE(wait_until([&] {
    busy.say("still here");
    return contains(silent.read_arrived(), "nothing came from you for too long");
  }));
  EXPECT_FALSE(busy.ask("/who").empty());
  half_a_line.wait_for_end();
}

}  // namespace
}  // namespace e2e
