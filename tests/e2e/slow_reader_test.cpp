// A reader who is slower than the talk: what becomes of it, and that nobody else feels it.
#include <string>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

constexpr std::size_t kLineBytes = 1000;
constexpr std::size_t kLines = 12'000;  // 12 MB: far more than the kernel and limits.max_lag hold
constexpr int kSmallBuffer = 4096;

// Says numbered lines and lets `reader` read them, never further ahead than a batch, so that only
// one who reads nothing falls behind. Checks that the reader gets every line.
void talk(Person& talker, Person& reader, std::size_t from, std::size_t to) {
  constexpr std::size_t kBatch = 200;
  for (std::size_t begin = from; begin < to; begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, to);
    std::string lines;
    for (std::size_t i = begin; i < end; ++i) lines += numbered_line(i, kLineBytes) + "\r\n";
    talker.send(lines);
    for (std::size_t i = begin; i < end; ++i) {
      ASSERT_EQ(reader.sees("<talker> "), "#lobby <talker> " + numbered_line(i, kLineBytes));
    }
  }
}

// What a reader got of a talk, from its lines.
struct Account {
  std::size_t received = 0;
  std::size_t missed = 0;
  std::size_t notices = 0;
  std::size_t next() const { return received + missed; }  // the number that must come next
};

// Takes a line into account; fails the test if it is damaged or out of order.
void take(Account& account, const std::string& line) {
  if (line.starts_with("#lobby <talker> ")) {
    ASSERT_EQ(line, "#lobby <talker> " + numbered_line(account.next(), kLineBytes));
    ++account.received;
  } else if (contains(line, " missed in #lobby")) {
    account.missed += std::stoul(line.substr(3));
    ++account.notices;
  } else {
    // A join or a digest of them.
    ASSERT_TRUE(line.starts_with("#lobby -- ") || line.starts_with("-- ")) << shown(line);
  }
}

TEST(SlowReader, IsSkippedToTheNewestAndToldHowManyItMissed) {
  Server server({"--set", "chat.on_lag=skip"});
  Person talker = server.person("talker");
  Person fast = server.person("fast");
  Person slow(server.chat_port(), "slow", kSmallBuffer);
  const std::size_t before = server.process().resident_bytes();
  talk(talker, fast, 0, kLines);
  EXPECT_LT(server.process().resident_bytes(), before + (kSanitized ? 48u << 20 : 12u << 20));

  talker.say(numbered_line(kLines, kLineBytes));
  talker.say("the end");
  Account account;
  for (;;) {
    const std::string line = without_clock(slow.read_line());
    if (contains(line, "the end")) break;
    ASSERT_NO_FATAL_FAILURE(take(account, line));
  }
  EXPECT_EQ(account.next(), kLines + 1);
  EXPECT_GT(account.received, 0u);
  EXPECT_GT(account.missed, 0u);
  EXPECT_GE(account.notices, 1u);
}

TEST(SlowReader, HearsEverythingAgainOnceItHasCaughtUp) {
  Server server;
  Person talker = server.person("talker");
  Person fast = server.person("fast");
  Person slow(server.chat_port(), "slow", kSmallBuffer);
  talk(talker, fast, 0, kLines);
  talker.say("first call");
  slow.sees("first call");
  slow.settle();
  talk(talker, slow, 0, 500);
  slow.say("I am back");
  EXPECT_EQ(talker.sees("I am back"), "#lobby <slow> I am back");
}

TEST(SlowReader, WhoLagsLessThanTheLimitMissesNothing) {
  Server server({"--set", "limits.max_lag=64MiB"});
  Person talker = server.person("talker");
  Person fast = server.person("fast");
  Person slow(server.chat_port(), "slow", kSmallBuffer);
  talk(talker, fast, 0, kLines);
  Account account;
  while (account.next() < kLines) {
    ASSERT_NO_FATAL_FAILURE(take(account, without_clock(slow.read_line())));
  }
  EXPECT_EQ(account.missed, 0u);
  EXPECT_EQ(account.received, kLines);
}

TEST(SlowReader, IsDisconnectedAndToldWhyWhereThatIsThePolicy) {
  Server server({"--set", "chat.on_lag=disconnect"});
  Person talker = server.person("talker");
  Person fast = server.person("fast");
  Person slow(server.chat_port(), "slow", kSmallBuffer);
  std::size_t said = 0;
  bool gone = false;
  while (!gone && said < kLines) {
    talk(talker, fast, said, said + 200);
    said += 200;
    gone = any_contains(talker.settle(), "slow left (reading too slowly)");
  }
  ASSERT_TRUE(gone);
  Account account;
  std::string line;
  while (!line.starts_with("-- goodbye")) {
    ASSERT_NO_FATAL_FAILURE(take(account, line = without_clock(slow.read_line())));
  }
  EXPECT_TRUE(contains(line, "reading too slowly")) << line;
  EXPECT_LE(account.next(), said);
  EXPECT_GT(account.received, 0u);
  EXPECT_EQ(slow.read_to_end(), "");
  EXPECT_FALSE(any_contains(fast.settle(), "missed"));
}

TEST(SlowReader, ManyOfThemCostTheServerNoMoreThanOne) {
  Server server;
  Person talker = server.person("talker");
  Person fast = server.person("fast");
  std::vector<Client> slow;
  for (int i = 0; i < 50; ++i) {
    slow.emplace_back(server.chat_port(), kSmallBuffer).read_until("#lobby");
  }
  talker.settle();
  const std::size_t before = server.process().resident_bytes();
  talk(talker, fast, 0, kLines / 2);
  EXPECT_LT(server.process().resident_bytes(), before + (kSanitized ? 48u << 20 : 12u << 20));
}

}  // namespace
}  // namespace e2e
