// The real server under every turn of a kernel, with people who talk, stall and vanish.
#include "server/server.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/faulty_ring.hpp"
#include "tests/sim/server_run.hpp"

namespace sim {
namespace {

constexpr Crowding kSmall{.clients = 24, .actions = 80};
constexpr Crowding kLarge{.clients = 300, .actions = 20};
constexpr Crowding kTiny{.clients = 5, .actions = 8, .echo_clients = 1};

TEST(SimulatedServer, GivesEachMemberEachMessageOnceInOneOrderOrSaysHowManyItMissed) {
  std::map<std::string, std::uint64_t> happened;
  for_each_seed([&](World& world) {
    ServerRun run(world, kSmall);
    run.run();
    for (const auto& [what, count] : run.evening().happened) happened[what] += count;
    happened["harm"] += world.ring.injected();
  });
  if (seeds().count < 100 || HasFailure()) return;
  for (const char* const what :
       {"line", "whisper", "refused whisper", "undelivered", "history", "replay", "gap", "leaving",
        "harm", "kick", "ban", "kept out", "the server is full", "goodbye",
        "goodbye: reading too slowly", "goodbye: the server is shutting down"}) {
    EXPECT_GT(happened[what], 0U) << what << ": the simulation has become harmless";
  }
}

// One evening for many seeds, as each is long.
TEST(SimulatedServer, DoesSoWithHundredsOfPeople) {
  for_each_seed([](World& world) { ServerRun(world, kLarge).run(); }, 25);
}

// --- One failure at a time, wherever it can strike. ---

TEST(SimulatedServer, BearsTheFailureOfAnyOneOperation) {
  const std::uint64_t sweeps = (seeds().count + 199) / 200;
  for (std::uint64_t seed = seeds().first; seed < seeds().first + sweeps; ++seed) {
    const RunInProgress in_progress(seed);
    for (std::uint64_t n = 1;; ++n) {
      SeededChoose choose(seed);
      Odds odds;
      odds.drift = std::chrono::microseconds(10);
      odds.reaction = std::chrono::microseconds(100);
      World world(choose, odds);
      world.ring.fail_operation(n);
      ServerRun(world, kTiny).run();
      if (!world.findings.empty()) {
        ADD_FAILURE() << "with operation " << n << " failing: " << world.findings.text()
                      << world.ring.trace().tail() << replay(seed);
        return;
      }
      if (world.ring.operations() < n) break;
    }
  }
}

// --- The simulation itself. ---

std::uint64_t hash_of_evening(std::uint64_t seed) {
  SeededChoose choose(seed);
  const Odds odds = Odds::drawn(choose);
  World world(choose, odds);
  ServerRun(world, kSmall).run();
  return world.ring.trace().hash();
}

TEST(Simulation, AReplayIsTheSameToTheLastByte) {
  for (std::uint64_t seed = seeds().first; seed < seeds().first + 3; ++seed) {
    EXPECT_EQ(hash_of_evening(seed), hash_of_evening(seed));
  }
  EXPECT_NE(hash_of_evening(seeds().first), hash_of_evening(seeds().first + 1));
}

// Else the canaries below would prove nothing.
TEST(Simulation, ARingThatNeverGoesWrongIsFoundFaultless) {
  for_each_seed(
      [](World& world) {
        FaultyRing faultless(world.ring, Fault::kDropsAByte, UINT64_MAX);
        ServerRun(world, kSmall, &faultless).run();
      },
      20);
}

class Canary : public ::testing::TestWithParam<Fault> {};

// Among a few evenings in which there was an occasion for it.
TEST_P(Canary, IsFound) {
  constexpr int kOccasions = 10;
  int occasions = 0;
  for (std::uint64_t seed = 1; occasions < kOccasions; ++seed) {
    ASSERT_LT(seed, 500U) << "there is hardly an occasion for it";
    SeededChoose choose(seed);
    const Odds odds = Odds::drawn(choose);
    World world(choose, odds);
    FaultyRing faulty(world.ring, GetParam(), choose.below(20));
    ServerRun(world, kSmall, &faulty).run();
    if (!faulty.went_wrong()) continue;
    ++occasions;
    if (!world.findings.empty()) return;
  }
  ADD_FAILURE() << "a planted bug was not found";
}

std::string fault_name(const ::testing::TestParamInfo<Fault>& info) {
  static const std::vector<std::string> kNames = {"ADroppedByte", "ADoubledByte", "ALostReceive",
                                                  "AForgottenClose"};
  return kNames.at(static_cast<std::size_t>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Simulation, Canary,
                         ::testing::Values(Fault::kDropsAByte, Fault::kDoublesAByte,
                                           Fault::kLosesReceived, Fault::kForgetsAClose),
                         fault_name);

}  // namespace
}  // namespace sim
