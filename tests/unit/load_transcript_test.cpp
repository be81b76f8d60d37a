// What was read once is known when it comes again, and only then.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "client/load/transcript.hpp"

namespace load {
namespace {

// A frame with message number `sequence` of one sender.
std::string frame(std::uint32_t sequence) {
  std::string text = blank_text(64);
  write_stamp(text.data(), {7, sequence, 1000});
  return "12:03 #load <guest7> " + text + "\r\n";
}

Stamp stamp(std::uint32_t sequence) {
  return {7, sequence, 1000};
}

// What somebody reads who is sent the messages from `begin` to before `end`.
Transcript::Cursor read(Transcript& transcript, std::uint32_t begin, std::uint32_t end,
                        Transcript::Cursor cursor = Transcript::kNowhere) {
  for (std::uint32_t i = begin; i < end; ++i) transcript.write(cursor, frame(i), stamp(i));
  return cursor;
}

// A cursor at the message, which has been read.
Transcript::Cursor at(Transcript& transcript, std::uint32_t message) {
  return read(transcript, message, message + 1);
}

TEST(Transcript, KnowsTheMessageBehindEach) {
  Transcript transcript;
  read(transcript, 0, 4);
  Transcript::Cursor cursor = at(transcript, 0);
  for (std::uint32_t i = 1; i < 4; ++i) {
    const Transcript::Line* const line = transcript.follow(cursor, frame(i) + frame(i + 1));
    ASSERT_NE(line, nullptr);
    EXPECT_EQ(line->stamp, stamp(i));
    EXPECT_EQ(line->size, frame(i).size());
  }
  const Transcript::Cursor last = cursor;
  EXPECT_EQ(transcript.follow(cursor, frame(4)), nullptr) << "nothing is written there";
  EXPECT_EQ(cursor, last);
}

TEST(Transcript, DoesNotTakeOneFrameForAnother) {
  Transcript transcript;
  read(transcript, 0, 2);
  const std::string said = frame(1);
  Transcript::Cursor cursor = at(transcript, 0);
  const Transcript::Cursor first = cursor;
  for (std::size_t byte = 0; byte < said.size(); ++byte) {
    std::string changed = said;
    changed[byte] ^= 1;
    EXPECT_EQ(transcript.follow(cursor, changed), nullptr) << byte;
  }
  EXPECT_EQ(transcript.follow(cursor, frame(0)), nullptr);
  EXPECT_EQ(transcript.follow(cursor, said.substr(0, said.size() - 1)), nullptr);
  EXPECT_EQ(transcript.follow(cursor, ""), nullptr);
  EXPECT_EQ(cursor, first);
  EXPECT_NE(transcript.follow(cursor, said), nullptr);
}

// The even messages are of another room than the odd ones, and nobody is in both.
TEST(Transcript, HasAThreadForEachRoom) {
  Transcript transcript;
  Transcript::Cursor even = Transcript::kNowhere;
  Transcript::Cursor odd = Transcript::kNowhere;
  for (std::uint32_t i = 0; i < 20; i += 2) {
    transcript.write(even, frame(i), stamp(i));
    transcript.write(odd, frame(i + 1), stamp(i + 1));
  }
  even = at(transcript, 0);
  odd = at(transcript, 1);
  for (std::uint32_t i = 2; i < 20; i += 2) {
    EXPECT_NE(transcript.follow(odd, frame(i + 1)), nullptr) << i;
    EXPECT_NE(transcript.follow(even, frame(i)), nullptr) << i;
  }
}

TEST(Transcript, FollowsWhoReadLast) {
  Transcript transcript;
  read(transcript, 0, 3);
  Transcript::Cursor skipping = at(transcript, 0);  // one who is not sent the second
  EXPECT_EQ(transcript.follow(skipping, frame(2)), nullptr);
  transcript.write(skipping, frame(2), stamp(2));
  Transcript::Cursor other = at(transcript, 0);
  EXPECT_NE(transcript.follow(other, frame(2)), nullptr);
  EXPECT_EQ(other, skipping) << "it is not written twice";
}

// As a server may say it again, at another time of day.
TEST(Transcript, WritesAnotherFrameWithTheSameMessage) {
  Transcript transcript;
  read(transcript, 0, 2);
  std::string later = frame(1);
  later[4] = '4';
  Transcript::Cursor cursor = at(transcript, 0);
  transcript.write(cursor, later, stamp(1));
  cursor = at(transcript, 0);
  EXPECT_EQ(transcript.follow(cursor, frame(1)), nullptr);
  EXPECT_NE(transcript.follow(cursor, later), nullptr);
}

TEST(Transcript, ForgetsTheOldest) {
  Transcript transcript;
  constexpr auto kAll = static_cast<std::uint32_t>(3 * Transcript::kFrames);
  read(transcript, 0, kAll);
  constexpr std::uint32_t kOldest = kAll - Transcript::kFrames;
  Transcript::Cursor cursor = at(transcript, kOldest);
  for (std::uint32_t i = kOldest + 1; i < kAll; ++i) {
    const Transcript::Line* const line = transcript.follow(cursor, frame(i));
    ASSERT_NE(line, nullptr);
    EXPECT_EQ(line->stamp, stamp(i));
  }
  // What is older is read anew, and known from then on.
  read(transcript, 0, 2);
  cursor = at(transcript, 0);
  EXPECT_NE(transcript.follow(cursor, frame(1)), nullptr);
}

TEST(Transcript, LeavesOutWhatIsTooLong) {
  Transcript transcript;
  const std::string most(Transcript::kFrameMost, 'x');
  Transcript::Cursor cursor = at(transcript, 0);
  const Transcript::Cursor before = cursor;
  transcript.write(cursor, most + 'x', stamp(1));
  EXPECT_EQ(cursor, before);
  EXPECT_EQ(transcript.follow(cursor, most + 'x'), nullptr);
  transcript.write(cursor, most, stamp(1));
  EXPECT_NE(cursor, before);
  cursor = before;
  EXPECT_NE(transcript.follow(cursor, most + 'x'), nullptr);
}

}  // namespace
}  // namespace load
