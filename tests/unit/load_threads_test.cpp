// Whole runs on several threads, against servers that misbehave on purpose: what is reported must
// be what one thread would report.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/diagnosis.hpp"
#include "tests/unit/load_fixture.hpp"

namespace load {
namespace {

class ThreadsRun : public LoadRun {
 protected:
  void SetUp() override {
    LoadRun::SetUp();
    options.threads = 3;
    options.clients = 20;
    options.publishers = 4;
    options.window = 4;
  }
  std::unique_ptr<core::Ring> make_ring() override { return std::make_unique<core::UringRing>(); }
  Result run(ScenarioKind kind = ScenarioKind::kBroadcast) { return LoadRun::run(server, kind); }

  static testing::AssertionResult is_clean(const Result& result) {
    const Deliveries& all = result.proof.all;
    if (all.faultless() && result.total.unexpected + result.total.corrupted == 0) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << all.lost << " lost, " << all.duplicated << " duplicated, "
                                       << all.reordered << " reordered, " << result.total.unexpected
                                       << " unexpected, " << result.total.corrupted << " corrupted";
  }

  FaultyChat server;
};

TEST_F(ThreadsRun, ProveDeliveryToMembersOnAllOfThem) {
  const Result result = run();
  EXPECT_GT(result.total.sent, 50U);
  EXPECT_EQ(result.proof.all.expected, result.total.sent * (options.clients - 1));
  EXPECT_EQ(result.proof.all.received, result.proof.all.expected);
  EXPECT_TRUE(is_clean(result));
  EXPECT_EQ(result.total.completed, result.total.sent);
  EXPECT_EQ(result.total.outstanding(), 0U);
  EXPECT_EQ(result.memberships, options.clients);
  EXPECT_EQ(result.stalls, 0U);
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_F(ThreadsRun, ShareTheClients) {
  const Result result = run();
  ASSERT_EQ(result.threads.size(), 3U);
  EXPECT_EQ(result.threads[0].clients, 7U);
  EXPECT_EQ(result.threads[1].clients, 7U);
  EXPECT_EQ(result.threads[2].clients, 6U);
  std::int64_t cpu_ns = 0;
  for (const ThreadFigures& thread : result.threads) cpu_ns += thread.cpu.total_ns;
  EXPECT_GT(cpu_ns, 0);
}

// One of the two connections may be that of the publisher, who hears nothing.
TEST_F(ThreadsRun, FindExactlyTheLinesThatWereDroppedAndNameThePairs) {
  options.publishers = 1;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    return (member == 7 || member == 8) && delivery % 10 == 3 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(server.dropped, 5U);
  EXPECT_EQ(result.proof.all.lost, server.dropped);
  EXPECT_EQ(result.proof.all.duplicated + result.proof.all.reordered, 0U);
  ASSERT_GE(result.proof.worst.size(), 1U);
  std::uint64_t lost = 0;
  for (const FaultyPair& pair : result.proof.worst) {
    EXPECT_EQ(pair.sender, 0U);
    EXPECT_NE(pair.receiver, 0U);
    EXPECT_LT(pair.receiver, options.clients);
    lost += pair.deliveries.lost;
  }
  EXPECT_EQ(lost, server.dropped);
}

TEST_F(ThreadsRun, TellFaultsOfDifferentKindsApart) {
  options.window = 16;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    switch ((delivery * 7 + member) % 23) {
      case 1:
        return Fate::kDrop;
      case 5:
        return Fate::kRepeat;
      case 9:
        return Fate::kSpoil;
      default:
        return Fate::kDeliver;
    }
  };
  const Result result = run();
  EXPECT_GT(server.dropped, 10U);
  EXPECT_EQ(result.proof.all.lost, server.dropped + server.spoiled);
  EXPECT_EQ(result.proof.all.duplicated, server.repeated);
  EXPECT_EQ(result.total.corrupted, server.spoiled);
  EXPECT_EQ(result.proof.all.reordered, 0U);
}

TEST_F(ThreadsRun, FindExactlyTheLinesThatCameLate) {
  options.publishers = 1;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    return delivery % 9 == 4 + member % 2 ? Fate::kDelay : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(server.delayed, 10U);
  EXPECT_EQ(result.proof.all.reordered, server.delayed - server.still_held());
  EXPECT_EQ(result.proof.all.lost, server.still_held());
}

TEST_F(ThreadsRun, BeginAnewTogetherWhenLossHasFilledTheWindow) {
  options.publishers = 2;
  options.window = 1;
  options.duration = milliseconds(1300);
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery == 20 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GE(result.stalls, 1U);
  EXPECT_EQ(result.proof.all.lost, server.dropped);
  EXPECT_GT(result.total.sent, 30U);
}

TEST_F(ThreadsRun, GoOnWithoutAThreadWhoseMembersWereAllThrownOut) {
  options.clients = 3;
  options.publishers = 1;
  server.throws_out_at = 60;
  options.duration = milliseconds(400);
  const Result result = run();
  EXPECT_EQ(result.closed, 1U);
  EXPECT_FALSE(result.collapsed);
  EXPECT_GT(result.total.sent, 200U) << "nobody waits for the one who is gone";
  EXPECT_EQ(result.stalls, 0U);
}

TEST_F(ThreadsRun, MeanNothingWhenNobodyIsLeftToReceive) {
  options.threads = 2;
  options.clients = 2;
  options.publishers = 1;
  server.throws_out_at = 60;
  EXPECT_TRUE(run().collapsed);
}

TEST_F(ThreadsRun, KeepOneScheduleInAnOpenLoop) {
  options.rate = 2000;
  const auto begin = std::chrono::steady_clock::now();
  const Result result = run();
  const std::chrono::duration<double> most = std::chrono::steady_clock::now() - begin;
  const double seconds = std::chrono::duration<double>(options.warmup).count() + result.seconds;
  EXPECT_GE(static_cast<double>(result.total.sent), 2000 * seconds - 60);
  EXPECT_LE(static_cast<double>(result.total.sent), 2000 * most.count());
  EXPECT_TRUE(is_clean(result));
  EXPECT_EQ(result.blocked + result.overdue, 0U);
  EXPECT_FALSE(result.lateness.empty());
}

TEST_F(ThreadsRun, MeasureSpreadFromTheFirstOfAllToTheLastOfAll) {
  const Result result = run();
  EXPECT_GT(result.spread.count(), 0U);
  EXPECT_LE(result.spread.max(), result.latency.max());
  EXPECT_EQ(result.latency.count(), result.spread.count() * (options.clients - 1));
}

TEST_F(ThreadsRun, TakeSamplesOfAllTogether) {
  options.duration = milliseconds(400);
  const Result result = run();
  EXPECT_GE(result.samples.size(), 5U);
  std::uint64_t received = 0;
  for (const Sample& sample : result.samples) received += sample.received;
  EXPECT_LE(received, result.total.received);
  EXPECT_GE(received, result.window.received / 2);
}

TEST_F(ThreadsRun, ProveDeliveryInRoomsThatSpanThem) {
  options.rooms = 4;
  options.overlap = 3;
  options.rate = 1000;
  const Result result = run(ScenarioKind::kRooms);
  EXPECT_EQ(result.memberships, 60U);
  EXPECT_EQ(result.rooms, 4U);
  EXPECT_TRUE(is_clean(result));
  EXPECT_EQ(result.total.completed, result.total.sent);
}

TEST_F(ThreadsRun, WaitForRecipientsInRoomsOfTwoOnDifferentThreads) {
  options.rooms = 10;
  options.zipf = 0;
  options.publishers = 20;
  const Result result = run(ScenarioKind::kRooms);
  EXPECT_GT(result.total.sent, 100U);
  EXPECT_EQ(result.total.completed, result.total.sent);
  EXPECT_EQ(result.stalls, 0U);
  EXPECT_TRUE(is_clean(result));
}

TEST_F(ThreadsRun, HoldTheIdleBesidesThoseWhoTalk) {
  options.rate = 1000;
  const Result result = run(ScenarioKind::kIdle);
  EXPECT_EQ(result.total.connected, 20U);
  EXPECT_EQ(result.memberships, 4U);
  EXPECT_EQ(result.proof.all.expected, result.total.sent * 3);
  EXPECT_TRUE(is_clean(result));
}

TEST_F(ThreadsRun, KeepStalledReadersOutOfTheProofOfTheOthers) {
  options.publishers = 1;
  options.stalled = 4;
  options.rate = 1000;
  const Result result = run(ScenarioKind::kSlow);
  EXPECT_EQ(result.proof.all.expected, result.total.sent * 15);
  EXPECT_TRUE(is_clean(result));
  ASSERT_TRUE(result.stalled.has_value());
  EXPECT_EQ(result.stalled->readers, 4U);
  EXPECT_EQ(result.stalled->deliveries.expected, result.total.sent * 4);
  EXPECT_EQ(result.stalled->deliveries.lost, 0U) << "they read again, and got it";
}

TEST_F(ThreadsRun, ProveDeliveryToPeopleWhoComeAndGo) {
  options.rooms = 4;
  options.overlap = 2;
  options.rate = 1000;
  options.churn = 500;
  options.duration = milliseconds(400);
  const Result result = run(ScenarioKind::kChurn);
  EXPECT_GT(result.total.returned, 20U);
  EXPECT_EQ(result.returning.count(), result.total.returned);
  EXPECT_TRUE(is_clean(result));
  EXPECT_EQ(result.closed, 0U);
  EXPECT_EQ(result.away, 0U);
}

TEST_F(ThreadsRun, TellOfAStormAsOne) {
  options.rate = 1000;
  options.duration = milliseconds(400);
  server.turns_away = [](std::size_t connection) { return connection >= 20 && connection < 24; };
  const Result result = run(ScenarioKind::kStorm);
  ASSERT_EQ(result.storms.size(), 1U);
  EXPECT_EQ(result.storms[0].dropped, 20U);
  EXPECT_EQ(result.storms[0].returned, 20U);
  EXPECT_GE(result.storms[0].back_ns, 100'000'000) << "the last of all threads";
  EXPECT_EQ(result.storms[0].at_ns, 200'000'000);
  EXPECT_EQ(result.connect_failures, (Causes{{"closed by the server", 4}}));
  EXPECT_TRUE(is_clean(result));
  EXPECT_GT(result.proof.all.excused, 0U);
  EXPECT_EQ(result.proof.all.expected + result.proof.all.excused,
            result.total.sent * (options.clients - 1));
}

TEST_F(ThreadsRun, FindWhatIsLostWhilePeopleComeAndGo) {
  options.rate = 1000;
  options.churn = 200;
  options.duration = milliseconds(400);
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    // Those who are there from the beginning; where one goes at once, it is not sent anything.
    return member < 4 && delivery == 0 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run(ScenarioKind::kChurn);
  EXPECT_GT(server.dropped, 0U);
  EXPECT_EQ(result.proof.all.lost, server.dropped);
  EXPECT_EQ(result.proof.all.duplicated, 0U);
}

TEST_F(ThreadsRun, AreAllBackAfterStorms) {
  options.rate = 500;
  options.storms = 2;
  options.duration = milliseconds(600);
  options.drain = std::chrono::seconds(5);
  const Result result = run(ScenarioKind::kStorm);
  std::size_t dropped = 0;  // the second storm finds those who are back
  for (const Result::Storm& storm : result.storms) dropped += storm.dropped;
  ASSERT_EQ(result.storms.size(), 2U);
  EXPECT_EQ(result.storms[0].dropped, options.clients);
  EXPECT_EQ(result.total.returned, dropped);
  EXPECT_EQ(result.away, 0U);
  EXPECT_TRUE(is_clean(result));
  EXPECT_FALSE(result.collapsed);
}

TEST_F(ThreadsRun, SayTogetherThatTheServerRefusesTheRoom) {
  server.confirmation = "-- error: #load is full\r\n";
  try {
    run();
    FAIL() << "it ran";
  } catch (const CannotRun& refused) {
    const std::string sentence = refused.what();
    EXPECT_TRUE(sentence.starts_with("0 of 20 members were confirmed")) << sentence;
    EXPECT_NE(sentence.find("#load is full"), std::string::npos) << sentence;
  }
}

TEST_F(ThreadsRun, SayTogetherThatNobodyListens) {
  options.address = *core::Address::parse("127.0.0.1:1");
  try {
    run();
    FAIL() << "it ran";
  } catch (const CannotRun& refused) {
    EXPECT_STREQ(refused.what(), "0 of 20 connections to 127.0.0.1:1 were established: 20 refused");
  }
}

TEST_F(ThreadsRun, EndEarlyWhenInterrupted) {
  options.warmup = milliseconds(0);
  options.duration = std::chrono::seconds(60);
  server.decide = [this](std::size_t, std::uint64_t delivery) {
    if (delivery == 200) interruption.requested = true;
    return Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_EQ(result.interrupted_while, "measuring");
  EXPECT_LT(result.seconds, 30);
  EXPECT_TRUE(is_clean(result));
}

class PlainEcho final : public TestServer {
  core::Task<void> serve(core::Stream stream, std::size_t) override {
    for (;;) {
      const core::Received received = co_await stream.receive();
      if (received.empty()) co_return;
      const std::string bytes(received.bytes());
      co_await stream.write(bytes);
    }
  }
};

TEST_F(ThreadsRun, GetBackEverythingFromAnEchoServer) {
  PlainEcho echo;
  for (const char* const source : {"127.0.0.1:0", "127.0.0.2:0"}) {
    options.sources.push_back(*core::Address::parse(source));
  }
  const Result result = LoadRun::run(echo, ScenarioKind::kEcho);
  EXPECT_GT(result.total.sent, 100U);
  EXPECT_EQ(result.proof.all.received, result.total.sent);
  EXPECT_TRUE(is_clean(result));
  EXPECT_EQ(echo.peers,
            (std::map<std::string, std::uint64_t>{{"127.0.0.1:0", 10}, {"127.0.0.2:0", 10}}));
}

}  // namespace
}  // namespace load
