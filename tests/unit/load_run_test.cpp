// Whole runs against servers that misbehave on purpose and write down how: what the tester reports
// must be exactly that.
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/load/diagnosis.hpp"
#include "client/load/payload.hpp"
#include "tests/unit/load_fixture.hpp"

namespace load {
namespace {

// Echoes what it reads, after `change` had its way with it.
class FaultyEcho final : public TestServer {
 public:
  std::function<void(std::string& bytes)> change = [](std::string&) {};
  core::Duration pause{0};  // before the answer to read number `pauses_at`
  std::uint64_t pauses_at = 0;

 private:
  core::Task<void> serve(core::Stream stream, std::size_t) override {
    for (;;) {
      const core::Received received = co_await stream.receive();
      if (received.empty()) co_return;
      std::string bytes(received.bytes());
      if (++reads_ == pauses_at) co_await core::sleep(pause);
      change(bytes);
      if (!bytes.empty()) co_await stream.write(bytes);
    }
  }

  std::uint64_t reads_ = 0;
};

class BroadcastRun : public LoadRun {
 protected:
  Result run() { return LoadRun::run(server, ScenarioKind::kBroadcast); }

  FaultyChat server;
};

class EchoRun : public LoadRun {
 protected:
  Result run() { return LoadRun::run(server, ScenarioKind::kEcho); }

