// Runs in many rooms, with readers that stall, with people who come and go: the proof accounts for
// all of it.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
#include "client/load/metrics.hpp"
#include "client/load/topology.hpp"
#include "tests/unit/load_fixture.hpp"

namespace load {
namespace {

class RoomsRun : public LoadRun {
 protected:
  void SetUp() override {
    LoadRun::SetUp();
    options.clients = 20;
    options.publishers = 5;
    options.rooms = 4;
    options.rate = 1000;
  }
  Result run(ScenarioKind kind = ScenarioKind::kRooms) { return LoadRun::run(server, kind); }

  FaultyChat server;
};

TEST_F(RoomsRun, ProvesDeliveryWithinEachRoom) {
  const Result result = run();
  EXPECT_GT(result.total.sent, 100U);
  EXPECT_GT(result.proof.all.expected, result.total.sent);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.unexpected + result.total.corrupted, 0U);
  EXPECT_EQ(result.total.completed, result.total.sent);
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_F(RoomsRun, ProvesDeliveryToWhoIsInSeveralRooms) {
  options.overlap = 3;
  const Result result = run();
  EXPECT_EQ(result.memberships, 60U);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.unexpected, 0U);
  EXPECT_EQ(result.total.completed, result.total.sent);
}

TEST_F(RoomsRun, FindsWhatWasLostAndInWhichRoom) {
  options.overlap = 2;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    return member == 7 && delivery == 5 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_EQ(server.dropped, 1U);
  EXPECT_EQ(result.proof.all.lost, 1U);
  ASSERT_EQ(result.proof.worst.size(), 1U);
  EXPECT_TRUE(result.proof.worst[0].room.starts_with("#load-"));
}

TEST_F(RoomsRun, ProvesDeliveryOfMessagesOfAllSizes) {
  options.sizes = MessageSizes::parse("64-2000", 32, 4096);
  options.size = options.sizes->most();
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 50 == 7 ? Fate::kSpoil : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(result.window.bytes_out, result.window.sent * 500);
  EXPECT_GT(server.spoiled, 5U);
  EXPECT_EQ(result.total.corrupted, server.spoiled);
  EXPECT_EQ(result.proof.all.lost, server.spoiled);
  EXPECT_EQ(result.proof.all.duplicated + result.proof.all.reordered, 0U);
}

TEST_F(RoomsRun, WorksInClosedLoopToo) {
  options.rate.reset();
  options.window = 4;
  const Result result = run();
  EXPECT_GT(result.total.sent, 100U);
  EXPECT_EQ(result.total.completed, result.total.sent);
  EXPECT_TRUE(result.proof.all.faultless());
}

TEST_F(RoomsRun, HoldsTheIdleBesidesThoseWhoTalk) {
  options.rooms = 1;
  const Result result = run(ScenarioKind::kIdle);
  EXPECT_EQ(result.total.connected, 20U);
  EXPECT_EQ(result.memberships, 5U);
  EXPECT_EQ(result.proof.all.expected, result.total.sent * 4);
  EXPECT_TRUE(result.proof.all.faultless());
}

TEST_F(RoomsRun, KeepsStalledReadersOutOfTheProofOfTheOthers) {
  options.rooms = 1;
  options.publishers = 1;
  options.stalled = 3;
  const Result result = run(ScenarioKind::kSlow);
  EXPECT_EQ(result.proof.all.expected, result.total.sent * 16);
  EXPECT_TRUE(result.proof.all.faultless());
  ASSERT_TRUE(result.stalled.has_value());
  EXPECT_EQ(result.stalled->readers, 3U);
  EXPECT_EQ(result.stalled->deliveries.expected, result.total.sent * 3);
  EXPECT_EQ(result.stalled->deliveries.lost, 0U) << "they read again, and got it";
  EXPECT_EQ(result.latency.count() % 16, 0U) << "latency is that of the others";
}

TEST_F(RoomsRun, SaysWhatStalledReadersMissAndWereNotToldOf) {
  options.rooms = 1;
  options.publishers = 1;
  options.stalled = 2;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    return member >= 18 && delivery >= 10 && delivery < 15 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run(ScenarioKind::kSlow);
  EXPECT_EQ(server.dropped, 10U);
  EXPECT_EQ(result.stalled->deliveries.lost, 10U);
  EXPECT_EQ(result.stalled->unannounced, 10U);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_FALSE(warnings(options, result).empty());
}

TEST_F(RoomsRun, TakesWhatOneStalledReaderIsToldOfForNobodyElsesLoss) {
  options.rooms = 1;
  options.publishers = 1;
  options.stalled = 2;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    if (member == 18 && delivery >= 10 && delivery < 15) return Fate::kDrop;
    return member == 19 && delivery == 10 ? Fate::kClaimGap : Fate::kDeliver;
  };
  const Result result = run(ScenarioKind::kSlow);
  EXPECT_EQ(server.dropped, 5U);
  EXPECT_EQ(result.stalled->deliveries.lost, 5U);
  EXPECT_EQ(result.stalled->announced, FaultyChat::kClaimed);
  EXPECT_EQ(result.stalled->unannounced, 5U);
  EXPECT_FALSE(warnings(options, result).empty());
}

