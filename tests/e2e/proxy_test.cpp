// The PROXY protocol, over real sockets: whoever comes through a gateway is who its header names,
// and nobody else's is believed.
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

using namespace std::string_literals;

constexpr std::uint8_t kGateway = 9;  // 127.0.0.9

std::vector<std::string> behind_a_gateway(std::vector<std::string> settings = {}) {
  settings.emplace_back("limits.gateways=127.0.0.9");
  settings.emplace_back("limits.trusted=");
  std::vector<std::string> arguments;
  for (std::string& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(std::move(setting));
  }
  return arguments;
}

std::string text_header(const std::string& host) {
  const char* const family = contains(host, ":") ? "TCP6 " : "TCP4 ";
  return "PROXY "s + family + host + " " + host + " 4000 7777\r\n";
}

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

// Version 2, from 192.0.2.`host` or 2001:db8:`host`::1, with a TLV behind it.
std::string binary_header4(char host) {
  return kSignature + "\x21\x11\x00\x10\xC0\x00\x02"s + host +
         "\xC6\x33\x64\x01\x0F\xA0\x1E\x61\x04\x00\x01\x00"s;
}
std::string binary_header6(char site) {
  return kSignature + "\x21\x21\x00\x24\x20\x01\x0d\xb8\x00"s + site + std::string(9, '\0') +
         "\x01" + std::string(16, '\0') + "\x0F\xA0\x1E\x61";
}

TEST(Proxy, WhoComesThroughAGatewayIsWhomTheHeaderNames) {
  Server server(behind_a_gateway({"limits.connections_per_address=1"}));
  std::vector<Person> people;
  for (const std::string& header : {text_header("192.0.2.1"), text_header("2001:db8:1::1"),
                                    binary_header4(2), binary_header6(2)}) {
    people.emplace_back(Way(server.chat_port(), kGateway, header));
  }
  // Each of them has its connection, however its gateway writes it.
  for (const std::string& header :
       {binary_header4(1), text_header("192.0.2.2"), text_header("2001:db8:2::7"),
        text_header("::ffff:192.0.2.1")}) {
    EXPECT_EQ(Client(Way(server.chat_port(), kGateway, header)).read_to_end(),
              "-- error: too many connections from your address; at most 1\r\n");
  }
  EXPECT_TRUE(contains(server.log(), "refused cause=per_address address=192.0.2.1 "))
      << server.log();
  EXPECT_TRUE(contains(server.log(), "refused cause=per_address address=2001:db8:2::/64 "))
      << server.log();
  people.front().say("hello");
  people.back().sees("hello");
}

TEST(Proxy, TheHeaderMayComeInAnyPieces) {
  Server server(
      behind_a_gateway({"limits.connects_per_minute=0", "limits.connections_per_address=0"}));
  for (const std::string& header :
       {text_header("192.0.2.1"), binary_header4(2), binary_header6(3)}) {
    const std::string all = header + "/time\r\n";
    for (std::size_t cut = 1; cut < all.size(); cut += 3) {
      Client client(Way(server.chat_port(), kGateway, all.substr(0, cut)));
      client.send(all.substr(cut));
      client.read_until("-- welcome");
      client.read_until("-- 20");  // the year
    }
  }
  Client slow(Way(server.chat_port(), kGateway));
  for (const char byte : text_header("192.0.2.1")) slow.send(std::string(1, byte));
  slow.read_until("-- welcome");
}

TEST(Proxy, WhatFollowsTheHeaderAtOnceIsTheClients) {
  Server server(behind_a_gateway());
  Client alice(Way(server.chat_port(), kGateway, text_header("192.0.2.1") + "/nick alice\r\n"));
  alice.read_until("-- you are now known as alice");
  Client echo(Way(server.echo_port(), kGateway, binary_header4(1) + "ping"));
  EXPECT_EQ(echo.read_exactly(4), "ping");
  echo.send("pong");
  EXPECT_EQ(echo.read_exactly(4), "pong");
  Client gone(Way(server.echo_port(), kGateway, binary_header4(1) + "last words"));
  gone.end_sending();
  EXPECT_EQ(gone.read_to_end(), "last words");
}

TEST(Proxy, NetcatMayBeTheGateway) {
  if (!is_installed("nc")) GTEST_SKIP() << "nc is not installed";
  Server server(behind_a_gateway());
  Person bob({server.chat_port(), 2}, "bob");
  Process nc({"nc", "-N", "-s", "127.0.0.9", "127.0.0.1", std::to_string(server.chat_port())});
  nc.write(text_header("192.0.2.1") + "hello from afar\n");
  nc.close_input();
  EXPECT_TRUE(contains(bob.sees("hello from afar"), "#lobby <guest-"));
  EXPECT_EQ(nc.wait(), 0);
}

