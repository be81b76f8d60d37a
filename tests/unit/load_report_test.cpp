// What a run says about itself: the text, the JSON, the warnings and the exit status.
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
#include "client/load/format.hpp"
#include "client/load/metrics.hpp"
#include "client/load/report.hpp"
#include "client/load/report_html.hpp"
#include "client/load/report_json.hpp"
#include "client/load/svg_chart.hpp"

namespace load {
namespace {

// Whether a text is one JSON value (RFC 8259) and nothing else.
class JsonChecker {
 public:
  static bool valid(std::string_view text) {
    JsonChecker checker(text);
    const bool is_value = checker.value();
    checker.space();
    return is_value && checker.rest_.empty();
  }

 private:
  explicit JsonChecker(std::string_view text) : rest_(text) {}

  void space() {
    while (!rest_.empty() && std::string_view(" \n\r\t").find(rest_[0]) != std::string_view::npos) {
      rest_.remove_prefix(1);
    }
  }
  bool take(std::string_view token) {
    space();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool value() {
    if (take("{")) return members("}", true);
    if (take("[")) return members("]", false);
    if (take("true") || take("false") || take("null")) return true;
    return string() || number();
  }
  bool members(std::string_view end, bool named) {
    if (take(end)) return true;
    do {
      if (named && !(string() && take(":"))) return false;
      if (!value()) return false;
    } while (take(","));
    return take(end);
  }
  bool string() {
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_[0] != '"') {
      if (static_cast<unsigned char>(rest_[0]) < ' ') return false;
      if (rest_[0] == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) return false;
      rest_.remove_prefix(1);
    }
    return take("\"");
  }
  bool number() {
    space();
    std::size_t size = 0;
    while (size < rest_.size() &&
           (std::isdigit(static_cast<unsigned char>(rest_[size])) != 0 ||
            std::string_view("+-.eE").find(rest_[size]) != std::string_view::npos)) {
      ++size;
    }
    const bool starts_well = size > 0 && (rest_[0] == '-' || std::isdigit(rest_[0]) != 0);
    rest_.remove_prefix(size);
    return starts_well;
  }

