// The order of rooms, as people come and go.
#include "server/room_ranking.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server_support.hpp"

namespace server {
namespace {

using Names = std::vector<std::string>;

Names ranked(support::House& house) {
  Names names;
  Directory::Access(house.directory).ranking().for_each_inhabited([&](const Room& room) {
    names.push_back(room.name());
    return true;
  });
  return names;
}

// The same, found the long way round.
Names sorted(support::House& house, const std::vector<std::string>& names) {
  const Directory::Access here(house.directory);
  std::vector<const Room*> rooms;
  for (const std::string& name : names) {
    const Room* const room = here.find_room(name);
    if (room != nullptr && room->members() > 0) rooms.push_back(room);
  }
  std::sort(rooms.begin(), rooms.end(), [](const Room* a, const Room* b) {
    if (a->members() != b->members()) return a->members() > b->members();
    return a->name() < b->name();
  });
  Names found;
  for (const Room* const room : rooms) found.push_back(room->name());
  return found;
}

TEST(RoomRanking, IsInOrderWhateverPeopleDo) {
  Config config;
  config.limits.rooms_per_user = 100;
  support::House house(config);
  std::vector<support::Guest*> people;
  for (int i = 0; i < 8; ++i) people.push_back(&house.arrive());
  Names names = {"#lobby"};
  for (int i = 0; i < 12; ++i) names.push_back("#room" + std::to_string(i));
  std::mt19937 random(1);
  for (int step = 0; step < 600; ++step) {
    support::Guest& guest = *people[random() % people.size()];
    const std::string& name = names[random() % names.size()];
    if (random() % 2 == 0) {
      house.hub.join(guest, name);
    } else {
      house.hub.leave(guest, name);  // if it is there
    }
    ASSERT_EQ(ranked(house), sorted(house, names)) << "after step " << step;
    ASSERT_EQ(Directory::Access(house.directory).ranking().inhabited(), ranked(house).size());
  }
}

TEST(RoomRanking, IsLookedAtNoFurtherThanWanted) {
  support::House house;
  support::Guest& alice = house.arrive("alice");
  for (const char* const room : {"#a", "#b", "#c"}) house.hub.join(alice, room);
  Names names;
  Directory::Access(house.directory).ranking().for_each_inhabited([&](const Room& room) {
    names.push_back(room.name());
    return names.size() < 2;
  });
  EXPECT_EQ(names, (Names{"#a", "#b"}));
}

}  // namespace
}  // namespace server
