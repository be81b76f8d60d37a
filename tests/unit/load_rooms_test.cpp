// Runs in many rooms, with readers that stall, with people who come and go: the proof accounts for
// all of it.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
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
  EXPECT_EQ(result.stalled->unannounced(), 10U);
  EXPECT_TRUE(result.proof.all.faultless());
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
  EXPECT_EQ(result.total.connected, result.total.returned + options.clients);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.unexpected, 0U);
  EXPECT_EQ(exit_status(options, result), kRan);
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