  std::string_view rest_;
};

Options broadcast_options() {
  Options options;
  options.scenario = ScenarioKind::kBroadcast;
  options.address = *core::Address::parse("127.0.0.1:7777");
  options.clients = 1000;
  return options;
}

Result faultless_result() {
  Result result;
  result.dialect = "chat";
  result.seconds = 10;
  result.clients = 1000;
  result.window = {.sent = 12'800, .completed = 12'800, .received = 12'787'200};
  result.total.sent = 12'800;
  result.proof.all = {.expected = 12'787'200, .received = 12'787'200};
  for (int i = 0; i < 100; ++i) result.latency.record(4'120'000);
  return result;
}

bool contains(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

#define EXPECT_CONTAINS(text, words) EXPECT_TRUE(contains(text, words)) << (text)

TEST(ProgressFields, ThatFitAreShownWhole) {
  const std::string line = "measuring  1,234 sends/s  p99 \u2581\u2582";
  EXPECT_EQ(fields_that_fit(line, 80), line);
  EXPECT_EQ(fields_that_fit(line, 32), line) << "a block is three bytes, and one column";
  EXPECT_EQ(fields_that_fit(line, 31), "measuring  1,234 sends/s");
  EXPECT_EQ(fields_that_fit(line, 24), "measuring  1,234 sends/s");
  EXPECT_EQ(fields_that_fit(line, 23), "measuring");
  EXPECT_EQ(fields_that_fit(line, 9), "measuring");
  EXPECT_EQ(fields_that_fit(line, 8), "measurin");
  EXPECT_EQ(fields_that_fit(line, 0), "");
  EXPECT_EQ(fields_that_fit("\u2581\u2582", 1), "\u2581");
}

TEST(TextReport, GivesTheProofOfDelivery) {
  EXPECT_CONTAINS(text_report(broadcast_options(), faultless_result()),
                  "sent 12,800  expected 12,787,200  received 12,787,200  lost 0  duplicated 0  "
                  "reordered 0");
}

TEST(TextReport, GivesThroughputAndLatency) {
  const std::string text = text_report(broadcast_options(), faultless_result());
  EXPECT_CONTAINS(text, "1,280/s messages, 1,278,720/s deliveries");
  EXPECT_CONTAINS(text, "4.12 ms");
}

TEST(TextReport, NamesThePairsThatWentWrong) {
  Result result = faultless_result();
  result.proof.add(17, 3, {.expected = 400, .received = 388, .lost = 12});
  EXPECT_CONTAINS(text_report(broadcast_options(), result),
                  "client 17 from client 3: expected 400  lost 12");
}

TEST(TextReport, TellsGapsThatTheServerAnnounced) {
  Result result = faultless_result();
  result.total.missed_announced = 132;
  EXPECT_CONTAINS(text_report(broadcast_options(), result), "the server said it left out 132");
}

Result result_of_storms() {
  Result result = faultless_result();
  result.storms = {{.dropped = 1000, .returned = 1000, .back_ns = 62'000'000},
                   {.dropped = 998, .spared = 2, .returned = 998, .back_ns = 81'000'000}};
  for (int i = 0; i < 200; ++i) result.returning.record(40'000'000);
  result.total.returned = 200;
  return result;
}

TEST(TextReport, TellsHowLongStormsTook) {
  const std::string text = text_report(broadcast_options(), result_of_storms());
  EXPECT_CONTAINS(text,
                  "storms       2, in which 1,998 connections were dropped; all were back after at "
                  "most 81.0 ms\n");
  const std::string json = json_report(broadcast_options(), result_of_storms());
  EXPECT_CONTAINS(json, "\"recovery_ns\": 62000000");
  EXPECT_CONTAINS(json, "\"storm_recovery_ns\": 81000000,");
  EXPECT_CONTAINS(json, "\"spared\": 2,");
  EXPECT_TRUE(JsonChecker::valid(json));
}

TEST(TextReport, TellsNoTimeOfAStormFromWhichNotAllWereBack) {
  Result result = result_of_storms();
  result.storms[0].returned = 990;
  EXPECT_CONTAINS(text_report(broadcast_options(), result),
                  "not all were back before the next one or the end");
  const std::string json = json_report(broadcast_options(), result);
  EXPECT_CONTAINS(json, "\"recovery_ns\": null");
  EXPECT_CONTAINS(json, "\"storm_recovery_ns\": null,");
  EXPECT_CONTAINS(json, "\"storms_unrecovered\": 1,");
}

TEST(TextReport, TellsWhatWasSaidWhilePeopleWereAway) {
  Result result = faultless_result();
  result.proof.all.excused = 1234;
  EXPECT_CONTAINS(text_report(broadcast_options(), result), "excused 1,234: said while");
  EXPECT_CONTAINS(json_report(broadcast_options(), result), "\"excused\": 1234,");
}

TEST(TextReport, TellsWhatWasNotSentBecauseNobodyWasThere) {
  Result result = faultless_result();
  EXPECT_FALSE(contains(text_report(broadcast_options(), result), "absent"));
  result.absent = 1234;
  EXPECT_CONTAINS(text_report(broadcast_options(), result), "1,234 messages were not sent");
  EXPECT_CONTAINS(json_report(broadcast_options(), result), "\"absent\": 1234,");
}

TEST(TextReport, GivesTheServersCostPerDelivery) {
  Result result = faultless_result();
  result.server.emplace();
  result.server->cpu = CpuTime{.total_ns = 1'278'720'000};
  result.server->before.resident_bytes = 1'000'000;
  result.server->idle = Memory{.resident_bytes = 6'000'000};
  const std::string text = text_report(broadcast_options(), result);
  EXPECT_CONTAINS(text, "99.9 us per message, 100 ns per delivery");
  EXPECT_CONTAINS(text, "4.88 KiB");
}

TEST(TextReport, SaysThatTheServersProcessEndedAndNothingOfWhatItUsed) {
  Result result = faultless_result();
  result.server.emplace();
  result.server->process = 4711;
  result.server->ended = true;
  Options options = broadcast_options();
  options.assertions.push_back(Assertion::parse("server_cpu<100%"));
  const std::string text = text_report(options, result);
  EXPECT_CONTAINS(text,
                  "server       what process 4711 used in the measured window is not known\n");
  EXPECT_CONTAINS(text, "warning      process 4711 (--server-pid) ended before the run did");
  EXPECT_CONTAINS(text, "server_cpu<100% FAILED: -");
  EXPECT_CONTAINS(json_report(options, result), "\"server_cpu_cores\": null,");
  EXPECT_CONTAINS(json_report(options, result), "\"server_rss_bytes\": null,");
  EXPECT_EQ(exit_status(options, result), kAssertionFailed);
}

TEST(TextReport, TellsWhatEachThreadUsedWhereThereAreSeveral) {
  Result result = faultless_result();
  result.threads.resize(1);
  EXPECT_FALSE(contains(text_report(broadcast_options(), result), "threads"));
  result.threads.resize(2);
  result.threads[0].cpu.total_ns = 8'810'000'000;
  result.threads[1].cpu.total_ns = 4'020'000'000;
  EXPECT_CONTAINS(text_report(broadcast_options(), result), "2 threads: 88.1 %, 40.2 %");
}

TEST(TextReport, SaysWhichAssertionsHold) {
  Options options = broadcast_options();
  options.assertions = {Assertion::parse("p99<5ms"), Assertion::parse("lost>0")};
  const std::string text = text_report(options, faultless_result());
  EXPECT_CONTAINS(text, "p99<5ms holds: 4.12 ms");
  EXPECT_CONTAINS(text, "lost>0 FAILED: 0");
}

TEST(TextReport, SurvivesRunInWhichNothingWasMeasured) {
  EXPECT_CONTAINS(text_report(broadcast_options(), Result{}), "no message arrived");
}

TEST(JsonReport, IsJson) {
  Options options = broadcast_options();
  options.assertions = {Assertion::parse("p99<5ms"), Assertion::parse("spread_p99<1s")};
  Result result = faultless_result();
  result.proof.add(1, 2, {.expected = 3, .received = 2, .lost = 1});
  result.proof.add(4, 5, {.expected = 6, .received = 5, .lost = 1});
  result.closings = {{"reset", 2}, {"closed by the server", 1}};
  result.first_refusal = "-- error: \"quoted\" \\ and\ttabbed";
  EXPECT_TRUE(JsonChecker::valid(json_report(options, result))) << json_report(options, result);
  EXPECT_TRUE(JsonChecker::valid(json_report(options, Result{})));
  options.rate = 2.5;
  EXPECT_TRUE(JsonChecker::valid(json_report(options, faultless_result())));
}

TEST(JsonReport, HasVersionAndEveryMetricWithItsUnit) {
  const std::string json = json_report(broadcast_options(), faultless_result());
  EXPECT_CONTAINS(json, "\"version\": 1");
  EXPECT_CONTAINS(json, "\"throughput\": 1280");
  EXPECT_CONTAINS(json, "\"p99_ns\": 41");
  EXPECT_CONTAINS(json, "\"lost\": 0");
  EXPECT_CONTAINS(json, "\"server_rss_bytes\": null");
  EXPECT_CONTAINS(json, "\"tester_cpu_cores\": 0");
  for (const Metric& metric : metrics()) EXPECT_CONTAINS(json, "\"" + std::string(metric.name));
}

TEST(JsonReport, GivesWindowOrRateAndNullForTheOther) {
  Options options = broadcast_options();
  EXPECT_CONTAINS(json_report(options, faultless_result()), "\"rate\": null");
  options.rate = 2.5;
  EXPECT_CONTAINS(json_report(options, faultless_result()), "\"rate\": 2.5");
  EXPECT_CONTAINS(json_report(options, faultless_result()), "\"window\": null");
}

Result result_with_samples() {
  Result result = faultless_result();
  for (int second = 1; second <= 10; ++second) {
    Sample sample{.at = 1.0 * second, .seconds = 1, .sent = 1280, .received = 1'278'720};
    sample.p50_ns = 4.1e6;
    sample.p99_ns = 5e6;
    sample.rows[44] = 1'000'000;
    sample.rows[50] = 1;
    result.samples.push_back(sample);
  }
  return result;
}

TEST(JsonReport, HasTheThreads) {
  Options options = broadcast_options();
  options.threads = 2;
  Result result = faultless_result();
  result.threads = {{.clients = 500, .cpu = {5'000'000'000, 0, 0}, .waited_ns = 2'500'000'000},
                    {.clients = 500, .cpu = {}, .waited_ns = 0}};
  const std::string json = json_report(options, result);
  EXPECT_TRUE(JsonChecker::valid(json)) << json;
  EXPECT_CONTAINS(json, "\"threads\": 2,");
  EXPECT_CONTAINS(json, "\"clients\": 500,");
  EXPECT_CONTAINS(json, "\"cpu_cores\": 0.5,");
  EXPECT_CONTAINS(json, "\"waited_cores\": 0.25");
}

TEST(JsonReport, HasTheSamplesAndTheHistogram) {
  const std::string json = json_report(broadcast_options(), result_with_samples());
  EXPECT_TRUE(JsonChecker::valid(json)) << json;
  EXPECT_CONTAINS(json, "\"received\": 1278720");
  EXPECT_CONTAINS(json, "\"count\": 100");
}

// The keys of the outermost object and those of the configuration.
TEST(JsonReport, IsDescribedInTheReadme) {
  std::ifstream file(HUBBUB_SOURCE_DIR "/client/load/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  std::istringstream lines(json_report(broadcast_options(), result_with_samples()));
  std::size_t keys = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' ');
    const bool is_config = line.find("_ns\": ") == std::string::npos && begin == 4;
    if (begin == std::string::npos || line[begin] != '"' || (begin != 2 && !is_config)) continue;
    const std::string key = line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
    if (begin == 4 && find_metric(key) != nullptr) continue;
    if (begin == 4 && (key.ends_with("_bytes") || key.ends_with("_cores"))) continue;
    EXPECT_CONTAINS(readme, "`" + key + "`") << key;
    ++keys;
  }
  EXPECT_GT(keys, 25U);
}

std::size_t count_of(const std::string& text, std::string_view words) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(words, at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST(HtmlReport, HasFivePicturesAndTheText) {
  const std::string page = html_report(broadcast_options(), result_with_samples());
  EXPECT_EQ(count_of(page, "<svg "), 5U);
  EXPECT_EQ(count_of(page, "</svg>"), 5U);
  EXPECT_EQ(count_of(page, "<polyline"), 5U);
  EXPECT_EQ(count_of(page, "<rect "), 20U);
  EXPECT_CONTAINS(page, "received 12,787,200");
  EXPECT_CONTAINS(page, ">90 %</text>");
}

TEST(HtmlReport, NeedsNothingFromElsewhere) {
  const std::string page = html_report(broadcast_options(), result_with_samples());
  for (const char* words : {"<script", "<link", "<img", "src=", "href=", "url(", "@import"}) {
    EXPECT_EQ(page.find(words), std::string::npos) << words;
  }
}

TEST(HtmlReport, ShowsForeignTextAsText) {
  Result result = result_with_samples();
  result.total.refused = 1;
  result.first_refusal = "-- error: <script>alert(1)</script> & \"so\"";
  const std::string page = html_report(broadcast_options(), result);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_CONTAINS(page, "&lt;script&gt;");
}

TEST(HtmlReport, SurvivesRunInWhichNothingWasMeasured) {
  const std::string page = html_report(broadcast_options(), Result{});
  EXPECT_EQ(count_of(page, "nothing was measured"), 5U);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_EQ(page.find("inf"), std::string::npos);
}

TEST(LineChart, PutsTheLeastAtTheBottomAndTheMostAtTheTop) {
  const auto plain = [](double value) { return std::to_string(static_cast<int>(value)); };
  const std::string chart =
      line_chart("t", {"x", false, plain}, {"y", false, plain}, {{"s", "red", {{0, 0}, {10, 50}}}});
  EXPECT_CONTAINS(chart, "points=\"90.0,250.0 840.0,40.0 \"");
  EXPECT_CONTAINS(chart, ">50</text>");
}

TEST(Metrics, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Metric& metric : metrics()) EXPECT_TRUE(names.insert(metric.name).second);
  for (const Metric& metric : metrics()) EXPECT_EQ(find_metric(metric.name), &metric);
}

TEST(Metrics, OfTheServerHaveNoValueWithoutIt) {
  for (const Metric& metric : metrics()) {
    if (metric.needs != Needs::kNothing) {
      EXPECT_EQ(metric.value(faultless_result()), std::nullopt) << metric.name;
    }
  }
}

TEST(Diagnosis, FindsNothingWrongWithFaultlessRun) {
  EXPECT_TRUE(warnings(broadcast_options(), faultless_result()).empty());
  EXPECT_EQ(exit_status(broadcast_options(), faultless_result()), kRan);
}

TEST(Diagnosis, WarnsWhenTheTesterItselfWasBusy) {
  Result result = faultless_result();
  result.threads.resize(1);
  result.threads[0].cpu.total_ns = 8'900'000'000;
  EXPECT_TRUE(warnings(broadcast_options(), result).empty());
  result.threads[0].cpu.total_ns = 9'100'000'000;
  ASSERT_EQ(warnings(broadcast_options(), result).size(), 1U);
  EXPECT_CONTAINS(warnings(broadcast_options(), result)[0],
                  "the tester itself was busy for 91 % of a core: ");
}

TEST(Diagnosis, WarnsWhenOthersHadTheTestersProcessor) {
  Result result = faultless_result();
  result.threads.resize(1);
  result.threads[0].cpu.total_ns = 4'500'000'000;
  result.threads[0].waited_ns = 1'900'000'000;
  EXPECT_TRUE(warnings(broadcast_options(), result).empty());
  result.threads[0].waited_ns = 4'000'000'000;
  ASSERT_EQ(warnings(broadcast_options(), result).size(), 1U);
  EXPECT_CONTAINS(warnings(broadcast_options(), result)[0],
                  "the tester waited 40 % of the time for a processor that others had");
  result.threads[0].waited_ns = 5'000'000'000;
  ASSERT_EQ(warnings(broadcast_options(), result).size(), 1U);
  EXPECT_CONTAINS(warnings(broadcast_options(), result)[0],
                  "busy for 45 % of a core and waited 50 % of the time for a processor");
}

TEST(Diagnosis, NamesTheThreadThatWasTheLimit) {
  Result result = faultless_result();
  result.threads.resize(3);
  result.threads[1].cpu.total_ns = 9'900'000'000;
  result.tester_cpu.total_ns = 12'000'000'000;
  ASSERT_EQ(warnings(broadcast_options(), result).size(), 1U);
  EXPECT_CONTAINS(
      warnings(broadcast_options(), result)[0],
      "the tester was the limit: its thread 2 of 3 was busy for 99 % of a core: the server");
  result.threads[1].cpu.total_ns = 8'000'000'000;
  EXPECT_TRUE(warnings(broadcast_options(), result).empty()) << "12 s of three cores";
}

TEST(Diagnosis, WarnsWhenTheTesterWasLate) {
  Result result = faultless_result();
  result.lateness.record(9'000'000);
  EXPECT_TRUE(warnings(broadcast_options(), result).empty());
  result.lateness.record(11'000'000);
  ASSERT_EQ(warnings(broadcast_options(), result).size(), 1U);
  EXPECT_CONTAINS(warnings(broadcast_options(), result)[0], "fell behind its schedule");
}

TEST(Diagnosis, FailsWhereAnAssertionDoesNotHold) {
  Options options = broadcast_options();
  options.assertions = {Assertion::parse("p99<5ms"), Assertion::parse("throughput>1000000")};
  EXPECT_EQ(exit_status(options, faultless_result()), kAssertionFailed);
}

TEST(Diagnosis, FailsWhereNoRateHoldsHoweverLittleTheLastBrought) {
  Options options = broadcast_options();
  options.scenario = ScenarioKind::kKnee;
  options.rate = 100;
  Result result;
  result.knee.emplace().probes = {{.rate = 100}, {.rate = 50}};
  EXPECT_EQ(exit_status(options, result), kAssertionFailed);
  EXPECT_CONTAINS(text_report(options, result), "no rate holds");
  EXPECT_CONTAINS(text_report(options, result), "open loop, 50.0 messages/s");
}

TEST(Diagnosis, TakesRunThatMeansNothingForNone) {
  Options options = broadcast_options();
  options.assertions = {Assertion::parse("lost==0")};
  Result interrupted = faultless_result();
  interrupted.interrupted_while = "measuring";
  EXPECT_EQ(exit_status(options, interrupted), kCouldNotRun);
  Result collapsed = faultless_result();
  collapsed.collapsed = true;
  EXPECT_EQ(exit_status(options, collapsed), kCouldNotRun);
  EXPECT_EQ(exit_status(options, Result{}), kCouldNotRun);
}

TEST(Format, GroupsDigitsByThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12'787'200), "12,787,200");
}

TEST(Format, GivesTimesThreeDigits) {
  EXPECT_EQ(nanoseconds(0), "0 ns");
  EXPECT_EQ(nanoseconds(812), "812 ns");
  EXPECT_EQ(nanoseconds(4120), "4.12 us");
  EXPECT_EQ(nanoseconds(41'200'000), "41.2 ms");
  EXPECT_EQ(nanoseconds(412e9), "412 s");
}

TEST(Format, GivesRatesWholeFromOneHundredOn) {
  EXPECT_EQ(rate(2.5), "2.50");
  EXPECT_EQ(rate(99.97), "100");
  EXPECT_EQ(rate(1234567.8), "1,234,568");
}

TEST(Format, ShowsNothingOfForeignTextThatATerminalWouldObey) {
  EXPECT_EQ(printable("-- error: \x1b[2J\xc3\xa9"), "-- error: ?[2J??");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace load
