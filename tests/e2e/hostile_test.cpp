// Clients that are broken or mean harm. After each of them the server must be well, within its
// memory, and at the service of everybody else.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

using namespace std::string_literals;

// What one client may cost, with the allocator's and the sanitizer's slack.
constexpr std::size_t kSlack = kSanitized ? 64 << 20 : 16 << 20;

// Two people who talk to each other while others do their worst.
class Hostile : public ::testing::Test {
 protected:
  void expect_all_well() {
    const std::string line = "still well after " + std::to_string(++checks_);
    alice_.say(line);
    bob_.sees(line);
    bob_.say(line);
    alice_.sees("<bob> " + line);
  }

  // Both read along, lest they fall behind, and are shown nothing that a terminal should not get.
  void expect_clean_lines() {
    for (Person* const reader : {&alice_, &bob_}) {
      for (const std::string& line : reader->settle()) ASSERT_EQ(fault_in(line), "");
    }
  }

  // Whoever else was here has gone.
  void expect_alone() {
    EXPECT_TRUE(wait_until([&] { return contains(alice_.ask("/who"), "-- 2 in #lobby"); }))
        << "connections are left over";
  }

  // Clients that wait cost no time: the server sleeps until one of them does something.
  void expect_idle() {
    const Duration before = server_.process().cpu_time();
    std::this_thread::sleep_for(300ms);  // the measurement itself
    EXPECT_LT(server_.process().cpu_time() - before, 100ms);
  }

  std::size_t growth() {
    const std::size_t now = server_.process().resident_bytes();
    return now - std::min(now, before_);
  }

  Server server_;
  Person alice_ = server_.person("alice");
  Person bob_ = server_.person("bob");
  std::size_t before_ = server_.process().resident_bytes();

 private:
  int checks_ = 0;
};

TEST_F(Hostile, BinaryGarbageHurtsNobody) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    std::string garbage(20'000, '\0');
    std::generate(garbage.begin(), garbage.end(), [&] { return static_cast<char>(random()); });
    Client client(server_.chat_port());
    client.send(garbage);
    if (seed % 2 == 0) client.reset();
    expect_clean_lines();
  }
  expect_all_well();
}

// Garbage that is almost right goes further than bytes from a die.
TEST_F(Hostile, CommandsInRandomPiecesHurtNobody) {
  const std::vector<std::string> pieces = {
      "/nick ", "/join ",  "/leave ", "/msg ",  "/topic ", "/who ",    "/history ", "/me ",
      "/echo ", "/whois ", "alice",   "bob",    "#lobby",  "#room",    " ",         "\n",
      "\r\n",   "\r",      "/",       "//",     "\xFF",    "\xFF\xFA", "\xFF\xF0",  "\b",
      "on",     "9999999", "-1",      "\xC3",   "\xA4",    "/rooms\n", "/help\n",   "/time\n",
      "\0"s,    "text",    "\x1b[0m", "/frob ", "#",       "guest-1"};
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    std::string typed;
    for (int i = 0; i < 1000; ++i) typed += pieces[random() % pieces.size()];
    Client client(server_.chat_port());
    client.send(typed + "\n\xFF\xF0\n/quit\n");
    expect_clean_lines();
  }
  alice_.say("/nick alice");
  bob_.say("/nick bob");
  expect_all_well();
}

TEST_F(Hostile, ALineWithoutEndIsRefusedOnceAndNotKept) {
  Client client(server_.chat_port());
  client.read_until("you are now in");
  const std::size_t size = kSanitized ? 256u << 20 : 1u << 30;
  const std::string block(1 << 20, 'x');
  for (std::size_t sent = 0; sent < size; sent += block.size()) {
    client.send(block);
    ASSERT_LT(growth(), kSlack) << "after " << sent << " bytes";
  }
  expect_all_well();
  client.send("\n/quit\n");
  EXPECT_EQ(count(client.read_to_end(), "-- error: that line was too long"), 1u);
}

TEST_F(Hostile, HalfLinesThatStopHoldNobodyUp) {
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(server_.chat_port());
    clients.back().send(std::string(4000, 'x'));
  }
  expect_all_well();
  expect_idle();
  EXPECT_LT(growth(), kSlack);
}

TEST_F(Hostile, ATlsClientIsAnsweredWithAnAlert) {
  Client client(server_.chat_port());
  client.read_until("#lobby");
  // A client hello of 512 bytes, as openssl s_client sends one, without a line end in it.
  client.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(506, '\xab'));
  EXPECT_TRUE(client.read_to_end().ends_with("\x15\x03\x01\x00\x02\x02\x46"s));
  expect_all_well();
  expect_idle();
}

