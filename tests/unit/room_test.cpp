// A room by itself: who is in it, what its logs hold, and what a digest makes of comings and
// goings.
#include "server/room.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server_support.hpp"

namespace server {
namespace {

using support::Guest;
using support::Lines;

class RoomTest : public ::testing::Test {
 protected:
  ~RoomTest() override {
    EXPECT_EQ(room_.members(), 0u);
    guests_.clear();
    wires_.loop.run(core::support::nothing());
  }

  Guest& guest() { return *guests_.emplace_back(std::make_unique<Guest>(wires_, hub_, encoder_)); }
  void say(const std::string& text, Membership* author = nullptr) {
    room_.publish(event::Said{.room = "#tea", .from = "alice", .text = text},
                  core::Record::kMessage, now_, fanout_, author);
  }
  void note(const std::string& text) {
    room_.publish(event::TopicChanged{.room = "#tea", .by = "alice", .topic = text},
                  core::Record::kNote, now_, fanout_, nullptr);
  }
  // What is still to be sent to a member.
  Lines owed(const Membership& membership) {
    Lines lines;
    iovec pieces[64];
    const std::size_t count = membership.cursor.gather(pieces);
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    return support::lines_of(bytes);
  }
  Lines history(std::size_t most) {
    Lines lines;
    for (const std::string_view line : room_.history(DialectId::kChat, most).lines) {
      lines.emplace_back(line.substr(0, line.size() - 1));
    }
    return lines;
  }

