// The line being typed: the limit, erasing, and that memory comes and goes with the line.
#include "server/line_editor.hpp"

#include <string>

#include <gtest/gtest.h>

namespace server {
namespace {

TEST(LineEditor, JoinsWhatIsAppended) {
  LineEditor editor(100);
  EXPECT_TRUE(editor.append("hello "));
  EXPECT_TRUE(editor.append("world"));
  EXPECT_EQ(editor.finish(), "hello world");
}

TEST(LineEditor, LineWithoutTextIsEmpty) {
  LineEditor editor(100);
  EXPECT_EQ(editor.finish(), "");
}

TEST(LineEditor, NextLineBeginsEmpty) {
  LineEditor editor(100);
  ASSERT_TRUE(editor.append("one"));
  EXPECT_EQ(editor.finish(), "one");
  EXPECT_EQ(editor.finish(), "");
  ASSERT_TRUE(editor.append("two"));
  EXPECT_EQ(editor.finish(), "two");
  editor.erase_character();
  EXPECT_EQ(editor.finish(), "");
}

TEST(LineEditor, LineAtTheLimitIsTaken) {
  LineEditor editor(8);
  EXPECT_TRUE(editor.append("1234567"));
  EXPECT_TRUE(editor.append("8"));
  EXPECT_EQ(editor.finish(), "12345678");
}

TEST(LineEditor, LinePastTheLimitIsReportedOnceAndDropped) {
  LineEditor editor(8);
  EXPECT_TRUE(editor.append("12345678"));
  EXPECT_FALSE(editor.append("9"));
  EXPECT_TRUE(editor.append("0123456789"));
  EXPECT_EQ(editor.finish(), std::nullopt);
  EXPECT_TRUE(editor.append("next"));
  EXPECT_EQ(editor.finish(), "next");
}

TEST(LineEditor, ErasingCharactersDoesNotReviveTooLongLine) {
  LineEditor editor(8);
  EXPECT_FALSE(editor.append("123456789"));
  editor.erase_character();
  EXPECT_EQ(editor.finish(), std::nullopt);
}

TEST(LineEditor, ErasingTheLineBeginsNewOne) {
  LineEditor editor(8);
  ASSERT_TRUE(editor.append("typo"));
  editor.erase_line();
  ASSERT_TRUE(editor.append("text"));
  EXPECT_EQ(editor.finish(), "text");

  EXPECT_FALSE(editor.append("123456789"));
  editor.erase_line();
  EXPECT_TRUE(editor.append("text"));
  EXPECT_EQ(editor.finish(), "text");
}

TEST(LineEditor, EraseTakesOneWholeCharacter) {
  LineEditor editor(100);
  ASSERT_TRUE(editor.append("aé€😀"));
  editor.erase_character();
  editor.erase_character();
  editor.erase_character();
  EXPECT_EQ(editor.finish(), "a");
}

TEST(LineEditor, EraseOnEmptyLineDoesNothing) {
  LineEditor editor(100);
  editor.erase_character();
  ASSERT_TRUE(editor.append("a"));
  editor.erase_character();
  editor.erase_character();
  EXPECT_EQ(editor.finish(), "");
}

TEST(LineEditor, WholeLineIsOneThatNothingPrecedesWithinTheLimit) {
  LineEditor editor(8);
  EXPECT_TRUE(editor.is_whole_line("12345678"));
  EXPECT_FALSE(editor.is_whole_line("123456789"));
  ASSERT_TRUE(editor.append("a"));
  EXPECT_FALSE(editor.is_whole_line("b"));
  ASSERT_FALSE(editor.append("123456789"));
  EXPECT_FALSE(editor.is_whole_line("b"));
}

TEST(LineEditor, HeapStaysWithinTheLimitWhileLineGrowsByteByByte) {
  for (const std::size_t limit : {64u, 100u, 512u, 4096u, 5000u}) {
    LineEditor editor(limit);
    for (std::size_t at = 0; at < limit; ++at) {
      ASSERT_TRUE(editor.append("x"));
      ASSERT_LE(editor.heap_bytes(), limit);
    }
    EXPECT_GE(editor.heap_bytes(), limit);
    EXPECT_EQ(editor.finish(), std::string(limit, 'x'));
  }
}

TEST(LineEditor, HeapIsGivenBackWithTheLine) {
  LineEditor editor(4096);
  EXPECT_EQ(editor.heap_bytes(), 0u);

  ASSERT_TRUE(editor.append(std::string(1000, 'x')));
  EXPECT_GT(editor.heap_bytes(), 0u);
  ASSERT_TRUE(editor.finish().has_value());
  editor.release_finished();
  EXPECT_EQ(editor.heap_bytes(), 0u) << "finished";

  ASSERT_TRUE(editor.append(std::string(1000, 'x')));
  editor.erase_line();
  EXPECT_EQ(editor.heap_bytes(), 0u) << "erased at once";

  ASSERT_TRUE(editor.append(std::string(1000, 'x')));
  for (int at = 0; at < 1000; ++at) editor.erase_character();
  EXPECT_EQ(editor.heap_bytes(), 0u) << "erased character by character";

  ASSERT_TRUE(editor.append(std::string(1000, 'x')));
  ASSERT_FALSE(editor.append(std::string(4096, 'x')));
  EXPECT_EQ(editor.heap_bytes(), 0u) << "too long";
}

TEST(LineEditor, ReleaseLeavesAnUnfinishedLineAlone) {
  LineEditor editor(100);
  ASSERT_TRUE(editor.append("half"));
  editor.release_finished();
  EXPECT_EQ(editor.finish(), "half");
}

TEST(LineEditorDeathTest, LimitOfZeroIsProgrammingError) {
  EXPECT_DEATH(LineEditor editor(0), "max_bytes");
}

}  // namespace
}  // namespace server