TEST_F(Hostile, AnHttpRequestIsRefusedPolitelyAndNothingOfItIsSaid) {
  Client client(server_.chat_port());
  client.send("POST / HTTP/1.1\r\nHost: chat\r\nContent-Length: 12\r\n\r\nhello lobby\n");
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(contains(answer, "HTTP/1.1 400 Bad Request\r\n")) << answer;
  const std::vector<std::string> heard = bob_.settle();
  EXPECT_FALSE(any_contains(heard, "hello lobby"));
  EXPECT_FALSE(any_contains(heard, "Host:"));
}

TEST_F(Hostile, FiveHundredWhoComeAndGoAtOnceLeaveNothingBehind) {
  for (int i = 0; i < 500; ++i) Client(server_.chat_port()).close();
  for (int i = 0; i < 500; ++i) Client(server_.chat_port()).reset();
  expect_all_well();
  expect_alone();
  EXPECT_LT(growth(), kSlack);
}

TEST_F(Hostile, ManyAtTheSameTimeWhoGoTogetherLeaveNothingBehind) {
  std::vector<Client> crowd;
  for (int i = 0; i < 500; ++i) crowd.emplace_back(server_.chat_port());
  for (Client& client : crowd) client.read_until("you are now in");
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    if (i % 2 == 0) crowd[i].reset();
  }
  crowd.clear();
  expect_alone();
  expect_all_well();
}

TEST_F(Hostile, LeavingInTheMiddleOfTheGreetingHurtsNobody) {
  for (std::size_t bytes = 1; bytes < 100; ++bytes) {
    Client client(server_.chat_port());
    client.read_exactly(bytes);
    if (bytes % 2 == 0) client.reset();
  }
  expect_alone();
  expect_all_well();
}

TEST_F(Hostile, WhoConnectsAndSaysNothingIsNoBurden) {
  std::vector<Client> silent;
  for (int i = 0; i < 200; ++i) silent.emplace_back(server_.chat_port());
  for (Client& client : silent) client.read_until("you are now in");
  expect_all_well();
  EXPECT_LT(growth(), kSlack);
}

TEST_F(Hostile, CommandsWithoutReadingTheAnswersAreHeldUp) {
  Client flooder(server_.chat_port());
  // A short question with a long answer, as much of it as the server takes.
  const std::size_t sent = flooder.send_until_blocked("/help\r\n", 256 << 20);
  EXPECT_LT(sent, 256u << 20);
  EXPECT_LT(growth(), kSlack);
  expect_all_well();
  expect_idle();
  flooder.reset();
  expect_alone();
}

TEST_F(Hostile, WhoReadsItsAnswersLateGetsThemAll) {
  Client flooder(server_.chat_port());
  flooder.read_until("you are now in");
  constexpr std::size_t kQuestions = 20'000;
  std::string questions;
  for (std::size_t i = 0; i < kQuestions; ++i) questions += "/x\r\n";
  flooder.send_until_blocked(questions, questions.size());
  flooder.end_sending();
  EXPECT_EQ(count(flooder.read_to_end(), "-- error: there is no command /x"), kQuestions);
}

TEST_F(Hostile, EmptyLinesByTheThousandSayNothing) {
  Client client(server_.chat_port());
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += i % 3 == 0 ? "\r\n" : i % 3 == 1 ? "\n" : "   \n";
  client.send(lines + "/quit\n");
  EXPECT_TRUE(contains(client.read_to_end(), "-- goodbye"));
  EXPECT_FALSE(any_contains(bob_.settle(), "<guest-3>"));
}

TEST_F(Hostile, JoiningAndLeavingForeverGrowsNothing) {
  Person walker = server_.person("walker");
  const auto walk = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      walker.say("/join #room-" + std::to_string(i));
      walker.say("/topic " + std::string(300, 't'));
      walker.say(std::string(1000, 'x'));
      walker.say("/leave");
      if (i % 20 == 0) walker.settle();
    }
    walker.settle();
  };
  walk(0, 1000);
  const std::size_t after_some = growth();
  walk(1000, 5000);
  EXPECT_LT(growth(), after_some + (kSanitized ? 24u << 20 : 2u << 20));
  EXPECT_EQ(walker.ask("/rooms"), "-- 1 room:");
}

TEST_F(Hostile, ALongTalkGrowsNothing) {
  const auto talk = [&](int batches) {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += std::string(500, 'x') + "\r\n";
    for (int batch = 0; batch < batches; ++batch) {
      alice_.send(lines);
      alice_.settle();
      bob_.settle();
    }
  };
  talk(50);
  const std::size_t after_some = growth();
  talk(500);
  EXPECT_LT(growth(), after_some + (kSanitized ? 24u << 20 : 2u << 20));
}

}  // namespace
}  // namespace e2e
