// Bans in the archive: there again after a restart, gone when they were lifted.
#include "server/archived_bans.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/captured_log.hpp"
#include "tests/unit/support.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace server {
namespace {

using core::support::CapturedLog;

class ArchivedBansTest : public ::testing::Test {
 protected:
  ArchivedBansTest() { open(); }
  void open() {
    bans_.reset();
    archive_.reset();
    archive_.emplace(directory_ / "data");
    bans_.emplace(*archive_, list_);
  }
  // What comes of writing down what the list says of it; empty: it was done.
  std::string write_down(const char* network) {
    return world_.run(bans_->write_down(*core::Network::parse(network))).failure;
  }
  std::string keep(const ServerBan& ban) {
    list_.add(ban);
    return world_.run(bans_->write_down(ban.network)).failure;
  }
  static ServerBan ban(const char* network, std::time_t until = 0) {
    return {.network = core::Network::parse(network).value(),
            .by = "alice",
            .reason = "spam, and \"worse\"",
            .until = until};
  }

  const CapturedLog log_;
  const support::TemporaryDirectory directory_;
  core::support::World world_;
  std::time_t now_ = 0;
  BanList list_{[this] { return now_; }};
  std::optional<Archive> archive_;
  std::optional<ArchivedBans> bans_;
};

TEST_F(ArchivedBansTest, WhatIsKeptIsThereInTheNextServer) {
  EXPECT_EQ(keep(ban("192.0.2.0/24")), "");
  EXPECT_EQ(keep(ban("2001:db8::/32", 4'000'000'000)), "");
  EXPECT_EQ(keep(ban("192.0.2.0/24", 4'000'000'001)), "");
  open();
  const std::vector<ServerBan> all = bans_->load();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(std::find(all.begin(), all.end(), ban("192.0.2.0/24", 4'000'000'001)), all.end());
  EXPECT_NE(std::find(all.begin(), all.end(), ban("2001:db8::/32", 4'000'000'000)), all.end());
}

TEST_F(ArchivedBansTest, WhatIsLiftedIsGone) {
  EXPECT_EQ(keep(ban("192.0.2.1")), "");
  list_.remove(ban("192.0.2.1").network);
  EXPECT_TRUE(world_.run(bans_->write_down(ban("192.0.2.1").network)).was_there);
  EXPECT_FALSE(world_.run(bans_->write_down(ban("192.0.2.1").network)).was_there);
  open();
  EXPECT_TRUE(bans_->load().empty());
}

// Two loops ban and lift; the one that came first has its turn at the store last.
TEST_F(ArchivedBansTest, WhicheverCallComesLastTheStoreHasWhatTheListSays) {
  list_.add(ban("192.0.2.1"));
  list_.remove(ban("192.0.2.1").network);
  EXPECT_EQ(write_down("192.0.2.1"), "") << "the lifting";
  EXPECT_EQ(write_down("192.0.2.1"), "") << "the ban";
  EXPECT_TRUE(bans_->load().empty());
  list_.add(ban("192.0.2.1", 4'000'000'000));
  EXPECT_EQ(write_down("192.0.2.1"), "") << "the ban";
  EXPECT_EQ(write_down("192.0.2.1"), "") << "a lifting from before it";
  EXPECT_EQ(bans_->load(), (std::vector{ban("192.0.2.1", 4'000'000'000)}));
}

TEST_F(ArchivedBansTest, WhatIsOverIsStruckOutByTheNextBanAndAtTheStart) {
  EXPECT_EQ(keep(ban("192.0.2.1", 1'000)), "");
  EXPECT_EQ(keep(ban("192.0.2.2")), "");
  EXPECT_EQ(archive_->store().load_bans().size(), 1U);
  EXPECT_EQ(keep(ban("192.0.2.3", 1'000)), "");
  EXPECT_EQ(archive_->store().load_bans().size(), 2U);
  open();
  EXPECT_EQ(bans_->load(), (std::vector{ban("192.0.2.2")}));
  EXPECT_EQ(archive_->store().load_bans().size(), 1U);
}

TEST_F(ArchivedBansTest, WhatCannotBeWrittenIsSaid) {
  archive_->store().limit_pages(1);
  std::string why;
  for (int i = 0; i < 1'000 && why.empty(); ++i) {
    const std::string network = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    why = keep(ban(network.c_str()));
  }
  EXPECT_NE(why, "");
  EXPECT_TRUE(log_.has("the store failed: " + why));
}

}  // namespace
}  // namespace server
