// What was said and did not come back.
#include <gtest/gtest.h>

#include "client/terminal/outbox.hpp"

namespace client {
namespace {

using Lines = std::vector<std::string>;

class ClientOutbox : public ::testing::Test {
 protected:
  void comes(std::string_view line) { outbox_.observe(parse_server_line(line), "alice"); }

  Outbox outbox_;
};

TEST_F(ClientOutbox, ALineThatCameBackIsSaid) {
  outbox_.said("hello  ");
  comes("12:03 #dev <Alice> hello");
  EXPECT_EQ(outbox_.take(), Lines{});
}

TEST_F(ClientOutbox, WhatDidNotComeBackIsGivenOnceAsItWasEntered) {
  outbox_.said("one");
  outbox_.said("/me waves");
  outbox_.said("//usr/bin");
  outbox_.said("/msg bob psst");
  EXPECT_EQ(outbox_.take(), (Lines{"one", "/me waves", "//usr/bin", "/msg bob psst"}));
  EXPECT_EQ(outbox_.take(), Lines{});
}

TEST_F(ClientOutbox, EveryFormComesBackInItsOwn) {
  for (const auto& [said, back] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/me  waves", "12:03 #dev * alice waves"},
           {"//usr/bin", "#dev <alice> /usr/bin"},
           {"/MSG bob psst: you", "-- 12:03 you tell bob: psst: you"},
           {"a\tb\x1B[1m", "12:03 #dev <alice> a b[1m"}}) {
    outbox_.said(said);
    comes(back);
    EXPECT_EQ(outbox_.take(), Lines{}) << said;
  }
}

TEST_F(ClientOutbox, ALaterOneAnswersForThoseBefore) {
  outbox_.said("refused, perhaps");
  outbox_.said("two");
  outbox_.said("three");
  comes("12:03 #dev <alice> two");
  EXPECT_EQ(outbox_.take(), Lines{"three"});
}

TEST_F(ClientOutbox, WhatOthersSayAnswersForNothing) {
  outbox_.said("two");
  comes("12:03 #dev <bob> two");
  comes("-- two");
  comes("-- bob is said to be one whom you tell lies: two");
  EXPECT_EQ(outbox_.take(), Lines{"two"});
}

TEST_F(ClientOutbox, CommandsThatSayNothingAreNotKept) {
  for (const char* const line : {"/who", "/join #dev", "/me", "/msg bob", "  ", "/nick alice"}) {
    outbox_.said(line);
  }
  EXPECT_EQ(outbox_.take(), Lines{});
}

TEST_F(ClientOutbox, KeepsTheNewest) {
  for (std::size_t i = 0; i <= Outbox::kMost; ++i) outbox_.said(std::to_string(i));
  const Lines left = outbox_.take();
  EXPECT_EQ(left.size(), Outbox::kMost);
  EXPECT_EQ(left.front(), "1");
}

}  // namespace
}  // namespace client
