// Whole runs against servers in the same loop that misbehave on purpose and write down how: what
// the tester reports must be exactly that.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "client/load/broadcast_scenario.hpp"
#include "client/load/diagnosis.hpp"
#include "client/load/dialect.hpp"
#include "client/load/echo_scenario.hpp"
#include "client/load/payload.hpp"
#include "client/load/run.hpp"
#include "core/listener.hpp"
#include "core/timeout.hpp"
#include "core/uring_ring.hpp"

namespace load {
namespace {

using std::chrono::milliseconds;

// Accepts until it is cancelled. The listener lives in the task, which the loop ends.
class Server {
 public:
  virtual ~Server() = default;

  core::Task<void> accept(core::Loop& loop) {
    core::Listener listener(loop, *core::Address::parse("127.0.0.1:0"));
    address = listener.address();
    for (;;) {
      core::Stream stream = co_await listener.accept();
      tasks.push_back(loop.spawn(serve(std::move(stream), tasks.size()), "served"));
    }
  }

  std::optional<core::Address> address;

 protected:
  virtual core::Task<void> serve(core::Stream stream, std::size_t index) = 0;

  std::vector<core::TaskHandle<>> tasks;
};

// What becomes of one delivery.
enum class Fate { kDeliver, kDrop, kRepeat, kDelay, kSpoil };

// A chat server of one room. A delayed line is sent after the next one for the same member.
class FaultyChat final : public Server {
 public:
  std::function<Fate(std::size_t member, std::uint64_t delivery)> decide =
      [](std::size_t, std::uint64_t) { return Fate::kDeliver; };
  std::string confirmation = "-- you are in #load\r\n";
  std::string replay;               // said to who joins
  std::uint64_t throws_out_at = 0;  // the line at which the last member is thrown out
  std::uint64_t dropped = 0;
  std::uint64_t repeated = 0;
  std::uint64_t delayed = 0;
  std::uint64_t spoiled = 0;

  std::uint64_t still_held() const {
    std::uint64_t count = 0;
    for (const Member& member : members_) count += member.held.empty() ? 0 : 1;
    return count;
  }

 private:
  struct Member {
    core::Outflow* out = nullptr;
    std::uint64_t deliveries = 0;
    std::string held;
  };

  core::Task<void> serve(core::Stream stream, std::size_t index) override {
    if (members_.size() <= index) members_.resize(index + 1);
    members_[index].out = &stream.outflow();
    stream.outflow().append("welcome\r\n-- you are guest-" + std::to_string(index) + "\r\n");
    for (;;) {
      const std::optional<std::string> line = co_await stream.read_line();
      if (!line) break;
      if (line->starts_with("/join ")) {
        stream.outflow().append(replay + confirmation);
      } else {
        say(*line, index);
      }
    }
    members_[index].out = nullptr;
  }

  void say(const std::string& text, std::size_t from) {
    if (++lines_ == throws_out_at) {
      members_.back().out = nullptr;
      tasks.back().cancel();
    }
    for (std::size_t to = 0; to < members_.size(); ++to) {
      if (to != from && members_[to].out != nullptr) deliver(members_[to], to, text);
    }
  }

  void deliver(Member& member, std::size_t index, const std::string& text) {
    std::string line = "12:00 #load <guest> " + text + "\r\n";
    switch (decide(index, member.deliveries++)) {
      case Fate::kDeliver:
        break;
      case Fate::kDrop:
        ++dropped;
        return;
      case Fate::kRepeat:
        ++repeated;
        member.out->append(line);
        break;
      case Fate::kDelay:
        if (!member.held.empty()) break;
        ++delayed;
        member.held = std::move(line);
        return;
      case Fate::kSpoil:
        ++spoiled;
        line[line.size() - 5] ^= 1;
        break;
    }
    member.out->append(line);
    if (!member.held.empty()) member.out->append(std::exchange(member.held, {}));
  }

  std::vector<Member> members_;
  std::uint64_t lines_ = 0;
};

// Echoes what it reads, after `change` had its way with it.
class FaultyEcho final : public Server {
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

class LoadRun : public testing::Test {
 protected:
  void SetUp() override {
    try {
      ring_ = std::make_unique<core::UringRing>();
    } catch (const core::RingRefused& refused) {
      GTEST_SKIP() << refused.what();
    }
    loop_ = std::make_unique<core::Loop>(*ring_);
    options.clients = 5;
    options.warmup = milliseconds(20);
    options.duration = milliseconds(150);
    options.drain = milliseconds(150);
    options.quiet = true;
  }

  Result run(Server& server, ScenarioKind kind) {
    options.scenario = kind;
    return loop_->run(drive(server));
  }

  Options options;
  Interruption interruption;

 private:
  core::Task<Result> drive(Server& server) {
    if (!options.address.port()) {
      loop_->spawn(server.accept(*loop_), "server").detach();
      while (!server.address) co_await core::sleep(core::Duration::zero());
      options.address = *server.address;
    }
    if (options.scenario == ScenarioKind::kEcho) {
      scenario_ = std::make_unique<EchoScenario>(*loop_, options, *traffic_);
    } else {
      scenario_ = std::make_unique<BroadcastScenario>(
          *loop_, options, make_dialect("chat", options.room), *traffic_);
    }
    progress_.emplace(*loop_, *traffic_, options.clients, true);
    run_.emplace(*loop_, options, *scenario_, *traffic_, *progress_, interruption);
    co_return co_await run_->execute();
  }

  std::unique_ptr<core::UringRing> ring_;
  std::unique_ptr<core::Loop> loop_;
  std::unique_ptr<Traffic> traffic_ = std::make_unique<Traffic>();
  std::unique_ptr<Scenario> scenario_;
  std::optional<Progress> progress_;
  std::optional<load::Run> run_;
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
  interruption.requested = false;
  options.duration = std::chrono::seconds(60);
  server.change = [&, reads = 0](std::string&) mutable {
    if (++reads == 200) interruption.requested = true;
  };
  const Result result = run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_LT(result.seconds, 10);
  EXPECT_TRUE(result.proof.all.faultless());
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

TEST_F(EchoRun, TellsTheServersCpuAndMemory) {
  options.server_pid = ::getpid();
  const Result result = run();
  ASSERT_TRUE(result.server.has_value());
  EXPECT_GT(result.server->cpu.total_ns, 0);
  EXPECT_LE(static_cast<double>(result.server->cpu.total_ns), result.seconds * 1.5e9);
  EXPECT_GT(result.server->idle.resident_bytes, 1'000'000U);
  EXPECT_GE(result.server->idle.resident_bytes, result.server->idle.anonymous_bytes);
}

TEST_F(EchoRun, CannotRunWithServerProcessThatIsNotThere) {
  options.server_pid = 1 << 22;  // beyond the kernel's largest
  EXPECT_THROW(run(), CannotRun);
}

}  // namespace
}  // namespace load
