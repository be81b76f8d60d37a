// The prompt, from wide to narrow.
#include <clocale>

#include <gtest/gtest.h>

#include "client/terminal/prompt.hpp"

namespace client {
namespace {

class ClientPrompt : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) GTEST_SKIP() << "there is no C.UTF-8";
  }
  void TearDown() override { std::setlocale(LC_CTYPE, "C"); }

  const std::vector<RoomBoard::Unread> unread_ = {{2, "#ops", 3, false}, {3, "#lobby", 12, true}};
};

TEST_F(ClientPrompt, NamesWhereWeTalk) {
  EXPECT_EQ(make_prompt("#dev", false, {}, 80), "#dev> ");
  EXPECT_EQ(make_prompt("#dev", true, {}, 80), "#dev (offline)> ");
  EXPECT_EQ(make_prompt("", false, {}, 80), "> ");
  EXPECT_EQ(make_prompt("", true, {}, 80), "(offline)> ");
}

TEST_F(ClientPrompt, AQuestionStandsInItsPlaceAndLeavesHalfTheScreenToo) {
  EXPECT_EQ(make_question(3, 100), "say these 3 lines? Enter: yes, Ctrl-C: no> ");
  EXPECT_EQ(make_question(1, 100), "say this 1 line? Enter: yes, Ctrl-C: no> ");
  EXPECT_EQ(make_question(3, 80), "3 lines? Enter/Ctrl-C> ");
  EXPECT_EQ(make_question(3, 34), "say 3 lines?> ");
  EXPECT_EQ(make_question(3, 20), "say?> ");
}

TEST_F(ClientPrompt, CountsWhatWaits) {
  EXPECT_EQ(make_prompt("#dev", false, unread_, 80), "[2 #ops 3, 3 #lobby 12!] #dev> ");
}

TEST_F(ClientPrompt, LeavesHalfTheScreen) {
  EXPECT_EQ(make_prompt("#dev", false, unread_, 40), "[15!] #dev> ");
  EXPECT_EQ(make_prompt("#dev", false, unread_, 20), "#dev> ");
  EXPECT_EQ(make_prompt("#development", false, unread_, 20), "#develop> ");
  EXPECT_EQ(make_prompt("#development", true, unread_, 20), "#develo?> ");
  for (const std::size_t columns : {1, 2, 3, 4}) {
    EXPECT_LE(make_prompt("#dev", true, unread_, columns).size(), 3U);
  }
}

TEST_F(ClientPrompt, CountsColumnsAsTheTerminalDoes) {
  EXPECT_EQ(columns_of("#gr\xC3\xBC\xC3\x9F"), 5U);
  EXPECT_EQ(columns_of("\xE6\xBC\xA2\xE5\xAD\x97"), 4U);  // two wide characters
  EXPECT_EQ(columns_of("e\xCC\x81"), 1U);                 // an accent that combines
  EXPECT_EQ(columns_of("\xFF\xFE"), 2U);                  // no characters at all
  EXPECT_EQ(fitting("\xE6\xBC\xA2\xE5\xAD\x97", 3), "\xE6\xBC\xA2");
  EXPECT_EQ(make_prompt("#\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97", false, {}, 12),
            "#\xE6\xBC\xA2> ");
}

}  // namespace
}  // namespace client
