// Bans in the archive: there again after a restart, gone when they were lifted.
#include "server/archived_bans.hpp"

#include <optional>
#include <string>

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
    bans_.emplace(*archive_);
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
  std::optional<Archive> archive_;
  std::optional<ArchivedBans> bans_;
};

TEST_F(ArchivedBansTest, WhatIsKeptIsThereInTheNextServer) {
  EXPECT_EQ(world_.run(bans_->keep(ban("192.0.2.0/24"))), "");
  EXPECT_EQ(world_.run(bans_->keep(ban("2001:db8::/32", 4'000'000'000))), "");
  EXPECT_EQ(world_.run(bans_->keep(ban("192.0.2.0/24", 4'000'000'001))), "");
  open();
  const std::vector<ServerBan> all = bans_->load();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(std::find(all.begin(), all.end(), ban("192.0.2.0/24", 4'000'000'001)), all.end());
  EXPECT_NE(std::find(all.begin(), all.end(), ban("2001:db8::/32", 4'000'000'000)), all.end());
}

TEST_F(ArchivedBansTest, WhatIsLiftedIsGone) {
  EXPECT_EQ(world_.run(bans_->keep(ban("192.0.2.1"))), "");
  EXPECT_EQ(world_.run(bans_->forget(ban("192.0.2.1").network)), "");
  EXPECT_EQ(world_.run(bans_->forget(ban("192.0.2.1").network)), "");
  open();
  EXPECT_TRUE(bans_->load().empty());
}

TEST_F(ArchivedBansTest, WhatCannotBeWrittenIsSaid) {
  archive_->store().limit_pages(1);
  std::string why;
  for (int i = 0; i < 1'000 && why.empty(); ++i) {
    const std::string network = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    why = world_.run(bans_->keep(ban(network.c_str())));
  }
  EXPECT_NE(why, "");
  EXPECT_TRUE(log_.has("the store failed: " + why));
}

}  // namespace
}  // namespace server