TEST(Proxy, WhoIsNoGatewayJustSaysSo) {
  Server server(behind_a_gateway());
  Person bob({server.chat_port(), 2}, "bob");
  Client mallory(Way(server.chat_port(), 3, text_header("192.0.2.1")));
  EXPECT_TRUE(contains(bob.sees("PROXY"), "<guest-2> PROXY TCP4 192.0.2.1 192.0.2.1 4000 7777"));
  Client echo(Way(server.echo_port(), 3, text_header("192.0.2.1")));
  EXPECT_EQ(echo.read_exactly(text_header("192.0.2.1").size()), text_header("192.0.2.1"));
}

TEST(Proxy, AGatewayForItselfIsServedAndNotCounted) {
  Server server(
      behind_a_gateway({"limits.connections_per_address=1", "limits.connects_per_minute=1"}));
  std::vector<Person> people;
  for (int i = 0; i < 5; ++i) {
    people.emplace_back(Way(server.chat_port(), kGateway, "PROXY UNKNOWN\r\n"));
    people.emplace_back(Way(server.chat_port(), kGateway, kSignature + "\x20\x00\x00\x00"s));
  }
  EXPECT_FALSE(people.back().ask("/who").empty());
}

// The gateway of this machine is trusted by default, and those behind it are not.
TEST(Proxy, WhoIsBehindATrustedGatewayIsAStranger) {
  Server server(
      {"--set", "limits.gateways=127.0.0.9", "--set", "limits.connections_per_address=1"});
  Person alice(Way(server.chat_port(), kGateway, text_header("192.0.2.1")));
  EXPECT_TRUE(contains(alice.ask("/stats"), "-- error: "));
  EXPECT_TRUE(
      contains(Client(Way(server.chat_port(), kGateway, text_header("192.0.2.1"))).read_to_end(),
               "too many connections from your address"));
}

TEST(Proxy, AHeaderThatIsNoneEndsTheConnectionAndIsLogged) {
  std::vector<std::string> arguments = behind_a_gateway();
  arguments.insert(arguments.end(), {"--listen", "metrics=127.0.0.1:0"});
  Server server(arguments);
  EXPECT_EQ(Client(Way(server.chat_port(), kGateway, "hello\r\n")).read_to_end(), "");
  server.wait_for_log("why=\"it does not begin with a PROXY header\"");
  EXPECT_TRUE(contains(server.log(), "refused cause=proxy_header address=127.0.0.9:"))
      << server.log();
  for (int i = 0; i < 200; ++i) {
    Client(Way(server.chat_port(), kGateway, "PROXY TCP5 \r\n")).wait_for_end();
  }
  EXPECT_LT(count(server.log(), "cause=proxy_header"), 25U) << server.log();
  // Who looks after the server comes without a gateway, also from where one is.
  Client metrics(Way(server.port_of("metrics"), kGateway, "GET /metrics HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(contains(metrics.read_to_end(),
                       "hubbub_connections_refused_total{cause=\"proxy_header\"} 201\n"));
}

TEST(Proxy, AGatewayThatSaysNothingIsPutOutInTime) {
  Server server(behind_a_gateway({"limits.handshake=300ms"}));
  Client silent(Way(server.chat_port(), kGateway));
  Client half(Way(server.echo_port(), kGateway, "PROXY TCP4 192.0.2.1 "));
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_EQ(count(server.log(), "refused cause=handshake address=127.0.0.9:"), 2U) << server.log();
  Person alice(Way(server.chat_port(), kGateway, text_header("192.0.2.1")));
}

TEST(Proxy, SoManyMayBeUnannouncedAndNoMore) {
  Server server(behind_a_gateway({"limits.unannounced=3"}));
  std::vector<Client> waiting;
  for (int i = 0; i < 3; ++i) waiting.emplace_back(Way(server.chat_port(), kGateway));
  const std::string header = text_header("192.0.2.1");
  // One loop may not have accepted them yet when another refuses.
  EXPECT_TRUE(wait_until([&] {
    Client one_more(Way(server.chat_port(), kGateway));
    return contains(server.log(),
                    "refused cause=unannounced address=127.0.0.9 "
                    "why=\"at limits.unannounced=3\"");
  }));
  Person direct({server.chat_port(), 2}, "direct");
  waiting.clear();
  EXPECT_TRUE(wait_until([&] {
    Client next(Way(server.chat_port(), kGateway));
    try {
      next.send(header);
      return contains(next.read_line(), "welcome");
    } catch (const Failure&) {
      return false;
    }
  })) << "those who have left are waited for still";
}

TEST(Proxy, WhoWaitsForAHeaderDoesNotHoldUpTheEnd) {
  Server server(behind_a_gateway({"shutdown.grace=1min"}));
  Client silent(Way(server.chat_port(), kGateway));
  Person alice(Way(server.chat_port(), kGateway, text_header("192.0.2.1")));
  server.process().signal(SIGTERM);
  alice.sees("the server is shutting down");
  alice.close();
  server.expect_end(5s);
}

}  // namespace
}  // namespace e2e
