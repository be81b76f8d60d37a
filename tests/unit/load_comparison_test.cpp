// Comparing two runs: what is chance, what is not, and what is worse.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "client/load/comparability.hpp"
#include "client/load/compare_command.hpp"
#include "client/load/comparison.hpp"
#include "client/load/report_json.hpp"

namespace load {
namespace {

RecordedRun run_of(double rate, double p99_ns, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(1, noise);
  RecordedRun run{.file = "x.json", .scenario = "broadcast", .dialect = "chat"};
  for (int second = 1; second <= 20; ++second) {
    run.samples.push_back({.at = 1.0 * second,
                           .seconds = 1,
                           .received = rate * normal(random),
                           .p50_ns = p99_ns / 2 * normal(random),
                           .p99_ns = p99_ns * normal(random)});
  }
  run.latencies = {{p99_ns / 2, 99}, {p99_ns, 1}};
  return run;
}

Verdict verdict_of(const std::vector<ComparedFigure>& figures, const std::string& name) {
  for (const ComparedFigure& figure : figures) {
    if (figure.name == name) return figure.verdict;
  }
  ADD_FAILURE() << "there is no " << name;
  return Verdict::kUnknown;
}

TEST(Estimate, IsStudentsConfidenceInterval) {
  const Estimate found = estimate({1, 2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(found.mean, 3);
  EXPECT_NEAR(found.half_width, 2.776 * std::sqrt(2.5 / 5), 1e-3);
}

// Textbook: two samples of different variance.
TEST(Estimate, OfDifferenceIsWelchs) {
  EXPECT_NEAR(half_width_of_difference({1, 2, 3, 4, 5}, {2, 4, 6, 8, 10}), 2.571 * std::sqrt(2.5),
              1e-3);
  EXPECT_EQ(half_width_of_difference({1, 1}, {2, 2}), 0);
}

TEST(Estimate, CoversTheTruthInNineteenOfTwentyCases) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(10, 2);
  int covered = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> values(15);
    for (double& value : values) value = normal(random);
    const Estimate found = estimate(values);
    if (std::abs(found.mean - 10) <= found.half_width) ++covered;
  }
  EXPECT_NEAR(covered, 1900, 40);
}

TEST(Comparison, TakesChanceForChance) {
  const auto figures = compare(run_of(1000, 5e6, 0.3, 1), run_of(1000, 5e6, 0.3, 2), 0);
  EXPECT_EQ(verdict_of(figures, "deliveries/s"), Verdict::kSame);
  EXPECT_EQ(verdict_of(figures, "p99"), Verdict::kSame);
  EXPECT_FALSE(is_worse(figures));
}

TEST(Comparison, FindsWhatIsWorseAndWhatIsBetter) {
  const auto figures = compare(run_of(1000, 5e6, 0.05, 1), run_of(1300, 7e6, 0.05, 2), 0.05);
  EXPECT_EQ(verdict_of(figures, "deliveries/s"), Verdict::kBetter);
  EXPECT_EQ(verdict_of(figures, "p99"), Verdict::kWorse);
  EXPECT_TRUE(is_worse(figures));
}

TEST(Comparison, ToleratesWhatIsLittle) {
  const auto before = run_of(1000, 5e6, 0.001, 1);
  const auto after = run_of(970, 5e6, 0.001, 2);
  EXPECT_EQ(verdict_of(compare(before, after, 0.05), "deliveries/s"), Verdict::kSame);
  EXPECT_EQ(verdict_of(compare(before, after, 0.01), "deliveries/s"), Verdict::kWorse);
}

TEST(Comparison, TakesEveryFurtherLossForWorse) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = run_of(1000, 5e6, 0.01, 1);
  before.metrics["lost"] = 0;
  after.metrics["lost"] = 1;
  EXPECT_EQ(verdict_of(compare(before, after, 0.05), "lost"), Verdict::kWorse);
  EXPECT_EQ(verdict_of(compare(after, before, 0.05), "lost"), Verdict::kBetter);
}

TEST(Comparison, TellsNothingFromOneSample) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = run_of(10, 5e6, 0.01, 1);
  before.samples.resize(1);
  EXPECT_EQ(verdict_of(compare(before, after, 0.05), "deliveries/s"), Verdict::kUnknown);
}

TEST(Comparison, SaysWhatWasConfiguredDifferently) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = before;
  before.config["clients"] = "100";
  after.config["clients"] = "200";
  const std::string text = comparison_text(before, after, compare(before, after, 0.05));
  EXPECT_NE(text.find("clients was 100, and is 200"), std::string::npos) << text;
}

