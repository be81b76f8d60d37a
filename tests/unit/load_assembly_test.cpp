// The parts of a message on several threads, and the shares of the clients that make them.
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/assembly.hpp"
#include "client/load/share.hpp"

namespace load {
namespace {

using PartEnd = Assembly::PartEnd;

TEST(Assembly, IsDoneWhenEveryPartIs) {
  Assembly assembly(1, 4);
  assembly.begin(0, 0, 0b101, 50);
  EXPECT_FALSE(assembly.ended(0, 0, 0, {true, 100, 130}).done);
  const Assembly::Progress last = assembly.ended(0, 0, 2, {true, 90, 120});
  EXPECT_TRUE(last.done);
  EXPECT_TRUE(last.end.whole);
  EXPECT_EQ(last.end.first_ns, 90);
  EXPECT_EQ(last.end.last_ns, 130);
  EXPECT_EQ(last.intended_ns, 50);
}

TEST(Assembly, CountsAPartOnce) {
  Assembly assembly(1, 4);
  assembly.begin(0, 0, 0b11, 0);
  EXPECT_FALSE(assembly.ended(0, 0, 0, {true, 1, 2}).done);
  EXPECT_FALSE(assembly.ended(0, 0, 0, {true, 1, 2}).done);
  EXPECT_TRUE(assembly.ended(0, 0, 1, {true, 1, 2}).done);
  EXPECT_FALSE(assembly.ended(0, 0, 1, {true, 1, 2}).done);
}

TEST(Assembly, PassesOverAPartThatIsNotAwaited) {
  Assembly assembly(1, 4);
  assembly.begin(0, 0, 0b01, 0);
  EXPECT_FALSE(assembly.ended(0, 0, 5, {}).done);
  EXPECT_TRUE(assembly.ended(0, 0, 0, {true, 1, 2}).end.whole);
}

TEST(Assembly, IsNotWholeWhereOnePartMissedSomething) {
  Assembly assembly(1, 4);
  assembly.begin(0, 0, 0b11, 0);
  assembly.ended(0, 0, 1, {false, 1, 2});
  const Assembly::Progress last = assembly.ended(0, 0, 0, {true, 1, 2});
  EXPECT_TRUE(last.done);
  EXPECT_FALSE(last.end.whole);
}

TEST(Assembly, HasNoTimesWhereOnePartHasNone) {
  Assembly assembly(1, 4);
  assembly.begin(0, 0, 0b11, 0);
  assembly.ended(0, 0, 1, {true, -1, -1});
  const Assembly::Progress last = assembly.ended(0, 0, 0, {true, 1, 2});
  EXPECT_TRUE(last.end.whole);
  EXPECT_LT(last.end.last_ns, 0);
}

TEST(Assembly, KnowsNothingOfAMessageWhoseSlotWasTaken) {
  Assembly assembly(2, 2);
  assembly.begin(1, 0, 0b1, 0);
  assembly.begin(1, 2, 0b1, 0);
  EXPECT_FALSE(assembly.ended(1, 0, 0, {true, 1, 2}).done);
  EXPECT_TRUE(assembly.ended(1, 2, 0, {true, 1, 2}).done);
}

TEST(Assembly, AwaitsNothingAfterForgetting) {
  Assembly assembly(1, 2);
  assembly.begin(0, 0, 0b1, 0);
  assembly.forget();
  EXPECT_FALSE(assembly.ended(0, 0, 0, {true, 1, 2}).done);
}

TEST(Share, HasEveryClientExactlyOnce) {
  constexpr std::size_t kClients = 23;
  std::vector<int> had(kClients);
  for (std::size_t index = 0; index < 5; ++index) {
    const Share share{index, 5};
    for (std::size_t client = 0; client < share.size(kClients); ++client) {
      const std::size_t number = share.number_of(client);
      ASSERT_LT(number, kClients);
      ++had[number];
      EXPECT_TRUE(share.has(number));
      EXPECT_EQ(share.client_of(number), client);
    }
  }
  EXPECT_EQ(had, std::vector<int>(kClients, 1));
}

}  // namespace
}  // namespace load
