// Where a text on its way to the server asks to leave.
#include <gtest/gtest.h>

#include "client/terminal/quit_finder.hpp"

namespace client {
namespace {

TEST(ClientQuitFinder, TheCommandItsAliasesAndAReasonAskToQuit) {
  for (const char* const line : {"/quit", "/quit so long", "/QUIT", "/q", "/exit", "/quit\r"}) {
    EXPECT_TRUE(asks_to_quit(line)) << line;
  }
}

TEST(ClientQuitFinder, NothingElseDoes) {
  for (const char* const line : {"", "quit", "//quit", " /quit", "/quitter", "/qu", "say /quit"}) {
    EXPECT_FALSE(asks_to_quit(line)) << line;
  }
}

TEST(ClientQuitFinder, ThePositionIsBehindTheLine) {
  QuitFinder finder;
  EXPECT_EQ(finder.feed("hello\n/quit now\nlost\n"), 16u);
}

TEST(ClientQuitFinder, OnlyAWholeLineCounts) {
  QuitFinder finder;
  EXPECT_EQ(finder.feed("/quit"), std::nullopt);
  EXPECT_EQ(finder.feed("ter\n/qu"), std::nullopt);
  EXPECT_EQ(finder.feed("it\r"), std::nullopt);
  EXPECT_EQ(finder.feed("\nrest"), 1u);
}

TEST(ClientQuitFinder, ALongLineIsToldByItsBeginning) {
  QuitFinder finder;
  const std::string more(100'000, 'x');
  EXPECT_EQ(finder.feed("/quit " + more), std::nullopt);
  EXPECT_EQ(finder.feed(more + "\n"), more.size() + 1);
}

TEST(ClientQuitFinder, ItKnowsWhetherALineIsBegun) {
  QuitFinder finder;
  EXPECT_FALSE(finder.inside_line());
  finder.feed("one\ntw");
  EXPECT_TRUE(finder.inside_line());
  finder.feed("o\n");
  EXPECT_FALSE(finder.inside_line());
}

}  // namespace
}  // namespace client