class ChurnRun : public RoomsRun {
 protected:
  void SetUp() override {
    RoomsRun::SetUp();
    options.churn = 500;
    options.duration = milliseconds(400);
  }
};

TEST_F(ChurnRun, ProvesDeliveryToPeopleWhoComeAndGo) {
  options.overlap = 2;
  const Result result = run(ScenarioKind::kChurn);
  EXPECT_GT(result.total.returned, 20U);
  EXPECT_EQ(result.returning.count(), result.total.returned);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.unexpected + result.total.corrupted, 0U);
  EXPECT_EQ(result.closed, 0U);
}

// What is dropped at the very beginning or end of a stay may have been sent while its receiver was
// on the way in or out, and is not missed then.
TEST_F(ChurnRun, FindsTheLinesThatWereDropped) {
  options.rooms = 1;
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 10 == 3 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run(ScenarioKind::kChurn);
  EXPECT_GT(server.dropped, 20U);
  EXPECT_GT(result.total.returned, 20U);
  EXPECT_LE(result.proof.all.lost, server.dropped);
  EXPECT_GE(result.proof.all.lost + 2 * result.total.returned, server.dropped);
  EXPECT_GT(result.proof.all.lost, server.dropped / 2);
  EXPECT_EQ(result.proof.all.duplicated + result.proof.all.reordered, 0U);
}

TEST_F(ChurnRun, FindsExactlyTheLinesThatCameTwice) {
  options.rooms = 1;
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 7 == 2 ? Fate::kRepeat : Fate::kDeliver;
  };
  const Result result = run(ScenarioKind::kChurn);
  EXPECT_GT(server.repeated, 20U);
  EXPECT_EQ(result.proof.all.duplicated, server.repeated);
  EXPECT_EQ(result.proof.all.lost + result.proof.all.reordered, 0U);
}

TEST_F(RoomsRun, SurvivesStormInWhichEveryoneIsDropped) {
  options.storms = 3;
  options.duration = milliseconds(600);
  options.drain = std::chrono::seconds(5);
  const Result result = run(ScenarioKind::kStorm);
  EXPECT_FALSE(result.collapsed);
  EXPECT_EQ(result.away, 0U);
  EXPECT_GE(result.total.returned, options.clients);
  EXPECT_GT(result.absent, 0U) << "the schedule goes on while nobody is there";
  const double seconds = std::chrono::duration<double>(options.warmup).count() + result.seconds;
  const std::uint64_t due = result.total.sent + result.absent + result.blocked + result.overdue;
  EXPECT_NEAR(static_cast<double>(due), *options.rate * seconds, 30);
  EXPECT_EQ(result.total.connected, result.total.returned + options.clients);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.unexpected, 0U);
  EXPECT_EQ(exit_status(options, result), kRan);
}

// In one room: whether each message is accounted for with every other member, as one that was
// expected or as one that was excused.
void expect_all_accounted_for(const Options& options, const Result& result) {
  EXPECT_EQ(result.proof.all.expected + result.proof.all.excused,
            result.total.sent * (options.clients - 1));
}

class StormRun : public RoomsRun {
 protected:
  void SetUp() override {
    RoomsRun::SetUp();
    options.rooms = 1;
    options.duration = milliseconds(600);
  }
  Result run() { return RoomsRun::run(ScenarioKind::kStorm); }

  std::optional<double> metric(const Result& result, std::string_view name) const {
    return find_metric(name)->value(result);
  }
  bool warns(const Result& result, std::string_view part) const {
    const std::vector<std::string> sentences = warnings(options, result);
    return std::any_of(sentences.begin(), sentences.end(), [part](const std::string& sentence) {
      return sentence.find(part) != std::string::npos;
    });
  }
};

// The first five of twenty speak, and come back first.
TEST_F(StormRun, CountsWhatIsSaidWhilePeopleAreAway) {
  options.storms = 2;
  server.turns_away = [](std::size_t connection) { return connection >= 35 && connection < 40; };
  const Result result = run();
  EXPECT_EQ(server.turned_away, 5U);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_GT(result.proof.all.excused, 100U) << "five who only listen are away for 100 ms";
  expect_all_accounted_for(options, result);
}

TEST_F(StormRun, TellsHowLongItTookUntilAllWereBack) {
  options.storms = 2;
  const Result result = run();
  ASSERT_EQ(result.storms.size(), 2U);
  std::int64_t longest_ns = 0;
  for (const Result::Storm& storm : result.storms) {
    EXPECT_EQ(storm.dropped + storm.spared, options.clients);
    EXPECT_TRUE(storm.is_over());
    EXPECT_GT(storm.back_ns, 0);
    longest_ns = std::max(longest_ns, storm.back_ns);
  }
  EXPECT_EQ(metric(result, "storm_recovery"), static_cast<double>(longest_ns));
  EXPECT_GE(metric(result, "storm_recovery"), metric(result, "return_max"));
  EXPECT_EQ(metric(result, "storms_unrecovered"), 0);
  EXPECT_FALSE(warns(result, "storm"));
}

