// Bans that were confirmed are there after any end of the server.
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

class KeptBans : public ::testing::Test {
 protected:
  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--set", "data_dir=" + folder_.path() + "/data"});
    return more;
  }

 private:
  const Folder folder_;
};

TEST_F(KeptBans, OfTheServerSurviveAKill) {
  const std::vector<std::string> operators{"--set", "operators.networks=127.0.0.0/8"};
  {
    Server server(arguments(operators));
    Person alice = server.person("alice");
    EXPECT_TRUE(contains(alice.ask("/gban 192.0.2.0/24 7d spam"), "192.0.2.0/24 is banned"));
    EXPECT_TRUE(contains(alice.ask("/gban 198.51.100.7"), "198.51.100.7 is banned"));
    EXPECT_TRUE(contains(alice.ask("/gban 203.0.113.9"), "203.0.113.9 is banned"));
    EXPECT_TRUE(contains(alice.ask("/ungban 203.0.113.9"), "banned from the server no more"));
    server.kill();
  }
  Server server(arguments(operators));
  Person alice = server.person("alice");
  alice.say("/leave");
  alice.sees("you left #lobby");
  alice.say("/bans");
  const std::string first = alice.sees("192.0.2.0/24");
  EXPECT_TRUE(contains(first, "spam")) << first;
  alice.sees("198.51.100.7");
  for (const std::string& line : alice.settle())
    EXPECT_FALSE(contains(line, "203.0.113.9")) << line;
}

TEST_F(KeptBans, OfARoomSurviveTheServerAndEndWithTheRoom) {
  {
    Server server(arguments());
    Person alice = server.person("alice");
    alice.ask("/join #tea");
    EXPECT_EQ(alice.ask("/ban bob 7d spam").substr(0, 30), "-- bob is banned from #tea unt");
    EXPECT_TRUE(contains(alice.ask("/ban 192.0.2.7"), "-- 192.0.2.7 is banned from #tea"));
    EXPECT_TRUE(contains(alice.ask("/unban 192.0.2.7"), "banned from #tea no more"));
    alice.ask("/join #jam");
    EXPECT_TRUE(contains(alice.ask("/ban bob"), "-- bob is banned from #jam"));
    EXPECT_TRUE(contains(alice.ask("/leave #jam"), "#jam"));
    EXPECT_TRUE(contains(alice.ask("/ban eve"), "-- eve is banned from #tea"));
    server.kill();
  }
  {
    Server server(arguments());
    Person bob = server.person("bob");
    EXPECT_TRUE(contains(bob.ask("/join #tea"), "-- error: alice has banned you from #tea"))
        << "by nick";
    EXPECT_FALSE(contains(bob.ask("/join #jam"), "banned")) << "that room ended before";
    Person alice = server.person("alice");
    alice.ask("/join #tea");
    EXPECT_TRUE(contains(alice.ask("/unban bob"), "banned from #tea no more"))
        << "who comes first keeps order there";
    alice.say("/ban joe");  // whether this one is in time or not
    server.process().signal(SIGTERM);
    server.expect_end();
  }
  Server server(arguments());
  Person eve = server.person("eve");
  EXPECT_TRUE(contains(eve.ask("/join #tea"), "-- error: alice has banned you from #tea"));
  Person bob = server.person("bob");
  EXPECT_FALSE(contains(bob.ask("/join #tea"), "banned"));
}

}  // namespace
}  // namespace e2e
