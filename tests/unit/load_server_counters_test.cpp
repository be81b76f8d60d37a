// What the server counted: found on its page, asked for around the measured window, and missed in a
// sentence where it cannot be had.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
#include "client/load/metrics.hpp"
#include "client/load/report.hpp"
#include "client/load/server_counters.hpp"
#include "tests/unit/load_fixture.hpp"

namespace load {
namespace {

constexpr const char* kPage =
    "# HELP hubbub_sends_total Sends to clients.\n"
    "# TYPE hubbub_sends_total counter\n"
    "hubbub_deliveries_total{loop=\"0\"} 100\n"
    "hubbub_deliveries_total{loop=\"1\"} 20\n"
    "hubbub_missed_messages_total{loop=\"0\"} 8\n"
    "hubbub_sends_total{loop=\"0\"} 10\n"
    "hubbub_sends_total{loop=\"1\"} 5\n"
    "hubbub_sends_total_of_another_kind 1000\n"
    "process_start_time_seconds 1.7e9\n"
    "hubbub_sent_bytes_total 1500\n";

TEST(ServerCounters, AreTheSumsOfAllLoops) {
  EXPECT_EQ(parse_counters(kPage), (ServerCounters{120, 8, 15, 1500, "1.7e9"}));
}

TEST(ServerCounters, StandBeforeTheTimeThatMayFollow) {
  std::string page = kPage;
  page.replace(page.find("1500"), 4, "1500 1700000000");
  EXPECT_EQ(parse_counters(page), parse_counters(kPage));
}

TEST(ServerCounters, AreNotThereUnlessAllAre) {
  EXPECT_EQ(parse_counters(""), std::nullopt);
  std::string page = kPage;
  page.replace(page.find("hubbub_sent_bytes"), 6, "redis_");
  EXPECT_EQ(parse_counters(page), std::nullopt);
  for (const char* const wrong : {"-1500", "1.5e3", "NaN", "", "99999999999999999999"}) {
    page = kPage;
    page.replace(page.find("1500"), 4, wrong);
    EXPECT_EQ(parse_counters(page), std::nullopt) << wrong;
  }
}

TEST(ServerCounters, OfAServerThatBeganAnewAreNoDifference) {
  const Counted early{.counters = ServerCounters{10, 0, 10, 10, "1"}, .why_not = {}};
  Counted late{.counters = ServerCounters{30, 1, 20, 50, "1"}, .why_not = {}};
  EXPECT_EQ(between(early, late).counters, (ServerCounters{20, 1, 10, 40, "1"}));
  late.counters->began = "2";
  EXPECT_EQ(between(early, late).counters, std::nullopt);
  late.counters = ServerCounters{30, 1, 9, 50, "1"};
  EXPECT_EQ(between(early, late).why_not, "the server began anew meanwhile");
  const Counted unknown{.counters = {}, .why_not = "why not"};
  EXPECT_EQ(between(early, unknown).why_not, "why not");
  EXPECT_EQ(between(unknown, early).why_not, "why not");
}

std::string answer_with(const std::string& page) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", page.size(), page);
}

// Answers whatever it is asked, and ends the connection.
class Page final : public TestServer {
 public:
  // To its request of this number. Each time there are more: 1000, 4000, 9000 sends.
  std::function<std::string(std::size_t request)> answer = [](std::size_t request) {
    const std::size_t sends = 1000 * (request + 1) * (request + 1);
    return answer_with(
        fmt::format("hubbub_deliveries_total {}\nhubbub_missed_messages_total {}\n"
                    "hubbub_sends_total {}\nhubbub_sent_bytes_total {}\n",
                    34 * sends, 2 * sends, sends, 2048 * sends));
  };
  core::Duration pause{0};  // before it answers

 private:
  core::Task<void> serve(core::Stream stream, std::size_t index) override {
    const std::optional<std::string> request = co_await stream.read_line();
    EXPECT_EQ(request, "GET /metrics HTTP/1.0");
    if (pause > core::Duration::zero()) co_await core::sleep(pause);
    stream.outflow().append(answer(index));
    co_await stream.finish(milliseconds(500));
  }
};

class CountedRun : public LoadRun {
 protected:
  Result run() {
    page.address.reset();  // a run ends with all tasks of its loop
    loop().spawn(page.accept(loop()), "page").detach();
    while (!page.address) loop().run_once();
    options.server_metrics = page.address;
    return LoadRun::run(server, ScenarioKind::kBroadcast);
  }

