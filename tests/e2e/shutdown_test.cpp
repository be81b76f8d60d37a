// The end of a server that has clients.
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// One who reads nothing and is owed far more than the kernel holds for it.
Person stalled_person(const Server& server) {
  Person stalled(server.chat_port(), "stalled", 4096);
  Person talker = server.person("talker");
  for (std::size_t i = 0; i < 8000; ++i) {
    talker.say(numbered_line(i, 1000));
    if (i % 100 == 0) talker.settle();
  }
  talker.settle();
  return stalled;
}

TEST(Shutdown, EverybodyIsTold) {
  Server server;
  std::vector<Person> people;
  for (int i = 0; i < 100; ++i) people.push_back(server.guest());
  Client echo(server.echo_port());
  echo.send("ping");
  echo.read_exactly(4);
  server.process().signal(SIGTERM);
  for (Person& person : people) {
    EXPECT_TRUE(person.read_to_end().ends_with("-- goodbye: the server is shutting down\r\n"));
  }
  EXPECT_EQ(echo.read_to_end(), "");
  people.clear();
  echo.close();
  server.expect_end();
}

TEST(Shutdown, WhoDoesNotCloseHoldsNobodyUp) {
  Server server;
  Person alice = server.person("alice");
  Client echo(server.echo_port());
  echo.send("ping");
  echo.read_exactly(4);
  const auto before = std::chrono::steady_clock::now();
  server.process().signal(SIGTERM);
  server.expect_end();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4));
  EXPECT_FALSE(contains(server.log(), "did not take what they were owed")) << server.log();
}

TEST(Shutdown, WhatWasSaidBeforeIsDelivered) {
  Server server;
  std::vector<Person> people;
  for (int i = 0; i < 20; ++i) people.push_back(server.guest());
  Person talker = server.person("talker");
  constexpr std::size_t kLines = 1000;
  std::string lines;
  for (std::size_t i = 0; i < kLines; ++i) lines += numbered_line(i, 100) + "\r\n";
  talker.send(lines);
  talker.settle();
  server.process().signal(SIGTERM);
  for (Person& person : people) {
    const std::string all = person.read_to_end();
    EXPECT_EQ(count(all, "<talker> "), kLines);
    EXPECT_TRUE(contains(all, "<talker> " + numbered_line(kLines - 1, 100) + "\r\n"));
  }
}

TEST(Shutdown, WhoIsBehindIsSentAllOfItBeforeTheEnd) {
  Server server({"--set", "limits.max_lag=64MiB", "--set", "limits.mailbox=64MiB"});
  Person slow(server.chat_port(), "slow", 4096);
  Person talker = server.person("talker");
  constexpr std::size_t kLines = 8000;
  for (std::size_t i = 0; i < kLines; ++i) {
    talker.say(numbered_line(i, 1000));
    if (i % 100 == 0) talker.settle();
  }
  talker.settle();
  server.process().signal(SIGTERM);
  server.wait_for_log("shutting down");
  talker.close();
  for (std::size_t i = 0; i < kLines; ++i) {
    ASSERT_EQ(slow.sees("<talker> "), "#lobby <talker> " + numbered_line(i, 1000));
  }
  EXPECT_TRUE(slow.read_to_end().ends_with("-- goodbye: the server is shutting down\r\n"));
  slow.close();
  server.expect_end();
}

TEST(Shutdown, UnderLoadItEndsWithinTheGrace) {
  Server server({"--set", "shutdown.grace=3s"});
  std::vector<Person> people;
  for (int i = 0; i < 30; ++i) people.push_back(server.guest());
  const std::string line = std::string(200, 'x') + "\r\n";
  const auto started = Clock::now();
  for (int round = 0; round < 200; ++round) {
    for (const Person& person : people) person.send(line);
    if (round == 20) server.process().signal(SIGTERM);
    if (round > 20 && contains(server.log(), "shutting down")) break;
  }
  for (Person& person : people) {
    EXPECT_TRUE(contains(person.read_to_end(), "-- goodbye: the server is shutting down\r\n"));
    person.close();
  }
  server.expect_end();
  EXPECT_LT(Clock::now() - started, 8s);
}

// Whose line is being read when the end is decided is owed a goodbye as much as anybody. The server
// is stopped so that it finds both at once.
TEST(Shutdown, WhoseInputIsStillWaitingIsToldToo) {
  Server server;
  std::vector<Person> people;
  for (int i = 0; i < 10; ++i) people.push_back(server.guest());
  server.process().signal(SIGSTOP);
  for (const Person& person : people) {
    person.send_until_blocked(std::string(200, 'x') + "\r\n", 256 << 10);
  }
  server.process().signal(SIGTERM);
  server.process().signal(SIGCONT);
  for (Person& person : people) {
    EXPECT_TRUE(person.read_to_end().ends_with("-- goodbye: the server is shutting down\r\n"));
    person.close();
  }
  server.expect_end();
}

TEST(Shutdown, AStalledClientHoldsItUpNoLongerThanTheGrace) {
  Server server({"--set", "shutdown.grace=1s", "--set", "limits.max_lag=64MiB"});
  const Person stalled = stalled_person(server);
  const auto told = Clock::now();
  server.process().signal(SIGTERM);
  server.expect_end();
  const auto took = Clock::now() - told;
  EXPECT_GE(took, 900ms);
  EXPECT_LT(took, 3s);
}

TEST(Shutdown, ASecondSignalEndsItAtOnce) {
  Server server({"--set", "shutdown.grace=1min", "--set", "limits.max_lag=64MiB"});
  const Person stalled = stalled_person(server);
  server.process().signal(SIGTERM);
  server.wait_for_log("shutting down");
  server.process().signal(SIGTERM);
  server.expect_end(5s);
}

TEST(Shutdown, NobodyNewIsLetIn) {
  Server server({"--set", "shutdown.grace=1min", "--set", "limits.max_lag=64MiB"});
  const Person stalled = stalled_person(server);
  server.process().signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return !accepts_connections(server.chat_port()); }));
  EXPECT_TRUE(wait_until([&] { return !accepts_connections(server.echo_port()); }));
  EXPECT_TRUE(server.process().running());
  server.process().signal(SIGTERM);
  server.expect_end(5s);
}

TEST(Shutdown, AnEchoIsFinishedBeforeItEnds) {
  Server server;
  Client client(server.echo_port(), 4096);
  const std::size_t sent = client.send_until_blocked("0123456789", 256 << 20);
  ASSERT_GT(sent, 0u);
  server.process().signal(SIGTERM);
  server.wait_for_log("shutting down");
  // What the server had not read when it was told is not echoed; what comes is whole.
  const std::string got = client.read_to_end();
  EXPECT_LE(got.size(), sent);
  EXPECT_GT(got.size(), 0u);
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], '0' + static_cast<char>(i % 10));
}

}  // namespace
}  // namespace e2e
