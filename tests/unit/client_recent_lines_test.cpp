// What is known of a room's lines, and no longer than needed.
#include <string>

#include <gtest/gtest.h>

#include "client/terminal/recent_lines.hpp"

namespace client {
namespace {

TEST(ClientRecentLines, KnowsWhatWasSaidInWhichRoom) {
  RecentLines recent;
  recent.add("#dev", "12:03 #dev <bob> hi");
  EXPECT_TRUE(recent.has("#dev", "12:03 #dev <bob> hi"));
  EXPECT_FALSE(recent.has("#dev", "12:04 #dev <bob> hi"));
  EXPECT_FALSE(recent.has("#ops", "12:03 #dev <bob> hi"));
  recent.forget("#dev");
  EXPECT_FALSE(recent.has("#dev", "12:03 #dev <bob> hi"));
}

TEST(ClientRecentLines, ExpectsTheRoomsThereWereUntilTheyAreLeft) {
  RecentLines recent;
  recent.add("#dev", "line");
  EXPECT_FALSE(recent.expects("#dev"));
  recent.expect({"#dev", "#quiet"});
  EXPECT_TRUE(recent.expects("#dev"));
  EXPECT_TRUE(recent.expects("#quiet"));
  recent.forget("#quiet");
  EXPECT_FALSE(recent.expects("#quiet"));
}

TEST(ClientRecentLines, KeepsTheNewestLinesOfSoManyRooms) {
  RecentLines recent;
  for (std::size_t i = 0; i <= RecentLines::kMost; ++i) recent.add("#dev", std::to_string(i));
  EXPECT_FALSE(recent.has("#dev", "0"));
  EXPECT_TRUE(recent.has("#dev", "1"));
  for (std::size_t i = 1; i <= RecentLines::kRoomsMost; ++i) {
    recent.add("#" + std::to_string(i), "line");
  }
  EXPECT_TRUE(recent.has("#" + std::to_string(RecentLines::kRoomsMost - 1), "line"));
  EXPECT_FALSE(recent.has("#" + std::to_string(RecentLines::kRoomsMost), "line"));
}

}  // namespace
}  // namespace client
