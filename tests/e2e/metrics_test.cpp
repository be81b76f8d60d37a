// The page for monitoring: what it says is what happened, and who asks badly is answered.
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/passwords.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

constexpr const char* kMonitoring = HUBBUB_SOURCE_DIR "/deploy/monitoring";

class Metrics : public ::testing::Test {
 protected:
  // The whole answer to a request; the server closes.
  std::string ask(std::string_view request) const {
    Client client(server_.port_of("metrics"));
    client.send(request);
    return client.read_to_end();
  }
  std::string get(const std::string& path) const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: hubbub\r\n\r\n");
  }
  std::string page() const {
    const std::string answer = get("/metrics");
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
  // The sum of a metric over its samples.
  static double sum_of(const std::string& page, const std::string& metric) {
    std::istringstream lines(page);
    double sum = 0;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(metric + "{") && !line.starts_with(metric + " ")) continue;
      sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
  }

  const Folder folder_;
  Server server_{
      {"--listen", "metrics=127.0.0.1:0", "--set", "data_dir=" + folder_.path() + "/data"}};
};

TEST_F(Metrics, SayWhatHappened) {
  Person alice = server_.person("alice");
  Person bob = server_.person("bob");
  alice.ask("/join #tea");
  alice.ask("/join #lobby");
  alice.say("one");
  alice.say("two");
  bob.sees("two");
  const std::string answer = get("/metrics");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer.substr(0, 300);
  EXPECT_TRUE(contains(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  const std::string page = this->page();
  EXPECT_EQ(sum_of(page, "hubbub_people"), 2);
  EXPECT_EQ(sum_of(page, "hubbub_rooms"), 2);
  EXPECT_EQ(sum_of(page, "hubbub_messages_total"), 2);
  EXPECT_EQ(sum_of(page, "hubbub_deliveries_total"), 2);
  EXPECT_EQ(sum_of(page, "hubbub_connections"), 3) << "who asks is one";
  EXPECT_GE(sum_of(page, "hubbub_sends_total"), 4);
  EXPECT_GE(sum_of(page, "hubbub_sent_bytes_total"), 100);
  EXPECT_EQ(sum_of(page, "hubbub_contained_exceptions_total"), 0);
  EXPECT_GT(sum_of(page, "hubbub_loop_pass_seconds_count"), 0);
  EXPECT_GT(sum_of(page, "process_resident_memory_bytes"), 100'000);
  EXPECT_GT(sum_of(page, "process_start_time_seconds"), 1.7e9);
}

TEST_F(Metrics, TellOfAccountsAndTheStore) {
  Person alice = server_.person("alice");
  EXPECT_TRUE(contains(try_password(alice, "/register " + kPassword), "alice is yours now"));
  EXPECT_EQ(try_password(alice, "/login alice wrong-one"), "-- error: that is not the password");
  const std::string page = this->page();
  EXPECT_EQ(sum_of(page, "hubbub_accounts"), 1);
  for (const char* const line :
       {"hubbub_account_requests_total{action=\"register\",outcome=\"done\"} 1\n",
        "hubbub_account_requests_total{action=\"login\",outcome=\"wrong_password\"} 1\n"}) {
    EXPECT_TRUE(contains(page, line)) << line;
  }
  EXPECT_EQ(sum_of(page, "hubbub_account_requests_total"), 2);
  EXPECT_EQ(sum_of(page, "hubbub_password_hashes_waiting"), 0);
  EXPECT_GT(sum_of(page, "hubbub_password_hash_longest_seconds"), 0.001);
  EXPECT_EQ(sum_of(page, "hubbub_store_writes_total"), 1);
  EXPECT_EQ(sum_of(page, "hubbub_store_failures_total"), 0);
}

TEST_F(Metrics, AreCleanByPromtool) {
  if (!is_installed("promtool")) GTEST_SKIP() << "promtool is not installed";
  Process promtool({"promtool", "check", "metrics"});
  promtool.write(page());
  promtool.close_input();
  EXPECT_EQ(promtool.wait(30s), 0);
  EXPECT_EQ(promtool.output() + promtool.errors(), "");
}

TEST_F(Metrics, TheRulesOfTheAlertsAreCleanByPromtool) {
  if (!is_installed("promtool")) GTEST_SKIP() << "promtool is not installed";
  const Outcome outcome =
      run({"promtool", "check", "rules", std::string(kMonitoring) + "/alerts.yaml"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

// A dashboard or an alert that asks for a metric under another name would show nothing, for ever.
TEST_F(Metrics, TheDashboardAndTheAlertsAskForWhatThereIs) {
  const std::string page = this->page();
  for (const char* const file : {"/alerts.yaml", "/grafana-dashboard.json"}) {
    std::ostringstream text;
    text << std::ifstream(std::string(kMonitoring) + file).rdbuf();
    const std::string all = text.str();
    std::size_t count = 0;
    for (std::size_t at = all.find("hubbub_"); at != std::string::npos;
         at = all.find("hubbub_", at + 1)) {
      const std::size_t end = all.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", at);
      const std::string name = all.substr(at, end - at);
      EXPECT_TRUE(contains(page, "\n" + name + "{") || contains(page, "\n" + name + " "))
          << file << " asks for " << name;
      ++count;
    }
    EXPECT_GT(count, 3U) << file;
  }
}

TEST_F(Metrics, HealthIsOk) {
  EXPECT_TRUE(get("/healthz").ends_with("\r\n\r\nok\n"));
}

TEST_F(Metrics, HeadHasNoText) {
  const std::string answer = ask("HEAD /healthz HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(Metrics, ABadRequestIsAnsweredAndClosed) {
  EXPECT_TRUE(get("/").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("hello\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\n" + std::string(8192, 'x')).starts_with("HTTP/1.1 431 "));
}

TEST_F(Metrics, OneWhoNeverAsksIsPutOut) {
  Client client(server_.port_of("metrics"));
  client.send("GET /metrics HT");
  EXPECT_EQ(client.read_to_end(), "");
}

// Two hundred who ask at once and leave before they are answered harm nobody.
TEST_F(Metrics, AskersWhoLeaveAreNoTrouble) {
  for (int i = 0; i < 200; ++i) {
    const Client client(server_.port_of("metrics"));
    client.send("GET /metrics HTTP/1.1\r\n\r\n");
  }
  Person alice = server_.person("alice");
  alice.settle();
  EXPECT_TRUE(wait_until([&] { return sum_of(page(), "hubbub_connections") == 2; }));
}

}  // namespace
}  // namespace e2e
