// The echo service (RFC 862): every byte comes back, whoever is slow.
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

std::string random_bytes(std::size_t size, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  return bytes;
}

// Without the megabytes that EXPECT_EQ would print.
void expect_same(const std::string& got, const std::string& sent) {
  EXPECT_EQ(got.size(), sent.size());
  const auto [differs, other] = std::mismatch(got.begin(), got.end(), sent.begin(), sent.end());
  EXPECT_TRUE(differs == got.end()) << "first difference at byte " << differs - got.begin();
}

TEST(Echo, EveryByteComesBackInOrder) {
  Server server;
  Client client(server.echo_port());
  const std::string sent = random_bytes(16 << 20, 1);
  std::jthread writer([&] { client.send(sent); });
  expect_same(client.read_exactly(sent.size()), sent);
}

TEST(Echo, AfterAHalfCloseTheRestComesBackAndThenTheEnd) {
  Server server;
  Client client(server.echo_port());
  const std::string sent = random_bytes(1 << 20, 2);
  std::jthread writer([&] {
    client.send(sent);
    client.end_sending();
  });
  expect_same(client.read_to_end(), sent);
}

TEST(Echo, NothingIsToldThatWasNotSent) {
  Server server;
  Client client(server.echo_port());
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Echo, WhoWritesAndDoesNotReadIsHeldUpAndLosesNothing) {
  Server server;
  Client client(server.echo_port());
  const std::size_t before = server.process().resident_bytes();
  const std::string pattern = random_bytes(65521, 3);
  constexpr std::size_t kMost = 256 << 20;
  const std::size_t sent = client.send_until_blocked(pattern, kMost);
  EXPECT_LT(sent, kMost) << "nobody held the writer up";
  EXPECT_LT(server.process().resident_bytes(), before + (16 << 20));

  client.end_sending();
  const std::string got = client.read_to_end();
  std::string expected;
  while (expected.size() < sent) expected += pattern;
  expected.resize(sent);
  expect_same(got, expected);
}

TEST(Echo, OneWhoIsHeldUpHoldsNobodyElseUp) {
  Server server;
  Client stalled(server.echo_port());
  stalled.send_until_blocked("stalled ", 256 << 20);
  Client other(server.echo_port());
  other.send("still there?");
  EXPECT_EQ(other.read_exactly(12), "still there?");
}

TEST(Echo, AThousandConnectionsEachGetTheirOwnBytes) {
  Server server;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 1000; ++i) clients.emplace_back(server.echo_port());
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send(numbered_line(i, 500));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    ASSERT_EQ(clients[i].read_exactly(500), numbered_line(i, 500));
  }
}

TEST(Echo, AResetEndsTheConnectionAndNothingElse) {
  Server server;
  for (int i = 0; i < 100; ++i) {
    Client client(server.echo_port());
    client.send(random_bytes(100'000, 4));
    client.reset();
  }
  Client client(server.echo_port());
  client.send("alive");
  EXPECT_EQ(client.read_exactly(5), "alive");
}

}  // namespace
}  // namespace e2e
