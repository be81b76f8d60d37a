// That what is reported is what happened, in every scenario with rooms and in every dialect: whole
// runs against servers that drop, double, reorder, spoil and delay on purpose.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
#include "tests/unit/load_fixture.hpp"

namespace load {
namespace {

// Of what is about to be delivered: a part is dropped, a part doubled, a part comes late.
Fate mixed(std::size_t member, std::uint64_t delivery) {
  switch ((delivery * 5 + member) % 29) {
    case 3:
      return Fate::kDrop;
    case 11:
      return Fate::kRepeat;
    case 17:
      return Fate::kDelay;
    default:
      return Fate::kDeliver;
  }
}

class HonestyFixture : public LoadRun {
 protected:
  void speak(const std::string& dialect) {
    options.dialect = dialect;
    server.dialect = dialect;
    options.clients = 12;
    options.publishers = 4;
    options.rooms = 2;
    options.rate = 1000;
    options.duration = milliseconds(400);
  }

  // A delivery at the edge of a stay may be nobody's, and so may its fault.
  std::uint64_t edges(const Result& result) const {
    return 2 * options.publishers * (result.total.returned + options.clients);
  }

  bool warns(const Result& result, std::string_view part) const {
    const std::vector<std::string> sentences = warnings(options, result);
    return std::any_of(sentences.begin(), sentences.end(), [part](const std::string& sentence) {
      return sentence.find(part) != std::string::npos;
    });
  }

  // People come and go meanwhile: what is doubled, dropped or late just when its receiver does is
  // held against nobody.
  void expect_faults_found(const Result& result) const {
    EXPECT_GT(server.dropped, 20U);
    EXPECT_LE(result.proof.all.lost, server.dropped + server.delayed);
    EXPECT_GT(result.proof.all.lost, server.dropped / 2);
    EXPECT_LE(result.proof.all.duplicated, server.repeated);
    EXPECT_GT(result.proof.all.duplicated, server.repeated / 2);
    EXPECT_LE(result.proof.all.reordered, server.delayed);
    EXPECT_GT(result.proof.all.reordered, server.delayed / 2);
    EXPECT_EQ(result.total.corrupted, 0U);
  }

  FaultyChat server;
};

class Honesty : public HonestyFixture, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    LoadRun::SetUp();
    speak(GetParam());
  }
};

const auto kDialects = testing::Values("chat", "redis", "nats", "irc");

INSTANTIATE_TEST_SUITE_P(Dialects, Honesty, kDialects,
                         [](const auto& one) { return std::string(one.param); });

using DialectAndScenario = std::tuple<const char*, ScenarioKind>;

class HonestyEverywhere : public HonestyFixture,
                          public testing::WithParamInterface<DialectAndScenario> {
 protected:
  void SetUp() override {
    LoadRun::SetUp();
    speak(std::get<0>(GetParam()));
    options.drain = std::chrono::seconds(2);
  }
  Result run() { return LoadRun::run(server, std::get<1>(GetParam())); }
};

INSTANTIATE_TEST_SUITE_P(Dialects, HonestyEverywhere,
                         testing::Combine(kDialects, testing::Values(ScenarioKind::kRooms,
                                                                     ScenarioKind::kChurn,
                                                                     ScenarioKind::kStorm)),
                         [](const auto& one) {
                           return std::get<0>(one.param) +
                                  ("_" + std::string(name_of(std::get<1>(one.param))));
                         });

TEST_P(HonestyEverywhere, FindsNothingWrongWhereNothingIs) {
  const Result result = run();
  EXPECT_GT(result.proof.all.received, 500U);
  EXPECT_EQ(result.proof.all.received, result.proof.all.expected);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.unexpected + result.total.corrupted + result.total.refused, 0U);
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_P(Honesty, FindsExactlyWhatWentWrongInRooms) {
  server.decide = mixed;
  const Result result = LoadRun::run(server, ScenarioKind::kRooms);
  EXPECT_GT(std::min({server.dropped, server.repeated, server.delayed}), 10U);
  EXPECT_EQ(result.proof.all.lost, server.dropped + server.still_held());
  EXPECT_EQ(result.proof.all.duplicated, server.repeated);
  EXPECT_EQ(result.proof.all.reordered, server.delayed - server.still_held());
  EXPECT_EQ(result.total.corrupted + result.total.unexpected, 0U);
}

TEST_P(Honesty, FindsExactlyWhatWasSpoiled) {
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 11 == 5 ? Fate::kSpoil : Fate::kDeliver;
  };
  const Result result = LoadRun::run(server, ScenarioKind::kRooms);
  EXPECT_GT(server.spoiled, 10U);
  EXPECT_EQ(result.total.corrupted, server.spoiled);
  EXPECT_EQ(result.proof.all.lost, server.spoiled);
  EXPECT_EQ(result.proof.all.duplicated + result.proof.all.reordered, 0U);
}

TEST_P(Honesty, FindsWhatWentWrongWhilePeopleComeAndGo) {
  options.churn = 50;
  server.decide = mixed;
  const Result result = LoadRun::run(server, ScenarioKind::kChurn);
  EXPECT_GT(result.total.returned, 5U);
  EXPECT_GT(result.proof.all.lost + edges(result), server.dropped);
  expect_faults_found(result);
}

TEST_P(Honesty, FindsWhatWentWrongAroundStorms) {
  options.storms = 2;
  options.drain = std::chrono::seconds(2);
  server.decide = mixed;
  const Result result = LoadRun::run(server, ScenarioKind::kStorm);
  EXPECT_GE(result.total.returned, options.clients);
  expect_faults_found(result);
}

// Under 1,000 messages a second a hundred fall into 100 ms in which the server hangs: a tester that
// waits with it would see as many slow answers as it has speakers.
TEST_P(HonestyEverywhere, CountsEveryMessageThatWaitsForAServerThatHangs) {
  server.pauses_at = 100;
  server.pause = milliseconds(100);
  const Result result = run();
  EXPECT_GE(result.latency.max(), 99'000'000U);
  EXPECT_LE(result.latency.max(), 101'000'000U) << "and none that waits for nothing";
  EXPECT_GE(result.latency.quantile(0.85), 20'000'000U);
  EXPECT_TRUE(result.proof.all.faultless()) << "what is late is not lost";
}

TEST_P(HonestyEverywhere, SaysThatItIsItselfTheLimit) {
  options.rate = 1e8;
  clock->take_each_pass(milliseconds(50));
  options.duration = milliseconds(200);
  const Result result = run();
  EXPECT_TRUE(is_tester_late(result));
  EXPECT_TRUE(warns(result, "the tester is too slow for 100,000,000 messages/s"));
  EXPECT_EQ(result.proof.all.lost + result.proof.all.duplicated + result.proof.all.reordered, 0U);
}

}  // namespace
}  // namespace load