TEST(Comparison, TakesNoFigureForBetterOrWorseWhereTheLoadWasAnother) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = run_of(2000, 9e6, 0.01, 2);
  before.config["rate"] = "100";
  after.config["rate"] = "200";
  after.metrics["lost"] = 1;
  before.metrics["lost"] = 0;
  const auto figures = compare(before, after, 0.05);
  for (const char* const figure : {"deliveries/s", "p50", "p99"}) {
    EXPECT_EQ(verdict_of(figures, figure), Verdict::kUnknown) << figure;
  }
  EXPECT_EQ(verdict_of(figures, "lost"), Verdict::kWorse) << "that is a fault of any load";
  const std::string text = comparison_text(before, after, figures);
  EXPECT_NE(text.find("warning      rate was 100, and is 200\n"), std::string::npos) << text;
  EXPECT_NE(text.find("warning      these are different loads"), std::string::npos) << text;
}

TEST(Comparison, SaysThatTheDialectIsAnother) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = before;
  after.dialect = "redis";
  const auto figures = compare(before, after, 0.05);
  EXPECT_NE(comparison_text(before, after, figures).find("the dialect was chat, and is redis"),
            std::string::npos);
  EXPECT_EQ(verdict_of(figures, "p99"), Verdict::kSame) << "the load is the same";
}

TEST(Comparison, SaysWhatOnlyOneOfThemWasAskedFor) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = before;
  after.config["churn"] = "10";
  EXPECT_EQ(differences(before, after)[0], "churn was none, and is 10");
  EXPECT_FALSE(is_same_load(before, after));
}

TEST(Comparison, ShowsNoChangeOfWhatOnlyOneOfThemHas) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = before;
  after.metrics["max_ns"] = 1e6;
  after.metrics["away"] = 3;
  const std::string text = comparison_text(before, after, compare(before, after, 0.05));
  EXPECT_NE(
      text.find("max                                                   -                  1.00 "
                "ms"),
      std::string::npos)
      << text;
  EXPECT_EQ(verdict_of(compare(before, after, 0.05), "away"), Verdict::kUnknown);
}

TEST(Comparison, TellsOfComingBackAndOfStalledReaders) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  for (const char* const metric : {"returned", "return_p50_ns", "return_p99_ns", "return_max_ns",
                                   "storm_recovery_ns", "stalled_lost", "stalled_closed"}) {
    before.metrics[metric] = 100;
  }
  before.metrics["storms_unrecovered"] = 0;
  RecordedRun after = before;
  after.metrics.erase("storm_recovery_ns");
  after.metrics["storms_unrecovered"] = 1;
  const auto figures = compare(before, after, 0.05);
  for (const char* const name :
       {"times a client came again", "return p50", "return p99", "return max",
        "all back after a storm", "lost by stalled readers", "stalled readers thrown out"}) {
    EXPECT_EQ(verdict_of(figures, name), Verdict::kUnknown) << name;
  }
  EXPECT_EQ(verdict_of(figures, "storms_unrecovered"), Verdict::kWorse);
}

TEST(Comparison, SaysThatASingleSampleTellsNothing) {
  RecordedRun before = run_of(1000, 5e6, 0.01, 1);
  RecordedRun after = before;
  after.samples.resize(1);
  const std::string text = comparison_text(before, after, compare(before, after, 0.05));
  EXPECT_NE(text.find("x.json has a single sample"), std::string::npos) << text;
  EXPECT_EQ(text.find("+0.0 %"), std::string::npos) << text;
}

