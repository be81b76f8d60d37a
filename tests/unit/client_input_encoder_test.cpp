// What becomes of a text on its way to the server: what is said, what is a command, where it asks
// to leave.
#include <initializer_list>

#include <gtest/gtest.h>

#include "client/terminal/input_encoder.hpp"

namespace client {
namespace {

using Slash = InputEncoder::Slash;

std::string encoded(Slash slash, std::initializer_list<std::string_view> pieces) {
  InputEncoder encoder(slash);
  std::string out;
  for (const std::string_view piece : pieces) encoder.feed(piece, out);
  encoder.finish(out);
  return out;
}

std::string said(std::string_view text) {
  return encoded(Slash::kIsSaid, {text});
}
std::string commanded(std::string_view text) {
  return encoded(Slash::kBeginsCommand, {text});
}

TEST(ClientInput, LinesOfEveryKindOfEndAreSaid) {
  EXPECT_EQ(said("one\ntwo\r\nthree\rfour"), "one\r\ntwo\r\nthree\r\nfour\r\n");
}

TEST(ClientInput, BlankLinesAreLeftOut) {
  EXPECT_EQ(said(""), "");
  EXPECT_EQ(said("\n\r\n\x01\none\n\n"), "one\r\n");
}

TEST(ClientInput, ASlashInFrontIsSaid) {
  EXPECT_EQ(said("/usr/include/x.h:3: error\n//\n/\na /b\n"),
            "//usr/include/x.h:3: error\r\n///\r\n//\r\na /b\r\n");
}

TEST(ClientInput, ASlashComesInFrontWhereTheServerWouldSeeItThere) {
  EXPECT_EQ(said("\x01/quit\n"), "//quit\r\n");
  EXPECT_EQ(said("\xE2\x80\x8E/quit\n"), "//quit\r\n");  // U+200E
  EXPECT_EQ(said("x\b/quit\n"), "x/quit\r\n");
  EXPECT_EQ(said("x\r/quit\n"), "x\r\n//quit\r\n");
  EXPECT_EQ(said("\xFF\xF4/quit\n"), "\xEF\xBF\xBD\xEF\xBF\xBD/quit\r\n");
  EXPECT_EQ(said(std::string(InputEncoder::kLineMost, '\x01') + "/quit\n"), "//quit\r\n");
}

TEST(ClientInput, ASlashInFrontBeginsACommandWhereThatIsWanted) {
  EXPECT_EQ(commanded("/join #dev\n//a\n/me waves"), "/join #dev\r\n//a\r\n/me waves\r\n");
}

TEST(ClientInput, ItMayComeByteByByte) {
  EXPECT_EQ(encoded(Slash::kIsSaid, {"/", "a", "\r", "\n", "/", "b", "\n"}), "//a\r\n//b\r\n");
}

TEST(ClientInput, ALongLineIsPassedOnWithoutEndingIt) {
  const std::string most(InputEncoder::kLineMost, 'x');
  InputEncoder encoder(Slash::kIsSaid);
  std::string out;
  encoder.feed(most + "/quit", out);
  EXPECT_EQ(out, most);
  encoder.feed("\n", out);
  EXPECT_EQ(out, most + "/quit\r\n");
}

TEST(ClientInput, NothingFollowsACommandToLeave) {
  InputEncoder encoder(Slash::kBeginsCommand);
  std::string out;
  encoder.feed("hello\n/quit now\nlost\n", out);
  EXPECT_EQ(out, "hello\r\n/quit now\r\n");
  EXPECT_TRUE(encoder.asked_to_quit());
}

TEST(ClientInput, ACommandToLeaveCountsOnceItsLineHasEnded) {
  InputEncoder encoder(Slash::kBeginsCommand);
  std::string out;
  encoder.feed("/quit", out);
  EXPECT_FALSE(encoder.asked_to_quit());
  encoder.feed("ter\n/quit", out);
  EXPECT_FALSE(encoder.asked_to_quit());
  encoder.feed("\r\nlost\n", out);
  EXPECT_TRUE(encoder.asked_to_quit());
  EXPECT_EQ(out, "/quitter\r\n/quit\r\n");
}

TEST(ClientInput, ALongCommandToLeaveIsToldByItsBeginning) {
  InputEncoder encoder(Slash::kBeginsCommand);
  std::string out;
  encoder.feed("/quit " + std::string(2 * InputEncoder::kLineMost, 'x'), out);
  EXPECT_FALSE(encoder.asked_to_quit());
  encoder.feed("\n", out);
  EXPECT_TRUE(encoder.asked_to_quit());
}

TEST(ClientInput, ToSayThatOneWantsToLeaveIsNoCommand) {
  InputEncoder encoder(Slash::kIsSaid);
  std::string out;
  encoder.feed("/quit\n", out);
  EXPECT_FALSE(encoder.asked_to_quit());
}

TEST(AsksToQuit, TheCommandItsAliasesAndAReasonDo) {
  for (const char* const line : {"/quit", "/quit so long", "/QUIT", "/q", "/exit", "/quit\r"}) {
    EXPECT_TRUE(asks_to_quit(line)) << line;
  }
}

TEST(AsksToQuit, NothingElseDoes) {
  for (const char* const line : {"", "quit", "//quit", " /quit", "/quitter", "/qu", "say /quit"}) {
    EXPECT_FALSE(asks_to_quit(line)) << line;
  }
}

}  // namespace
}  // namespace client