  std::string refusal() {
    try {
      run();
    } catch (const CannotRun& refused) {
      return refused.what();
    }
    return "";
  }

  FaultyChat server;
  Page page;
};

// It is asked before anybody connects, before the window and after it.
TEST_F(CountedRun, TellsSendsBetweenTheEndsOfTheWindow) {
  const Result result = run();
  ASSERT_TRUE(result.counted);
  EXPECT_EQ(result.counted->counters, (ServerCounters{170'000, 10'000, 5000, 10'240'000, ""}));
  EXPECT_EQ(find_metric("server_deliveries_per_send")->value(result), 32.0);
  EXPECT_EQ(find_metric("server_send_size")->value(result), 2048.0);
  EXPECT_NE(text_report(options, result)
                .find("counted      by the server: 5,000 sends, 32.0 deliveries and 2.00 KiB per "),
            std::string::npos)
      << text_report(options, result);
}

// As far as the load goes, nothing is to be seen of it.
TEST_F(CountedRun, WaitsForNoAnswerWhileItMeasures) {
  options.rate = 1000;
  options.duration = milliseconds(400);
  page.pause = milliseconds(300);
  const Result result = run();
  EXPECT_NEAR(result.seconds, 0.4, 0.05);
  const double seconds = std::chrono::duration<double>(options.warmup).count() + result.seconds;
  EXPECT_NEAR(static_cast<double>(result.total.sent), *options.rate * seconds, 30);
  ASSERT_TRUE(result.counted);
  EXPECT_TRUE(result.counted->counters) << result.counted->why_not;
}

TEST_F(CountedRun, GoesOnWhereTheCountIsLostMeanwhile) {
  page.answer = [usual = page.answer](std::size_t request) {
    return request < 2 ? usual(request) : "HTTP/1.1 503 Service Unavailable\r\n\r\n";
  };
  const Result result = run();
  ASSERT_TRUE(result.counted);
  EXPECT_EQ(result.counted->counters, std::nullopt);
  EXPECT_EQ(find_metric("server_sends")->value(result), std::nullopt);
  EXPECT_TRUE(result.proof.all.faultless());
  ASSERT_FALSE(warnings(options, result).empty());
  const std::string sentence = warnings(options, result)[0];
  EXPECT_TRUE(sentence.starts_with("what the server counted is not known: 127.0.0.1:")) << sentence;
  EXPECT_NE(sentence.find("503"), std::string::npos) << sentence;
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_F(CountedRun, CannotBeginWithWhatIsNotItsPage) {
  const std::string page_of_another = "redis_sends_total 5\n";
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"HTTP/1.1 404 Not Found\r\n\r\n", "it answers 'HTTP/1.1 404 Not Found'"},
      {"-- welcome to hubbub\r\n", "what answers does not speak HTTP"},
      {"HTTP/1.", "it answers 'HTTP/1.'"},
      {"", "closed by the server"},
      {answer_with(page_of_another), "it has no counts of a hubbubd"},
      {"HTTP/1.1 200 OK\r\n\r\n", "its answer is cut off"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n" + std::string(kPage),
       "its answer is cut off"},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(kPage) + "hubbub_sends_total{loop=\"2\"} 1",
       "its answer is cut off"},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(2 << 20, 'x'), "its answer does not end"},
  };
  for (const auto& [answer, why] : answers) {
    page.answer = [answer = answer](std::size_t) { return answer; };
    const std::string sentence = refusal();
    EXPECT_TRUE(sentence.ends_with(" (--server-metrics): " + why)) << sentence;
  }
}

TEST_F(CountedRun, CannotBeginWhereNothingIsAnswered) {
  page.pause = std::chrono::hours(1);
  EXPECT_TRUE(refusal().ends_with("no answer within 5s"));
}

TEST_F(CountedRun, IsSoonOverWhereNothingIsAnsweredAndSomebodyInterrupts) {
  page.pause = std::chrono::hours(1);
  interruption.requested = true;
  const core::Time before = loop().time();
  EXPECT_TRUE(run().interrupted());
  EXPECT_LT(loop().time() - before, std::chrono::seconds(2));
}

TEST_F(CountedRun, CannotBeginWhereNobodyListens) {
  options.server_metrics = *core::Address::parse("127.0.0.1:1");
  try {
    LoadRun::run(server, ScenarioKind::kBroadcast);
    FAIL() << "it ran";
  } catch (const CannotRun& refused) {
    EXPECT_STREQ(refused.what(), "127.0.0.1:1 (--server-metrics): refused");
  }
}

}  // namespace
}  // namespace load