TEST(Comparison, DrawsBothRunsInEveryPicture) {
  const auto before = run_of(1000, 5e6, 0.01, 1);
  const auto after = run_of(1300, 7e6, 0.01, 2);
  const std::string page = comparison_html(before, after, compare(before, after, 0.05));
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = page.find("<polyline", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 8U);
  EXPECT_EQ(page.find("inf"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

class Compare : public testing::Test {
 protected:
  ~Compare() override {
    for (const std::string& name : files_) ::unlink(name.c_str());
  }

  std::string file(const std::string& text) {
    files_.push_back(testing::TempDir() + "load-" + std::to_string(::getpid()) + "-" +
                     std::to_string(files_.size()));
    std::ofstream(files_.back()) << text;
    return files_.back();
  }
  std::string file_of_run(std::uint64_t lost,
                          const std::function<void(Options&, Result&)>& change = {}) {
    Options options;
    options.scenario = ScenarioKind::kBroadcast;
    options.address = *core::Address::parse("127.0.0.1:7777");
    Result result;
    result.dialect = "chat";
    result.seconds = 3;
    result.proof.all = {.expected = 300, .received = 300 - lost, .lost = lost};
    for (int second = 1; second <= 3; ++second) {
      Sample sample{.at = 1.0 * second, .seconds = 1, .sent = 1, .received = 100};
      sample.p50_ns = 1e6;
      sample.p99_ns = 2e6;
      result.samples.push_back(sample);
      result.latency.record(1'000'000);
    }
    if (change) change(options, result);
    return file(json_report(options, result));
  }
  int status_of(const std::string& before, const std::string& after) {
    std::string page;
    return run_compare({.before = before, .after = after}, page).status;
  }

  // With FILE for the name of the second one.
  std::string refusal(const std::string& before, const std::string& after) {
    try {
      status_of(before, after);
    } catch (const std::runtime_error& refused) {
      std::string what = refused.what();
      if (const auto at = what.find(after); at != std::string::npos) {
        what.replace(at, after.size(), "FILE");
      }
      return what;
    }
    return "compared";
  }

  std::vector<std::string> files_;
};

TEST_F(Compare, ReadsBackWhatWasWritten) {
  const RecordedRun run = read_run(file_of_run(2));
  EXPECT_EQ(run.scenario, "broadcast");
  EXPECT_EQ(run.metric("lost"), 2);
  EXPECT_FALSE(run.has("server_rss_bytes"));
  ASSERT_EQ(run.samples.size(), 3U);
  EXPECT_EQ(run.samples[1].at, 2);
  EXPECT_EQ(run.samples[1].received, 100);
  ASSERT_EQ(run.latencies.size(), 1U);
  EXPECT_EQ(run.latencies[0].second, 3);
  EXPECT_EQ(run.config.at("rate"), "none");
}

TEST_F(Compare, EndsWithThreeWhereSomethingIsWorse) {
  const std::string good = file_of_run(0);
  const std::string bad = file_of_run(1);
  EXPECT_EQ(status_of(good, good), kRan);
  EXPECT_EQ(status_of(good, bad), kAssertionFailed);
  EXPECT_EQ(status_of(bad, good), kRan);
}

TEST_F(Compare, RefusesWhatIsNoRun) {
  const std::string good = file_of_run(0);
  for (const std::string& other :
       {file(""), file("{}"), file("[1"), file("{\"tool\": 1, \"version\": 2}"),
        file("{\"tool\": 1, \"version\": 1}"), std::string("/nowhere/at.all")}) {
    EXPECT_THROW(status_of(good, other), std::runtime_error);
  }
  EXPECT_EQ(refusal(good, file("{\"tool\": 1, \"version\": 2}")),
            "cannot read FILE: it is of version 2, and this reads version 1");
  EXPECT_EQ(refusal(good, testing::TempDir()), "cannot read FILE: it is a directory");
}

TEST_F(Compare, RefusesWhatMeansNothing) {
  const std::string good = file_of_run(0);
  const auto changed = [&](const std::function<void(Options&, Result&)>& change) {
    return refusal(good, file_of_run(0, change));
  };
  EXPECT_EQ(changed([](Options&, Result& result) { result.interrupted_while = "measuring"; }),
            "cannot compare FILE: it was interrupted");
  EXPECT_EQ(changed([](Options&, Result& result) { result.collapsed = true; }),
            "cannot compare FILE: what was measured means nothing, says its status");
  EXPECT_EQ(changed([](Options&, Result& result) { result.samples.clear(); }),
            "cannot compare FILE: it has no samples");
  const std::string rooms =
      changed([](Options& options, Result&) { options.scenario = ScenarioKind::kRooms; });
  EXPECT_TRUE(rooms.starts_with("cannot compare a run of broadcast (")) << rooms;
  EXPECT_NE(rooms.find(") with one of rooms (FILE)"), std::string::npos) << rooms;
}

TEST(CompareOptions, AreUnderstood) {
  const auto parse = [](std::vector<const char*> words) {
    words.insert(words.begin(), {"hubbub-load", "compare"});
    return parse_compare(static_cast<int>(words.size()), words.data());
  };
  const auto options = std::get<CompareOptions>(parse({"a", "b", "--tolerance", "10%"}));
  EXPECT_EQ(options.before, "a");
  EXPECT_EQ(options.after, "b");
  EXPECT_DOUBLE_EQ(options.tolerance, 0.1);
  EXPECT_EQ(std::get<ExitRequest>(parse({"a"})).status, kCouldNotRun);
  EXPECT_EQ(std::get<ExitRequest>(parse({"a", "b", "c"})).status, kCouldNotRun);
  EXPECT_EQ(std::get<ExitRequest>(parse({"a", "b", "--tolerance", "x"})).status, kCouldNotRun);
  EXPECT_EQ(std::get<ExitRequest>(parse({"--help"})).status, kRan);
}

}  // namespace
}  // namespace load
