// Who is in which room.
#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/topology.hpp"

namespace load {
namespace {

Options options_of(std::size_t clients, std::size_t rooms, double zipf, std::size_t overlap) {
  Options options;
  options.scenario = ScenarioKind::kRooms;
  options.clients = clients;
  options.rooms = rooms;
  options.zipf = zipf;
  options.overlap = overlap;
  options.publishers = std::max<std::size_t>(clients / 10, 1);
  return options;
}

std::vector<std::size_t> sizes_of(const Topology& topology) {
  std::vector<std::size_t> sizes;
  for (const Topology::Room& room : topology.rooms) sizes.push_back(room.members.size());
  return sizes;
}

// In how many rooms each client is.
std::vector<std::size_t> memberships_of(const Topology& topology, std::size_t clients) {
  std::vector<std::size_t> count(clients);
  for (const Topology::Room& room : topology.rooms) {
    for (const std::uint32_t member : room.members) ++count[member];
  }
  return count;
}

TEST(Topology, OfOneRoomHasEveryoneInItAndTheFirstSpeak) {
  Options options = options_of(5, 1, 1, 1);
  options.publishers = 2;
  const Topology topology = make_topology(options);
  ASSERT_EQ(topology.rooms.size(), 1U);
  EXPECT_EQ(topology.rooms[0].name, "#load");
  EXPECT_EQ(topology.rooms[0].members, (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(topology.rooms[0].speakers, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(topology.pairs(), 10U);
}

TEST(Topology, MakesRoomsAlikeWithoutZipf) {
  EXPECT_EQ(sizes_of(make_topology(options_of(100, 4, 0, 1))),
            (std::vector<std::size_t>{25, 25, 25, 25}));
}

TEST(Topology, HalvesTheSecondRoomWithZipfOfOne) {
  EXPECT_EQ(sizes_of(make_topology(options_of(110, 3, 1, 1))),
            (std::vector<std::size_t>{60, 30, 20}));
}

TEST(Topology, HasEachClientInAsManyRoomsAsAskedFor) {
  const Topology topology = make_topology(options_of(100, 20, 1, 3));
  for (const std::size_t rooms : memberships_of(topology, 100)) EXPECT_EQ(rooms, 3U);
}

TEST(Topology, HasNobodyTwiceInRoomAndNoRoomWithFewerThanTwo) {
  for (const std::size_t clients : {2U, 7U, 100U, 1000U}) {
    for (const std::size_t rooms : {1U, 2U, 7U, 50U}) {
      for (const std::size_t overlap : {1U, 2U, 7U}) {
        for (const double zipf : {0.0, 0.5, 1.0, 3.0, 10.0}) {
          if (overlap > rooms || clients * overlap < 2 * rooms) continue;
          const Topology topology = make_topology(options_of(clients, rooms, zipf, overlap));
          ASSERT_EQ(topology.rooms.size(), rooms);
          for (const Topology::Room& room : topology.rooms) {
            const std::set<std::uint32_t> members(room.members.begin(), room.members.end());
            EXPECT_EQ(members.size(), room.members.size());
            EXPECT_GE(members.size(), 2U);
          }
          const auto count = memberships_of(topology, clients);
          EXPECT_GE(*std::min_element(count.begin(), count.end()), 1U)
              << clients << " " << rooms << " " << overlap << " " << zipf;
        }
      }
    }
  }
}

TEST(Topology, SpreadsSpeakersOverTheClients) {
  const Topology topology = make_topology(options_of(100, 10, 0, 1));
  for (const Topology::Room& room : topology.rooms) EXPECT_EQ(room.speakers.size(), 1U);
}

TEST(Topology, LeavesTheIdleInNoRoom) {
  Options options = options_of(100, 1, 1, 1);
  options.scenario = ScenarioKind::kIdle;
  const Topology topology = make_topology(options);
  EXPECT_EQ(topology.memberships(), 10U);
  EXPECT_EQ(topology.voices(), 10U);
}

}  // namespace
}  // namespace load
