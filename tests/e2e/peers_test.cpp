// hubbub-load against the servers that it compares hubbubd with: what it proves of them agrees with
// what they count themselves.
#include <cstdint>
#include <fstream>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/client.hpp"
#include "tests/e2e/process.hpp"
#include "tests/e2e/text.hpp"
#include "tests/e2e/wait.hpp"

namespace e2e {
namespace {

// A port that nobody listens on now; these servers cannot be told to pick one themselves.
std::uint16_t free_port() {
  const Descriptor descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(descriptor.get(), generic, size), 0);
  EXPECT_EQ(::getsockname(descriptor.get(), generic, &size), 0);
  return ntohs(address.sin_port);
}

// The number behind the first match of a pattern.
std::uint64_t number_in(const std::string& text, const std::string& pattern) {
  std::smatch match;
  if (std::regex_search(text, match, std::regex(pattern + "([0-9]+)")))
    return std::stoull(match[1]);
  ADD_FAILURE() << "there is no " << pattern << " in:\n" << text;
  return 0;
}

class Peers : public ::testing::Test {
 protected:
  static bool installed(const std::string& name) { return is_installed(name); }

  void wait_until_it_listens(const Process& server) const {
    if (wait_until([&] { return accepts_connections(port_); })) return;
    ADD_FAILURE() << server.output() << server.errors();
  }

  // The tester's JSON of a run in which nothing was lost, doubled or out of order.
  std::string run_load(const std::string& dialect, const std::string& threads = "1") const {
    const Outcome outcome = run({program("HUBBUB_LOAD"),
                                 "broadcast",
                                 "--dialect",
                                 dialect,
                                 "--connect",
                                 address(),
                                 "--clients",
                                 "40",
                                 "--publishers",
                                 "3",
                                 "--window",
                                 "4",
                                 "--threads",
                                 threads,
                                 "--warmup",
                                 "200ms",
                                 "--duration",
                                 "500ms",
                                 "--quiet",
                                 "--json",
                                 "-",
                                 "--assert",
                                 "lost==0",
                                 "duplicated==0",
                                 "reordered==0",
                                 "unexpected==0",
                                 "corrupted==0",
                                 "received>1000"});
    EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
    return outcome.output;
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  std::uint16_t port_ = free_port();
};

TEST_F(Peers, RedisCountsAsManyMessages) {
  if (!installed("redis-server")) GTEST_SKIP() << "redis-server is not installed";
  Process server({"redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1", "--save",
                  "", "--appendonly", "no"});
  wait_until_it_listens(server);
  const std::string json = run_load("redis");
  Client client(port_);
  client.send("INFO commandstats\r\n");
  client.read_until("cmdstat_publish:");
  const std::string info = client.read_until(",");
  EXPECT_EQ(number_in(info, "calls="), number_in(json, "\"sent\": "));
  EXPECT_EQ(number_in(json, "\"expected\": "), number_in(json, "\"sent\": ") * 40)
      << "who publishes is a subscriber too";
}

TEST_F(Peers, RedisCountsAsManyMessagesOfSeveralThreads) {
  if (!installed("redis-server")) GTEST_SKIP() << "redis-server is not installed";
  Process server({"redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1", "--save",
                  "", "--appendonly", "no"});
  wait_until_it_listens(server);
  const std::string json = run_load("redis", "3");
  Client client(port_);
  client.send("INFO commandstats\r\n");
  client.read_until("cmdstat_publish:");
  const std::string info = client.read_until(",");
  EXPECT_EQ(number_in(info, "calls="), number_in(json, "\"sent\": "));
  EXPECT_EQ(number_in(json, "\"received\": "), number_in(json, "\"sent\": ") * 40);
}

TEST_F(Peers, NatsCountsAsManyMessagesAndDeliveries) {
  if (!installed("nats-server")) GTEST_SKIP() << "nats-server is not installed";
  const std::uint16_t monitor = free_port();
  Process server({"nats-server", "-a", "127.0.0.1", "-p", std::to_string(port_), "-m",
                  std::to_string(monitor)});
  wait_until_it_listens(server);
  const std::string json = run_load("nats", "2");
  Client client(monitor);
  client.send("GET /varz HTTP/1.0\r\n\r\n");
  const std::string varz = client.read_to_end();
  EXPECT_EQ(number_in(varz, "\"in_msgs\": "), number_in(json, "\"sent\": "));
  EXPECT_EQ(number_in(varz, "\"out_msgs\": "), number_in(json, "\"received\": "));
  EXPECT_EQ(number_in(json, "\"expected\": "), number_in(json, "\"sent\": ") * 39);
}

class Ngircd : public Peers {
 protected:
  void SetUp() override {
    if (!installed("ngircd")) GTEST_SKIP() << "ngircd is not installed";
    std::ofstream(config_) << "[Global]\nName = irc.test.local\nListen = 127.0.0.1\nPorts = "
                           << port_ << "\nServerUID = " << ::getuid()
                           << "\nServerGID = " << ::getgid()
                           << "\nMotdPhrase = test\n[Limits]\nMaxConnections = 0\n"
                              "MaxConnectionsIP = 0\nMaxPenaltyTime = 0\n"
                              "[Options]\nDNS = no\nIdent = no\nPAM = no\n";
  }
  ~Ngircd() override { ::unlink(config_.c_str()); }

  const std::string config_ = ::testing::TempDir() + "ngircd-" + std::to_string(::getpid());
};

TEST_F(Ngircd, CountsAsManyMessages) {
  Process server({"ngircd", "--nodaemon", "--config", config_});
  wait_until_it_listens(server);
  const std::string json = run_load("irc", "2");
  Client client(port_);
  client.send("NICK asker\r\nUSER asker 0 * :asker\r\n");
  client.read_until(" 001 ");
  client.send("STATS m\r\n");
  const std::string stats = client.read_until(" 219 ");
  EXPECT_EQ(number_in(stats, " PRIVMSG "), number_in(json, "\"sent\": "));
  EXPECT_EQ(number_in(json, "\"expected\": "), number_in(json, "\"sent\": ") * 39);
}

// Their nicks must differ, and they do not know of each other.
TEST_F(Ngircd, TakesSeveralTestersAtOnce) {
  Process server({"ngircd", "--nodaemon", "--config", config_});
  wait_until_it_listens(server);
  const auto start = [&](const std::string& room) {
    return std::make_unique<Process>(std::vector<std::string>{program("HUBBUB_LOAD"),
                                                              "broadcast",
                                                              "--dialect",
                                                              "irc",
                                                              "--connect",
                                                              address(),
                                                              "--clients",
                                                              "20",
                                                              "--rate",
                                                              "50",
                                                              "--room",
                                                              room,
                                                              "--warmup",
                                                              "500ms",
                                                              "--duration",
                                                              "1s",
                                                              "--quiet",
                                                              "--assert",
                                                              "lost==0",
                                                              "--assert",
                                                              "refused==0"});
  };
  const auto one = start("#one");
  const auto other = start("#other");
  EXPECT_EQ(one->wait(), 0) << one->output() << one->errors();
  EXPECT_EQ(other->wait(), 0) << other->output() << other->errors();
}

}  // namespace
}  // namespace e2e