  FaultyEcho server;
};

class EchoInRealTime : public EchoRun {
 protected:
  std::unique_ptr<core::Ring> make_ring() override { return std::make_unique<core::UringRing>(); }
};

TEST_F(BroadcastRun, ProvesDeliveryToEveryOtherMember) {
  options.publishers = 3;
  options.window = 4;
  const Result result = run();
  EXPECT_GT(result.total.sent, 100U);
  EXPECT_EQ(result.proof.all.expected, result.total.sent * (options.clients - 1));
  EXPECT_EQ(result.proof.all.received, result.proof.all.expected);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.completed, result.total.sent);
  EXPECT_EQ(result.total.corrupted + result.total.unexpected, 0U);
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_F(BroadcastRun, FindsExactlyTheLinesThatWereDropped) {
  options.window = 8;
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 10 == 3 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(server.dropped, 10U);
  EXPECT_EQ(result.proof.all.lost, server.dropped);
  EXPECT_EQ(result.proof.all.duplicated + result.proof.all.reordered, 0U);
  EXPECT_EQ(result.proof.faulty_pairs, options.clients - 1);
}

TEST_F(BroadcastRun, FindsExactlyTheLinesThatCameTwice) {
  options.window = 8;
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 7 == 0 ? Fate::kRepeat : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(server.repeated, 10U);
  EXPECT_EQ(result.proof.all.duplicated, server.repeated);
  EXPECT_EQ(result.proof.all.lost + result.proof.all.reordered, 0U);
}

TEST_F(BroadcastRun, FindsExactlyTheLinesThatCameLate) {
  options.window = 8;
  server.decide = [](std::size_t member, std::uint64_t delivery) {
    return delivery % 9 == 4 + member % 2 ? Fate::kDelay : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(server.delayed, 10U);
  EXPECT_EQ(result.proof.all.reordered, server.delayed - server.still_held());
  EXPECT_EQ(result.proof.all.lost, server.still_held());
  EXPECT_EQ(result.proof.all.duplicated, 0U);
}

TEST_F(BroadcastRun, FindsExactlyTheLinesThatWereChanged) {
  options.window = 8;
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery % 11 == 5 ? Fate::kSpoil : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_GT(server.spoiled, 10U);
  EXPECT_EQ(result.total.corrupted, server.spoiled);
  EXPECT_EQ(result.proof.all.lost, server.spoiled);
}

TEST_F(BroadcastRun, TellsFaultsOfDifferentKindsApart) {
  options.window = 16;
  options.publishers = 2;
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

TEST_F(BroadcastRun, BeginsAnewWhenLossHasFilledTheWindow) {
  options.duration = milliseconds(1300);
  server.decide = [](std::size_t, std::uint64_t delivery) {
    return delivery == 20 ? Fate::kDrop : Fate::kDeliver;
  };
  const Result result = run();
  EXPECT_EQ(result.stalls, 1U);
  EXPECT_EQ(result.proof.all.lost, options.clients - 1);
  EXPECT_GT(result.total.sent, 30U);
}

TEST_F(BroadcastRun, IgnoresMessagesOfAnEarlierRun) {
  std::string text = blank_text(options.size);
  write_stamp(text.data(), {0, 0, 12345});
  server.replay = "11:59 #load <guest> " + text + "\r\n";
  const Result result = run();
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.corrupted + result.total.unexpected, 0U);
}

TEST_F(BroadcastRun, CountsALineThatIsTooLongOnceWhateverItHolds) {
  for (int i = 0; i < 30'000; ++i) server.replay += "-- error: ";
  server.replay += "\r\n";
  const Result result = run();
  EXPECT_EQ(result.total.corrupted, options.clients);
  EXPECT_EQ(result.total.refused, 0U);
  EXPECT_TRUE(result.proof.all.faultless());
}

TEST_F(BroadcastRun, CountsTheGapsThatAreAnnounced) {
  server.replay = "-- 132 messages missed\r\n";
  EXPECT_EQ(run().total.missed_announced, 132 * options.clients);
}

TEST_F(BroadcastRun, GoesOnWithoutMemberThatIsThrownOut) {
  options.window = 4;
  server.throws_out_at = 60;
  const Result result = run();
  EXPECT_EQ(result.closed, 1U);
  EXPECT_FALSE(result.collapsed);
  EXPECT_LE(result.proof.all.lost, options.window) << "what was under way to it";
  EXPECT_LT(result.proof.all.expected, result.total.sent * (options.clients - 1));
  EXPECT_GT(result.total.sent, 70U);
  EXPECT_EQ(exit_status(options, result), kRan);
}

TEST_F(BroadcastRun, MeansNothingWhenNobodyIsLeftToReceive) {
  options.clients = 2;
  server.throws_out_at = 60;
  const Result result = run();
  EXPECT_TRUE(result.collapsed);
  EXPECT_EQ(exit_status(options, result), kCouldNotRun);
}

TEST_F(BroadcastRun, CannotRunWhereTheServerRefusesTheRoom) {
  server.confirmation = "-- error: #load is full\r\n";
  try {
    run();
    FAIL() << "it ran";
  } catch (const CannotRun& refused) {
    EXPECT_NE(std::string(refused.what()).find("0 of 5 members were confirmed"), std::string::npos);
    EXPECT_NE(std::string(refused.what()).find("#load is full"), std::string::npos);
  }
}

TEST_F(BroadcastRun, MeasuresSpreadOfEveryWholeMessage) {
  const Result result = run();
  EXPECT_GT(result.spread.count(), 0U);
  EXPECT_LE(result.spread.max(), result.latency.max());
  EXPECT_EQ(result.latency.count(), result.spread.count() * (options.clients - 1));
}

// One message at a time of each sender, to one receiver: the latencies add up to the whole time, or
// something waited uncounted. What is under way at either end of the window is half outside.
void expect_no_time_between(const Result& result, std::size_t senders) {
  const double total_ns = result.latency.mean() * static_cast<double>(result.latency.count());
  const double window_ns = result.seconds * 1e9 * static_cast<double>(senders);
  const double ends_ns = static_cast<double>(result.latency.max() * senders);
  EXPECT_GT(total_ns + ends_ns, 0.99 * window_ns);
  EXPECT_LT(total_ns - ends_ns, 1.01 * window_ns);
}

TEST_F(BroadcastRun, LeavesNoTimeBetweenTwoMessagesOfAClosedLoop) {
  options.clients = 2;
  options.duration = milliseconds(400);
  expect_no_time_between(run(), 1);
}

TEST_F(BroadcastRun, TakesSamplesThatAddUpToTheWindow) {
  options.duration = milliseconds(400);
  const Result result = run();
  EXPECT_GE(result.samples.size(), 5U);
  std::uint64_t received = 0;
  double seconds = 0;
  for (const Sample& sample : result.samples) {
    received += sample.received;
    seconds += sample.seconds;
    EXPECT_NEAR(sample.at, seconds, 1e-6);
    EXPECT_LE(sample.p50_ns, sample.p99_ns);
  }
  EXPECT_LE(seconds, result.seconds + 0.1);
  EXPECT_LE(received, result.total.received);
  EXPECT_GT(received, 0U);
}

TEST_F(BroadcastRun, SendsByTheScheduleInAnOpenLoop) {
  options.rate = 2000;
  options.publishers = 3;
  const Result result = run();
  const double seconds = std::chrono::duration<double>(options.warmup).count() + result.seconds;
  EXPECT_NEAR(static_cast<double>(result.total.sent), 2000 * seconds, 60);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.blocked + result.overdue, 0U);
}

TEST_F(EchoRun, GetsBackEverythingInClosedLoop) {
  options.window = 3;
  const Result result = run();
  EXPECT_GT(result.total.sent, 100U);
  EXPECT_EQ(result.proof.all.received, result.total.sent);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(result.total.corrupted, 0U);
}

TEST_F(EchoRun, LeavesNoTimeBetweenTwoMessagesOfAClosedLoop) {
  options.clients = 20;
  options.duration = milliseconds(400);
  expect_no_time_between(run(), options.clients);
}

TEST_F(EchoRun, ConnectsFromEverySourceInTurn) {
  for (const char* const source : {"127.0.0.1:0", "127.0.0.2:0", "127.8.9.10:0"}) {
    options.sources.push_back(*core::Address::parse(source));
  }
  const Result result = run();
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(server.peers, (std::map<std::string, std::uint64_t>{
                              {"127.0.0.1:0", 2}, {"127.0.0.2:0", 2}, {"127.8.9.10:0", 1}}));
}

TEST_F(EchoRun, CannotRunFromAddressThatIsNotItsOwn) {
  options.sources.push_back(*core::Address::parse("192.0.2.1:0"));
  EXPECT_THROW(run(), CannotRun);
}

TEST_F(EchoRun, GetsBackMessagesLargerThanReceiveBuffer) {
  options.size = 20'000;
  const Result result = run();
  EXPECT_GT(result.total.sent, 20U);
  EXPECT_EQ(result.proof.all.received, result.total.sent);
  EXPECT_EQ(result.total.corrupted, 0U);
}

TEST_F(EchoRun, FindsMessagesThatComeBackChanged) {
  options.clients = 1;
  options.window = 4;
  std::uint64_t spoiled = 0;
  server.change = [&, at = std::uint64_t{0}](std::string& bytes) mutable {
    for (char& byte : bytes) {
      const std::uint64_t message = at / options.size;
      const std::uint64_t offset = at++ % options.size;
      if (message % 50 != 49 || offset != message % options.size) continue;
      byte ^= 1;
      ++spoiled;
    }
  };
  const Result result = run();
  EXPECT_GT(spoiled, 3U);
  EXPECT_EQ(result.proof.all.lost, spoiled);
  EXPECT_EQ(result.total.corrupted, spoiled);
  EXPECT_EQ(result.proof.all.duplicated + result.proof.all.reordered, 0U);
}

TEST_F(EchoRun, FindsMessagesThatDoNotComeBack) {
  options.clients = 1;
  options.window = 4;
  std::uint64_t dropped = 0;
  server.change = [&, messages = std::uint64_t{0}](std::string& bytes) mutable {
    std::string kept;
    for (std::size_t at = 0; at < bytes.size(); at += 64) {
      const bool drop = ++messages % 50 == 0;
      if (!drop) kept += bytes.substr(at, 64);
      dropped += drop ? 1 : 0;
    }
    bytes = kept;
  };
  const Result result = run();
  EXPECT_GT(dropped, 3U);
  EXPECT_EQ(result.proof.all.lost, dropped);
  EXPECT_EQ(result.total.corrupted, 0U);
}

// A server that hangs for 100 ms under 1000 messages a second delays about a hundred of them, by
// 50 ms on average; a tester that waits with it would see one slow answer.
TEST_F(EchoRun, CountsLatencyFromTheIntendedTime) {
  options.clients = 1;
  options.rate = 1000;
  options.duration = milliseconds(400);
  server.pauses_at = 100;
  server.pause = milliseconds(100);
  const Result result = run();
  EXPECT_GE(result.latency.max(), 95'000'000U);
  EXPECT_GE(result.latency.quantile(0.85), 20'000'000U);
  EXPECT_NEAR(static_cast<double>(result.latency.count()), 1000 * result.seconds, 5);
}

TEST_F(EchoRun, EndsEarlyWhenInterrupted) {
  options.warmup = milliseconds(0);
  options.duration = std::chrono::seconds(60);
  server.change = [&, reads = 0](std::string&) mutable {
    if (++reads == 200) interruption.requested = true;
  };
  const Result result = run();
  EXPECT_EQ(result.interrupted_while, "measuring");
  EXPECT_LT(result.seconds, 10);
  EXPECT_TRUE(result.proof.all.faultless());
  EXPECT_EQ(exit_status(options, result), kCouldNotRun);
}

TEST_F(EchoRun, MeasuresNothingWhenInterruptedBefore) {
  interruption.requested = true;
  const Result result = run();
  EXPECT_EQ(result.interrupted_while, "connecting");
  EXPECT_EQ(result.seconds, 0);
  EXPECT_FALSE(result.joining);
  EXPECT_EQ(result.total.sent, 0U);
  EXPECT_EQ(warnings(options, result),
            std::vector<std::string>{"interrupted while connecting: nothing was measured"});
  EXPECT_EQ(exit_status(options, result), kCouldNotRun);
}

TEST_F(EchoRun, StopsSendingWhenInterruptedWhileItWarmsUp) {
  options.warmup = std::chrono::seconds(60);
  server.change = [&, reads = 0](std::string&) mutable {
    if (++reads == 200) interruption.requested = true;
  };
  const Result result = run();
  EXPECT_EQ(result.interrupted_while, "warming up");
  EXPECT_EQ(result.seconds, 0);
  EXPECT_TRUE(result.joining);
  EXPECT_EQ(result.proof.all.received, result.total.sent);
  EXPECT_TRUE(result.latency.empty());
  EXPECT_EQ(exit_status(options, result), kCouldNotRun);
}

core::Task<void> interrupt_after(core::Duration time, Interruption& interruption) {
  co_await core::sleep(time);
  interruption.requested = true;
}

// One message never comes back, so that it waits for a minute unless it is told not to.
TEST_F(EchoRun, StopsWaitingForWhatIsUnderWayWhenInterrupted) {
  options.clients = 1;
  options.rate = 100;
  options.drain = std::chrono::seconds(60);
  server.change = [&, reads = 0](std::string& bytes) mutable {
    if (++reads != 5) return;
    bytes.clear();
    core::current_loop()
        .spawn(interrupt_after(std::chrono::seconds(1), interruption), "interrupt")
        .detach();
  };
  const Result result = run();
  EXPECT_EQ(result.interrupted_while, "draining");
  EXPECT_GT(result.proof.all.received, 5U);
  EXPECT_EQ(result.proof.all.lost, 1U);
  EXPECT_FALSE(result.latency.empty());
  EXPECT_EQ(warnings(options, result)[0],
            "interrupted while draining: what had not arrived by then counts as lost");
  EXPECT_EQ(exit_status(options, result), kCouldNotRun);
}

TEST_F(EchoRun, CannotRunWhereNobodyListens) {
  options.address = *core::Address::parse("127.0.0.1:1");
  try {
    run();
    FAIL() << "it ran";
  } catch (const CannotRun& refused) {
    EXPECT_STREQ(refused.what(), "0 of 5 connections to 127.0.0.1:1 were established: 5 refused");
  }
}

TEST_F(EchoInRealTime, TellsTheServersCpuAndMemory) {
  options.server_pid = ::getpid();
  const Result result = run();
  ASSERT_TRUE(result.server.has_value());
  ASSERT_TRUE(result.server->cpu && result.server->idle);
  EXPECT_FALSE(result.server->ended);
  EXPECT_GT(result.server->cpu->total_ns, 0);
  EXPECT_LE(static_cast<double>(result.server->cpu->total_ns), result.seconds * 1.5e9);
  EXPECT_GT(result.server->idle->resident_bytes, 1'000'000U);
  EXPECT_GE(result.server->idle->resident_bytes, result.server->idle->anonymous_bytes);
}

TEST_F(EchoRun, CannotRunWithServerProcessThatIsNotThere) {
  options.server_pid = 1 << 22;  // beyond the kernel's largest
  EXPECT_THROW(run(), CannotRun);
}

TEST_F(EchoRun, SaysThatTheServersProcessEndedWhileItWasMeasured) {
  const pid_t other = ::fork();
  if (other == 0) {
    for (;;) ::pause();
  }
  options.server_pid = other;
  options.warmup = milliseconds(0);
  server.change = [&, reads = 0](std::string&) mutable {
    if (++reads == 5) ::kill(other, SIGKILL);
  };
  const Result result = run();
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  EXPECT_TRUE(result.server->ended);
  EXPECT_FALSE(result.server->cpu) << "not nothing, and not less than nothing: unknown";
  EXPECT_TRUE(result.server->idle) << "it was there then";
  EXPECT_EQ(exit_status(options, result), kRan);
}

}  // namespace
}  // namespace load
