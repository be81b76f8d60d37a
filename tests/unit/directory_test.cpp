// What the directory keeps of people, also when it cannot do what it is asked for.
#include "server/directory.hpp"

#include <map>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/failing_memory.hpp"
#include "tests/unit/server_support.hpp"

namespace server {
namespace {

// Whether there was memory for it.
bool makes_handle(Directory& directory, User& user, int spared_allocations) {
  Directory::Access here(directory);
  core::support::fail_an_allocation_after(spared_allocations);
  bool made = true;
  try {
    here.handle(user);
  } catch (const std::bad_alloc&) {
    made = false;
  }
  core::support::fail_no_allocation();
  return made;
}

TEST(Directory, AHandleThatThereIsNoMemoryForLeavesNothingBehind) {
  support::House house;
  int failures = 0;
  for (bool made = false; !made && failures < 100;) {
    support::Guest& guest = house.arrive();
    made = makes_handle(house.directory, guest, failures);
    EXPECT_EQ(Directory::Access(house.directory).visitor(guest) != nullptr, made);
    house.end(guest);
    if (!made) ++failures;
  }
  EXPECT_GE(failures, 2);
  EXPECT_LT(failures, 100);
}

// The table grows with the 13th, and nicks are as long as nicks can be.
TEST(Directory, NobodyIsLostWhereThereIsNoMemoryForOneMore) {
  for (int spared = 0; spared < 40; ++spared) {
    support::House house;
    std::vector<support::Guest*> people;
    for (int i = 0; i < 12; ++i) {
      people.push_back(&house.arrive(fmt::format("somebody-with-a-very-long-name{}", 10 + i)));
    }
    core::support::fail_an_allocation_after(spared);
    try {
      house.enter();
      house.hub.change_nick(*people[5], "another-name-that-is-as-long-too");
      house.hub.change_nick(*people[6], "yet-another-one-of-the-very-long");
    } catch (const std::bad_alloc&) {
    }
    core::support::fail_no_allocation();
    const Directory::Access here(house.directory);
    for (const support::Guest* const one : people) {
      EXPECT_EQ(here.find_user(one->nick()), one) << one->nick() << " with " << spared;
    }
  }
}

// Whoever leaves makes room in the table, which nobody else may get lost in.
TEST(Directory, EverybodyIsFoundByTheirNickWhoeverComesLeavesAndIsRenamed) {
  support::House house;
  std::mt19937 random(7);
  std::map<std::string, support::Guest*> present;
  for (int step = 0; step < 400; ++step) {
    const std::string nick = fmt::format("Nick{}", random() % 100);
    const auto found = present.find(nick);
    if (found != present.end()) {
      house.end(*found->second);
      present.erase(found);
    } else if (present.empty() || random() % 3 > 0) {
      present[nick] = &house.arrive(nick);
    } else {
      support::Guest* const guest = std::exchange(present.begin()->second, nullptr);
      present.erase(present.begin());
      house.hub.change_nick(*guest, nick);
      present[nick] = guest;
    }
    const Directory::Access here(house.directory);
    ASSERT_EQ(here.users(), present.size());
    for (int name = 0; name < 100; ++name) {
      const auto one = present.find(fmt::format("Nick{}", name));
      ASSERT_EQ(here.find_user(fmt::format("nICK{}", name)),
                one == present.end() ? nullptr : one->second);
    }
  }
}

}  // namespace
}  // namespace server
