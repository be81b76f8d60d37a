// Which known word a mistyped one is taken for.
#include "server/suggest.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace server {
namespace {

constexpr std::array<std::string_view, 6> kCandidates{"limits", "listen",   "loops",
                                                      "ring",   "io_uring", "connections"};

std::string_view suggest(std::string_view word) {
  const auto index = nearest(word, kCandidates);
  return index ? kCandidates[*index] : "";
}

TEST(Suggest, OneSlipIsFound) {
  EXPECT_EQ(suggest("loop"), "loops");     // left out
  EXPECT_EQ(suggest("rring"), "ring");     // put in
  EXPECT_EQ(suggest("limite"), "limits");  // replaced
  EXPECT_EQ(suggest("rign"), "ring");      // swapped
}

TEST(Suggest, CaseDoesNotCount) {
  EXPECT_EQ(suggest("LOOPS"), "loops");
}

TEST(Suggest, ALongWordMayHaveThreeSlips) {
  EXPECT_EQ(suggest("cnoectoinz"), "");
  EXPECT_EQ(suggest("connnectoinz"), "connections");
}

TEST(Suggest, TheNearestWins) {
  constexpr std::array<std::string_view, 2> kNear{"rooms", "room"};
  EXPECT_EQ(nearest("rom", kNear), 1u);
}

TEST(Suggest, APartOfAWordIsTheLastResort) {
  EXPECT_EQ(suggest("uring"), "ring");
  EXPECT_EQ(suggest("uri"), "io_uring");
  EXPECT_EQ(suggest("ur"), "");
}

TEST(Suggest, AWordLikeNoneFindsNothing) {
  EXPECT_EQ(suggest("elephant"), "");
  EXPECT_EQ(suggest(""), "");
  EXPECT_EQ(suggest(std::string(10'000, 'x')), "");
}

}  // namespace
}  // namespace server