  support::Wires wires_;
  support::PlainEncoder encoder_;
  const Encoders encoders_{&encoder_};
  const std::tm now_{};
  const Config config_;
  Directory directory_{config_, encoders_};
  BanList bans_{[] { return std::time_t(0); }};
  Hub hub_{wires_.loop, directory_, bans_};
  Fanout fanout_{wires_.loop, config_};
  const std::shared_ptr<Room> house_room_ =
      std::make_shared<Room>("#tea", encoders_, config_.limits.history);
  Room& room_ = *house_room_;
  std::vector<std::unique_ptr<Guest>> guests_;
};

TEST_F(RoomTest, MembersComeAndGoInAnyOrder) {
  std::size_t replayed = 0;
  std::vector<std::unique_ptr<Membership>> all;
  for (int i = 0; i < 5; ++i) all.push_back(room_.add(guest(), fanout_, 0, replayed));
  for (const std::size_t i : {2u, 4u, 0u}) room_.remove(*all[i]);
  EXPECT_EQ(room_.members(), 2u);
  const auto& listed = room_.audiences().front()->members();
  ASSERT_EQ(listed.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(listed[i]->index(), i);
  for (const std::size_t i : {1u, 3u}) room_.remove(*all[i]);
}

TEST_F(RoomTest, AMemberReadsWhatIsPublishedAfterItCame) {
  say("before");
  std::size_t replayed = 0;
  const auto member = room_.add(guest(), fanout_, 0, replayed);
  say("after");
  note("news");
  EXPECT_EQ(owed(*member), (Lines{"#tea <alice> after", "#tea topic by alice: news"}));
  room_.remove(*member);
}

TEST_F(RoomTest, AnAuthorDoesNotReadItsOwn) {
  std::size_t replayed = 0;
  const auto author = room_.add(guest(), fanout_, 0, replayed);
  const auto other = room_.add(guest(), fanout_, 0, replayed);
  say("one");
  say("mine", author.get());
  say("two");
  say("mine too", author.get());
  EXPECT_EQ(owed(*author), (Lines{"#tea <alice> one", "#tea <alice> two"}));
  EXPECT_EQ(owed(*other).size(), 4u);
  for (const auto* const member : {author.get(), other.get()}) {
    room_.remove(const_cast<Membership&>(*member));
  }
}

TEST_F(RoomTest, AReplayIsTheLastMessagesWithoutTheNotesAmongThem) {
  for (int i = 0; i < 5; ++i) {
    say(std::to_string(i));
    note("note");
    note("another");
  }
  std::size_t replayed = 0;
  const auto member = room_.add(guest(), fanout_, 3, replayed);
  EXPECT_EQ(replayed, 3u);
  EXPECT_EQ(owed(*member), (Lines{"#tea <alice> 2", "#tea <alice> 3", "#tea <alice> 4"}));
  room_.remove(*member);
}

TEST_F(RoomTest, AReplayOfManyChunksFindsItsPlace) {
  for (int i = 0; i < 3000; ++i) {
    say(fmt::format("{} {}", i, std::string(100, 'x')));
    if (i % 3 == 0) note("note");
  }
  std::size_t replayed = 0;
  const auto member = room_.add(guest(), fanout_, 20, replayed);
  EXPECT_EQ(replayed, 20u);
  const Lines lines = owed(*member);
  ASSERT_EQ(lines.size(), 20u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_TRUE(lines[i].starts_with(fmt::format("#tea <alice> {} x", 2980 + i))) << lines[i];
  }
  room_.remove(*member);
}

// Whatever was asked for before, and whatever the room has forgotten since.
TEST_F(RoomTest, AReplayIsTheSameHoweverOftenItIsAskedFor) {
  std::mt19937 random(7);
  const auto below = [&](unsigned most) { return random() % most; };
  const auto kept = std::make_shared<Room>("#tea", encoders_, 600);
  Room& room = *kept;
  Lines all;  // the messages of this room; each is 15 bytes or a few more
  for (int i = 0; i < 2000; ++i) {
    switch (below(4)) {
      case 0:
        room.publish(event::Said{.room = "#tea", .from = "alice", .text = std::to_string(i)},
                     core::Record::kMessage, now_, fanout_, nullptr);
        all.push_back(fmt::format("#tea <alice> {}", i));
        break;
      case 1: {
        const std::size_t most = below(8) == 0 ? below(60) : 5;
        std::size_t replayed = 0;
        const auto member = room.add(guest(), fanout_, most, replayed);
        const std::size_t retained = room.history(DialectId::kChat, 1000).lines.size();
        ASSERT_EQ(replayed, std::min(most, retained)) << i;
        Lines expected(all.end() - static_cast<std::ptrdiff_t>(replayed), all.end());
        ASSERT_EQ(owed(*member), expected) << i;
        room.publish(event::TopicChanged{.room = "#tea", .by = "alice", .topic = "b"},
                     core::Record::kNote, now_, fanout_, nullptr);
        expected.push_back(owed(*member).back());
        EXPECT_EQ(owed(*member), expected) << "and what comes after it, notes too";
        room.remove(*member);
        guests_.clear();
        break;
      }
      default:
        for (unsigned notes = below(20); notes > 0; --notes) {
          room.publish(event::TopicChanged{.room = "#tea", .by = "alice", .topic = "a"},
                       core::Record::kNote, now_, fanout_, nullptr);
        }
    }
  }
}

TEST_F(RoomTest, HistoryIsTheLastMessagesWithoutNotes) {
  EXPECT_EQ(history(10), Lines());
  note("note");
  say("one");
  note("note");
  say("two");
  note("note");
  EXPECT_EQ(history(10), (Lines{"#tea <alice> one", "#tea <alice> two"}));
  EXPECT_EQ(history(1), (Lines{"#tea <alice> two"}));
  EXPECT_EQ(history(0), Lines());
}

TEST_F(RoomTest, TheNewestLinesWithinTheLimitAreRetained) {
  for (const auto& [bytes, lines] :
       std::map<std::size_t, std::size_t>{{46, 3}, {45, 3}, {44, 2}, {0, 0}}) {  // each line has 15
    Room room("#tea", encoders_, bytes);
    for (int i = 0; i < 10; ++i) {
      room.publish(event::Said{.room = "#tea", .from = "alice", .text = std::to_string(i)},
                   core::Record::kMessage, now_, fanout_, nullptr);
    }
    const Room::History history = room.history(DialectId::kChat, 10);
    ASSERT_EQ(history.lines.size(), lines) << bytes;
    const std::string oldest = fmt::format("#tea <alice> {}\n", 10 - lines);
    EXPECT_TRUE(history.lines.empty() || history.lines.front() == oldest);
  }
}

TEST_F(RoomTest, AHistoryOutlivesWhatTheRoomRetains) {
  for (int i = 0; i < 100; ++i) say(std::string(1000, 'x'));
  const Room::History old = room_.history(DialectId::kChat, 1000);
  const std::vector<std::string> lines(old.lines.begin(), old.lines.end());
  for (int i = 0; i < 1000; ++i) say(std::string(1000, 'y'));
  for (std::size_t i = 0; i < lines.size(); ++i) ASSERT_EQ(old.lines[i], lines[i]);
}

TEST_F(RoomTest, WhatIsNotRetainedIsFreed) {
  const std::string text(1000, 'x');
  std::size_t replayed = 0;
  const auto talk = [&] {
    room_.remove(*room_.add(guest(), fanout_, 5, replayed));
    guests_.clear();
    for (int i = 0; i < 1000; ++i) say(text);
  };
  talk();
  const std::size_t before = core::support::allocated_bytes();
  for (int round = 0; round < 5; ++round) talk();
  EXPECT_LT(core::support::allocated_bytes(), before + 2 * core::Chunk::kMostBytes);
}

// What a digest published, as descriptions.
Lines flush(Digest& digest) {
  Lines lines;
  digest.flush("#tea", [&](const Event& event) { lines.push_back(support::describe(event)); });
  return lines;
}

TEST(DigestTest, WithoutAnythingNothingIsPublished) {
  Digest digest;
  EXPECT_EQ(flush(digest), Lines());
}

TEST(DigestTest, TwoAreNamedAndTheOthersCounted) {
  Digest digest;
  digest.joined("alice");
  EXPECT_EQ(flush(digest), (Lines{"#tea joined: alice"}));
  for (const char* const nick : {"alice", "bob"}) digest.joined(nick);
  EXPECT_EQ(flush(digest), (Lines{"#tea joined: alice,bob"}));
  for (int i = 0; i < 40; ++i) digest.left(fmt::format("guest-{}", i));
  EXPECT_EQ(flush(digest), (Lines{"#tea left: guest-0,guest-1+38"}));
  EXPECT_EQ(flush(digest), Lines());
}

TEST(DigestTest, TheFirstOfManyNewNamesIsTold) {
  Digest digest;
  digest.renamed("alice", "alicia");
  digest.renamed("bob", "robert");
  EXPECT_EQ(flush(digest), (Lines{"#tea renamed: alice to alicia +1"}));
  EXPECT_EQ(flush(digest), Lines());
}

TEST(DigestTest, WhatHappenedLastIsToldLast) {
  Digest digest;
  digest.joined("alice");
  digest.renamed("alice", "alicia");
  digest.left("alicia");
  EXPECT_EQ(flush(digest),
            (Lines{"#tea joined: alice", "#tea renamed: alice to alicia +0", "#tea left: alicia"}));
  digest.left("alice");
  digest.joined("alice");
  EXPECT_EQ(flush(digest), (Lines{"#tea left: alice", "#tea joined: alice"}));
}

}  // namespace
}  // namespace server
