// The chat dialect's lines taken apart.
#include <string>

#include <gtest/gtest.h>

#include "client/terminal/server_line.hpp"

namespace client {
namespace {

void expect_line(std::string_view line, LineKind kind, std::string_view room, std::string_view nick,
                 std::string_view text) {
  const ServerLine parts = parse_server_line(line);
  EXPECT_EQ(parts.kind, kind) << line;
  EXPECT_EQ(parts.room, room) << line;
  EXPECT_EQ(parts.nick, nick) << line;
  EXPECT_EQ(parts.text, text) << line;
}

TEST(ClientServerLine, WhatIsSaidHasARoomANickAndAText) {
  expect_line("12:03 #lobby <alice> hello  there", LineKind::kSaid, "#lobby", "alice",
              "hello  there");
  expect_line("#lobby <alice> hello", LineKind::kSaid, "#lobby", "alice", "hello");
}

TEST(ClientServerLine, WhatIsDoneToo) {
  expect_line("12:03 #lobby * alice waves", LineKind::kActed, "#lobby", "alice", "waves");
}

TEST(ClientServerLine, WhatHappensInARoomIsARoomNotice) {
  expect_line("12:03 #lobby -- alice joined", LineKind::kRoomNotice, "#lobby", "", "alice joined");
}

TEST(ClientServerLine, NoticesAndErrorsLoseTheirMark) {
  expect_line("-- you are now known as alice", LineKind::kNotice, "", "",
              "you are now known as alice");
  expect_line("-- error: no", LineKind::kError, "", "", "no");
}

TEST(ClientServerLine, APrivateLineHasANick) {
  expect_line("-- 12:03 alice tells you: psst", LineKind::kTold, "", "alice", "psst");
  expect_line("-- 12:03 you tell alice: psst", LineKind::kNotice, "", "",
              "12:03 you tell alice: psst");
}

TEST(ClientServerLine, AnythingElseIsLeftWhole) {
  for (const std::string_view line :
       {"", "hello", "12:03", "12:03 #lobby", "12:03 #lobby <alice>", "12:03 # <alice> x",
        "12:03 #lobby alice x", "12:03 #lobby <> x", "12:03 #lobby * alice", "--",
        "HTTP/1.1 400"}) {
    expect_line(line, LineKind::kOther, "", "", line);
  }
}

TEST(ClientServerLine, NamesAreComparedWithoutRegardToCase) {
  EXPECT_TRUE(same_name("Alice", "aLICE"));
  EXPECT_FALSE(same_name("alice", "alicia"));
  EXPECT_FALSE(same_name("a[", "a{"));
  EXPECT_TRUE(begins_with_name("Alice", "aL"));
  EXPECT_TRUE(begins_with_name("Alice", ""));
  EXPECT_FALSE(begins_with_name("al", "alice"));
}

TEST(ClientServerLine, AMentionIsAWordOfItsOwn) {
  EXPECT_EQ(find_mention("hi Alice!", "alice"), 3u);
  EXPECT_EQ(find_mention("alice: hi", "alice"), 0u);
  EXPECT_EQ(find_mention("malice alice2 alice", "alice"), 14u);
  EXPECT_EQ(find_mention("malice", "alice"), std::string_view::npos);
  EXPECT_EQ(find_mention("alicé alice_", "alic"), std::string_view::npos);
  EXPECT_EQ(find_mention("", "alice"), std::string_view::npos);
  EXPECT_EQ(find_mention("anything", ""), std::string_view::npos);
}

}  // namespace
}  // namespace client