TEST_F(StormRun, TriesAgainAndCountsByCauseWhereItIsTurnedAway) {
  server.turns_away = [](std::size_t connection) { return connection >= 20 && connection < 30; };
  const Result result = run();
  EXPECT_EQ(server.turned_away, 10U);
  EXPECT_EQ(result.connect_failures, (Causes{{"closed by the server", 10}}));
  EXPECT_EQ(result.first_refusal, "-- error: there is no room");
  EXPECT_EQ(result.closed, 0U) << "who was not in is not thrown out";
  EXPECT_EQ(result.away, 0U);
  EXPECT_EQ(result.total.returned, options.clients);
  EXPECT_TRUE(result.storms[0].is_over());
  EXPECT_GE(result.storms[0].back_ns, 100'000'000) << "after another attempt";
  EXPECT_TRUE(result.proof.all.faultless());
  expect_all_accounted_for(options, result);
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_F(StormRun, SaysWhoIsNotBackWhenTheRunEnds) {
  server.turns_away = [&](std::size_t) { return server.accepted() > 20 && server.present() >= 17; };
  const Result result = run();
  EXPECT_EQ(result.away, 3U);
  EXPECT_EQ(result.storms[0].dropped, 20U);
  EXPECT_EQ(result.storms[0].returned, 17U);
  EXPECT_EQ(result.connect_failures.at("closed by the server"), server.turned_away);
  EXPECT_EQ(metric(result, "storms_unrecovered"), 1);
  EXPECT_FALSE(metric(result, "storm_recovery")) << "nobody knows";
  EXPECT_TRUE(metric(result, "return_p50"));
  EXPECT_FALSE(metric(result, "return_p99")) << "it is one of those who are not back";
  EXPECT_TRUE(warns(result, "3 clients were not back in their rooms when the run ended"));
  EXPECT_TRUE(warns(result, "after 1 of 1 storms not all were back"));
  EXPECT_TRUE(result.proof.all.faultless());
  expect_all_accounted_for(options, result);
  options.assertions = {Assertion::parse("storm_recovery<1h")};
  EXPECT_EQ(exit_status(options, result), kAssertionFailed);
}

TEST_F(StormRun, MeansNothingWhereNobodyComesBack) {
  server.turns_away = [](std::size_t connection) { return connection >= 20; };
  const Result result = run();
  EXPECT_EQ(result.away, 20U);
  EXPECT_TRUE(result.collapsed);
  EXPECT_EQ(exit_status(options, result), kCouldNotRun);
}

// The first storm comes after 200 ms, the second 200 ms later; meanwhile there is no room for five.
TEST_F(StormRun, SaysThatNotAllWereBackWhenTheNextOneCame) {
  options.storms = 2;
  options.drain = std::chrono::seconds(5);
  std::optional<core::Time> first;
  server.turns_away = [&](std::size_t connection) {
    if (connection < 20) return false;
    const core::Time now = core::current_loop().now();
    if (!first) first = now;
    return server.present() >= 15 && now - *first < milliseconds(300);
  };
  const Result result = run();
  ASSERT_EQ(result.storms.size(), 2U);
  EXPECT_EQ(result.storms[0].dropped, 20U);
  EXPECT_EQ(result.storms[0].returned, 15U);
  EXPECT_EQ(result.storms[1].dropped, 15U);
  EXPECT_EQ(result.storms[1].spared, 5U);
  EXPECT_EQ(result.storms[1].returned, 15U);
  EXPECT_EQ(result.total.returned, 35U);
  EXPECT_EQ(result.away, 0U);
  EXPECT_EQ(metric(result, "storms_unrecovered"), 1);
  EXPECT_TRUE(warns(result, "after 1 of 2 storms not all were back"));
  EXPECT_TRUE(warns(result, "up to 5 clients were not there to be dropped when a storm came"));
  EXPECT_TRUE(result.proof.all.faultless());
  expect_all_accounted_for(options, result);
}

TEST_F(StormRun, SaysThatNotAllStormsCame) {
  options.storms = 2;
  options.duration = std::chrono::seconds(60);
  server.decide = [&](std::size_t, std::uint64_t delivery) {
    if (delivery == 50) interruption.requested = true;
    return Fate::kDeliver;
  };
  EXPECT_TRUE(warns(run(), "0 of 2 storms came"));
}

TEST_F(RoomsRun, FindsWhatIsLostBeforeStorm) {
  options.rooms = 1;
  options.duration = milliseconds(600);
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery == 20 || delivery == 21 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run(ScenarioKind::kStorm);
  EXPECT_GT(server.dropped, 0U);
  EXPECT_LE(result.proof.all.lost, server.dropped);
  EXPECT_GT(result.proof.all.lost, 0U);
}

}  // namespace
}  // namespace load
