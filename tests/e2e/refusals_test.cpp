// Every way to be refused is one line of the log that a program can look for (fail2ban, a
// collector), with its cause and its address; however many are refused, the lines are few.
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

std::vector<std::string> with(const std::vector<std::string>& settings) {
  std::vector<std::string> arguments;
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  return arguments;
}

// As a filter of fail2ban would: time, level, and nothing between.
void expect_line(const Server& server, const std::string& cause, const std::string& host) {
  const std::regex line("(^|\n)[0-9T:.-]+ warning refused cause=" + cause + " address=" + host +
                        "(:[0-9]+)? why=\"[^\"\n]+\"\n");
  EXPECT_TRUE(wait_until([&] { return std::regex_search(server.log(), line); }, 5s))
      << cause << "\n"
      << server.log();
}

TEST(Refusals, AtEachLimitOfConnectionsThereIsALine) {
  {
    const Server server(with({"limits.connections=1", "limits.trusted="}));
    const Person only({server.chat_port(), 2});
    Client(Way(server.chat_port(), 3)).wait_for_end();
    expect_line(server, "full", "127.0.0.3");
  }
  {
    const Server server(with({"limits.connections_per_address=1", "limits.trusted="}));
    const Person only({server.chat_port(), 2});
    Client(Way(server.chat_port(), 2)).wait_for_end();
    expect_line(server, "per_address", "127.0.0.2");
  }
  const Server server(with({"limits.connects_per_minute=2", "limits.trusted="}));
  for (int i = 0; i < 2; ++i) {
    Client client(Way(server.chat_port(), 4));
    EXPECT_TRUE(contains(client.read_line(), "welcome"));
    client.send("/quit\r\n");
    client.wait_for_end();
  }
  EXPECT_TRUE(wait_until([&] {
    Client client(Way(server.chat_port(), 4));
    return contains(client.read_line(), "in a minute");
  }));
  expect_line(server, "rate", "127.0.0.4");
}

TEST(Refusals, WhoSpeaksSomethingElseIsALine) {
  const Server server;
  Client(Way(server.chat_port(), 2, "GET / HTTP/1.1\r\n\r\n")).wait_for_end();
  expect_line(server, "wrong_protocol", "127.0.0.2");
}

TEST(Refusals, WhoIsSilentOrTooLoudIsALine) {
  const Server server(with({"limits.idle=1s", "limits.trusted=", "limits.input_rate=50",
                            "limits.input_burst=10", "limits.input_patience=200ms"}));
  Person silent({server.chat_port(), 2});
  Person loud({server.chat_port(), 3});
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "x\r\n";
  loud.send(lines);
  loud.wait_for_end();
  silent.wait_for_end();
  expect_line(server, "too_fast", "127.0.0.3");
  expect_line(server, "idle", "127.0.0.2");
}

TEST(Refusals, WhoReadsTooSlowlyIsALine) {
  const Server server(with({"chat.on_lag=disconnect", "limits.max_lag=64KiB"}));
  const Person slow({server.chat_port(), 2}, "slow", 4096);
  Person alice = server.person("alice");
  const std::string line(4000, 'x');
  EXPECT_TRUE(wait_until([&] {
    for (int i = 0; i < 20; ++i) alice.say(line);
    alice.settle();
    return contains(server.log(), "cause=evicted");
  }));
  expect_line(server, "evicted", "127.0.0.2");
}

TEST(Refusals, AGatewaysFaultsAreLines) {
  const Server server(
      with({"limits.gateways=127.0.0.9", "limits.handshake=200ms", "limits.unannounced=1"}));
  Client(Way(server.chat_port(), 9, "hello")).wait_for_end();
  expect_line(server, "proxy_header", "127.0.0.9");
  Client(Way(server.chat_port(), 9)).wait_for_end();
  expect_line(server, "handshake", "127.0.0.9");
  EXPECT_TRUE(wait_until([&] {
    const Client first(Way(server.chat_port(), 9));
    Client(Way(server.chat_port(), 9)).wait_for_end();
    return contains(server.log(), "cause=unannounced");
  }));
  expect_line(server, "unannounced", "127.0.0.9");
}

TEST(Refusals, WhoNeverAsksForMetricsIsALine) {
  const Server server({"--listen", "metrics=127.0.0.1:0"});
  Client(Way(server.port_of("metrics"), 2, "GET /metr")).wait_for_end();
  expect_line(server, "handshake", "127.0.0.2");
}

TEST(Refusals, AThousandAreFewLines) {
  const Server server;
  for (int i = 0; i < 1000; ++i) {
    Client(Way(server.chat_port(), 2, "GET / HTTP/1.1\r\n\r\n")).wait_for_end();
  }
  EXPECT_GE(count(server.log(), "cause=wrong_protocol"), 10U);
  EXPECT_LT(count(server.log(), "cause=wrong_protocol"), 60U) << server.log();
}

}  // namespace
}  // namespace e2e
