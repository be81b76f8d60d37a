// Tokens and their table: a completion reaches the operation it belongs to, or nobody.
#include "core/operation.hpp"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace core {
namespace {

class Probe final : public Operation {
 public:
  void complete(const Completion& completion) override {
    completions.push_back(completion);
    in_flight_when_told.push_back(in_flight());
    if (again != nullptr) again->add(*this);
  }

  std::vector<Completion> completions;
  std::vector<bool> in_flight_when_told;
  OperationTable* again = nullptr;
};

Completion completion_of(Token token, std::int32_t result = 0, bool more = false) {
  return {.token = token, .result = result, .buffer = kNoBuffer, .more = more};
}

TEST(OperationTest, ACompletionReachesTheOperationItsTokenNames) {
  OperationTable table;
  Probe first;
  Probe second;
  const Token token = table.add(first);
  table.add(second);
  table.deliver(completion_of(token, 5));
  ASSERT_EQ(first.completions.size(), 1U);
  EXPECT_EQ(first.completions[0].result, 5);
  EXPECT_TRUE(second.completions.empty());
  table.remove(second);
}

TEST(OperationTest, TheLastCompletionFindsTheOperationOutOfFlight) {
  OperationTable table;
  Probe probe;
  const Token token = table.add(probe);
  table.deliver(completion_of(token, 1, true));
  EXPECT_TRUE(probe.in_flight());
  table.deliver(completion_of(token, 0));
  EXPECT_FALSE(probe.in_flight());
  EXPECT_EQ(probe.in_flight_when_told, (std::vector<bool>{true, false}));
  EXPECT_EQ(table.in_flight(), 0U);
}

TEST(OperationTest, ATokenIsNeverZero) {
  OperationTable table;
  std::deque<Probe> probes(100);
  for (Probe& probe : probes) EXPECT_NE(table.add(probe), 0U);
  for (Probe& probe : probes) table.remove(probe);
}

TEST(OperationTest, AStaleTokenIsIgnoredAlthoughItsSlotIsInUseAgain) {
  OperationTable table;
  Probe first;
  Probe second;
  const Token stale = table.add(first);
  table.deliver(completion_of(stale));
  const Token fresh = table.add(second);
  ASSERT_EQ(static_cast<std::uint32_t>(stale), static_cast<std::uint32_t>(fresh)) << "same slot";
  EXPECT_NE(stale, fresh);
  table.deliver(completion_of(stale, 9));
  EXPECT_TRUE(second.completions.empty());
  EXPECT_EQ(first.completions.size(), 1U);
  table.remove(second);
}

TEST(OperationTest, ATokenTakenBackIsStale) {
  OperationTable table;
  Probe probe;
  const Token token = table.add(probe);
  table.remove(probe);
  EXPECT_FALSE(probe.in_flight());
  table.deliver(completion_of(token));
  EXPECT_TRUE(probe.completions.empty());
}

TEST(OperationTest, TokensThatNeverWereAreIgnored) {
  OperationTable table;
  Probe probe;
  table.add(probe);
  for (const Token token : {Token{0}, Token{1}, Token{77}, ~Token{0}, Token{7} << 32}) {
    table.deliver(completion_of(token));
  }
  EXPECT_TRUE(probe.completions.empty());
  EXPECT_EQ(table.in_flight(), 1U);
  table.remove(probe);
}

TEST(OperationTest, AnOperationMayBeginAgainWhileItIsTold) {
  OperationTable table;
  Probe probe;
  probe.again = &table;
  const Token first = table.add(probe);
  table.deliver(completion_of(first));
  EXPECT_TRUE(probe.in_flight());
  EXPECT_NE(probe.token(), first);
  table.remove(probe);
}

// An operation that, when it is told, begins so many others that the table has to grow.
class Multiplier final : public Operation {
 public:
  explicit Multiplier(OperationTable& table) : table_(table) {}
  void complete(const Completion& /*completion*/) override {
    for (Probe& probe : probes) table_.add(probe);
  }
  std::deque<Probe> probes{1000};

 private:
  OperationTable& table_;
};

TEST(OperationTest, TheTableMayGrowWhileItDelivers) {
  OperationTable table;
  Multiplier multiplier(table);
  table.deliver(completion_of(table.add(multiplier)));
  EXPECT_EQ(table.in_flight(), 1000U);
  for (Probe& probe : multiplier.probes) table.remove(probe);
}

// Every token ever given is delivered to again and again; a map says which are alive.
TEST(OperationTest, TokensAgreeWithAMapOverRandomUse) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    OperationTable table;
    std::vector<std::unique_ptr<Probe>> probes(20);
    for (auto& probe : probes) probe = std::make_unique<Probe>();
    std::map<Token, Probe*> alive;
    std::vector<Token> all;
    for (int step = 0; step < 5000; ++step) {
      Probe& probe = *probes[random() % probes.size()];
      if (!probe.in_flight()) {
        const Token token = table.add(probe);
        ASSERT_TRUE(alive.emplace(token, &probe).second);
        all.push_back(token);
        continue;
      }
      const Token token = all[random() % all.size()];
      const auto owner = alive.find(token);
      const bool more = random() % 2 == 0;
      std::size_t told = 0;
      for (const auto& one : probes) told += one->completions.size();
      const std::size_t told_owner = owner == alive.end() ? 0 : owner->second->completions.size();
      table.deliver(completion_of(token, 0, more));
      std::size_t told_after = 0;
      for (const auto& one : probes) told_after += one->completions.size();
      ASSERT_EQ(told_after - told, owner == alive.end() ? 0U : 1U);
      if (owner == alive.end()) continue;
      ASSERT_EQ(owner->second->completions.size(), told_owner + 1);
      if (!more) alive.erase(owner);
      ASSERT_EQ(table.in_flight(), alive.size());
    }
    for (const auto& [token, probe] : alive) table.remove(*probe);
  }
}

TEST(OperationDeathTest, AnOperationMustNotBeginTwice) {
  OperationTable table;
  Probe probe;
  table.add(probe);
  EXPECT_DEATH(table.add(probe), "assertion failed");
  table.remove(probe);
}

TEST(OperationDeathTest, AnOperationMustNotGoWhileItIsInFlight) {
  OperationTable table;
  EXPECT_DEATH(
      {
        Probe probe;
        table.add(probe);
      },
      "assertion failed");
}

}  // namespace
}  // namespace core
