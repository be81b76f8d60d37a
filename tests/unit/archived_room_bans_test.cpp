// Bans of rooms in the archive: there again after a restart, gone when they were lifted or the room
// had ended.
#include "server/archived_room_bans.hpp"

#include <algorithm>
#include <ctime>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/captured_log.hpp"
#include "tests/unit/server_support.hpp"
#include "tests/unit/support.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace server {
namespace {

using core::support::CapturedLog;

class ArchivedRoomBansTest : public ::testing::Test {
 protected:
  ArchivedRoomBansTest() { start(); }
  // Another server, in place of the one before; so much later.
  void start(std::time_t later = 0) {
    bans_.reset();
    archive_.reset();
    now_ += later;
    directory_.emplace(Config(), Encoders{&encoder_});
    archive_.emplace(folder_ / "data");
    bans_.emplace(*archive_, *directory_);
    bans_->restore(now_);
  }
  void ban(const std::string& room, Sanction sanction) {
    Directory::Access here(*directory_);
    Room* found = here.find_room(room);
    if (found == nullptr) found = &here.create_room(room, here.room_quota().take_beyond());
    found->make_rules().bans.add(sanction, here.sanctions().take_beyond());
  }
  std::string write_down(const char* room) { return world_.run(bans_->write_down(room)); }
  // What is kept for that room: nick, account and network.
  std::vector<std::string> kept(const char* room) {
    Directory::Access here(*directory_);
    const Sanctions* const bans = here.kept_bans().find(room, now_);
    std::vector<std::string> all;
    if (bans == nullptr) return all;
    for (const Sanction* const one : bans->all(now_)) {
      all.push_back(one->nick + "/" + one->account + "/" +
                    (one->network ? one->network->to_string() : "") + " by " + one->by + ": " +
                    one->reason + (one->until == 0 ? "" : " until " + std::to_string(one->until)));
    }
    return all;
  }
  // The room goes, with its bans.
  void end(const char* room) {
    Directory::Access here(*directory_);
    here.remove_if_unused(*here.find_room(room));
  }

  static constexpr std::time_t kLater = 4'000'000'000;

  std::time_t now_ = std::time(nullptr);
  const CapturedLog log_;
  const support::TemporaryDirectory folder_;
  support::PlainEncoder encoder_;
  core::support::World world_;
  std::optional<Directory> directory_;
  std::optional<Archive> archive_;
  std::optional<ArchivedRoomBans> bans_;
};

Sanction against(std::string nick, std::string account = {}, std::string_view network = {},
                 std::time_t until = 0) {
  return {.nick = std::move(nick),
          .account = std::move(account),
          .network = core::Network::parse(network),
          .by = "alice",
          .reason = "spam, and \"worse\"",
          .until = until};
}

TEST_F(ArchivedRoomBansTest, WhatIsKeptIsThereInTheNextServer) {
  ban("#Tea", against("bob", "bob", "192.0.2.0/24"));
  ban("#tea", against("eve"));
  ban("#tea", against({}, {}, "2001:db8::/32", kLater));
  ban("#jam", against("joe"));
  EXPECT_EQ(write_down("#TEA"), "");
  EXPECT_EQ(write_down("#jam"), "");
  start();
  std::vector<std::string> after = kept("#Tea");
  std::sort(after.begin(), after.end());
  EXPECT_EQ(after, (std::vector<std::string>{
                       "//2001:db8::/32 by alice: spam, and \"worse\" until 4000000000",
                       "bob/bob/192.0.2.0/24 by alice: spam, and \"worse\"",
                       "eve// by alice: spam, and \"worse\""}));
  EXPECT_EQ(kept("#jam").size(), 1U);
  Directory::Access here(*directory_);
  EXPECT_EQ(here.rooms(), 0U) << "nobody is there";
  EXPECT_EQ(here.sanctions().taken(), 4U);
}

TEST_F(ArchivedRoomBansTest, WhatIsLiftedOrOverIsGone) {
  ban("#tea", against("bob"));
  ban("#tea", against("eve"));
  ban("#tea", against("joe", {}, {}, now_ + 3600));
  EXPECT_EQ(write_down("#tea"), "");
  Directory::Access(*directory_).find_room("#tea")->rules()->bans.remove("bob", now_);
  EXPECT_EQ(write_down("#tea"), "");
  start();
  EXPECT_EQ(kept("#tea").size(), 2U);
  start(3600);
  EXPECT_EQ(kept("#tea").size(), 1U);
}

TEST_F(ArchivedRoomBansTest, TheyEndWithTheRoomButNotWithTheServer) {
  ban("#tea", against("bob"));
  ban("#jam", against("bob"));
  ban("#jam", against("eve"));
  EXPECT_EQ(write_down("#tea"), "");
  EXPECT_EQ(write_down("#jam"), "");
  end("#tea");
  EXPECT_EQ(write_down("#tea"), "");
  Directory::Access(*directory_).set_server_ends();
  end("#jam");
  EXPECT_EQ(write_down("#jam"), "the server is shutting down") << "it came too late";
  start();
  EXPECT_EQ(kept("#tea").size(), 0U);
  EXPECT_EQ(kept("#jam").size(), 2U);
}

// Told what is to be written down, and does nothing.
class Listening final : public RoomBanKeeper {
 public:
  core::Task<std::string> write_down(std::string /*room*/) override { co_return std::string(); }
  void write_down_soon(const std::string& room) noexcept override { rooms.push_back(room); }

  std::vector<std::string> rooms;
};

TEST_F(ArchivedRoomBansTest, AreToBeWrittenDownWhenTheirRoomHasEnded) {
  Listening listening;
  ban("#tea", against("bob"));
  ban("#jam", against("bob"));
  {
    Directory::Access here(*directory_);
    here.set_room_ban_keeper(&listening);
    here.create_room("#bare", {});
  }
  end("#bare");
  end("#tea");
  Directory::Access(*directory_).set_server_ends();
  end("#jam");
  EXPECT_EQ(listening.rooms, std::vector<std::string>{"#tea"});
}

TEST_F(ArchivedRoomBansTest,
       ARoomThatDoesNotBeginAgainIsForgottenInADayHoweverOftenTheServerIsStarted) {
  ban("#tea", against("bob"));
  EXPECT_EQ(write_down("#tea"), "");
  start();
  start(ArchivedRoomBans::kAwaited / 2);
  EXPECT_EQ(kept("#tea").size(), 1U);
  now_ += ArchivedRoomBans::kAwaited / 2;
  EXPECT_EQ(kept("#tea").size(), 0U) << "in a server that goes on";
  Directory::Access(*directory_).forget_old_sanctions(now_);
  EXPECT_EQ(Directory::Access(*directory_).sanctions().taken(), 0U);
  start();
  EXPECT_TRUE(archive_->store().load_bans().empty()) << "and in the next one";
}

TEST_F(ArchivedRoomBansTest, WhatIsNotOfThisServersWritingIsLeftOut) {
  for (const char* const subject : {"", "bob", "nick: account: network:", "network:192.0.2.1"}) {
    archive_->store().add_ban({.room = "#tea",
                               .subject = subject,
                               .reason = "",
                               .by = "",
                               .created = 0,
                               .until = std::nullopt});
  }
  start();
  EXPECT_TRUE(kept("#tea").empty());
}

TEST_F(ArchivedRoomBansTest, AStoreThatFailsSaysWhyAndKeepsWhatItHad) {
  ban("#tea", against("bob"));
  EXPECT_EQ(write_down("#tea"), "");
  const std::uint64_t writes = archive_->writes();
  archive_->store().limit_pages(1);
  for (int i = 0; i < 900; ++i) ban("#tea", against("n" + std::to_string(i)));
  EXPECT_EQ(write_down("#tea"), "the disk is full");
  EXPECT_EQ(archive_->writes(), writes);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(write_down("#tea"), "the disk is full");
  EXPECT_EQ(log_.count("the store failed: the disk is full"), LogLimiter::kRate.burst)
      << "whoever begins a room could fill the disk with it";
  start();
  EXPECT_EQ(kept("#tea").size(), 1U);
}

// Each of those who wait for the store is answered, and what they asked for is done at once.
TEST_F(ArchivedRoomBansTest, WhatManyAskForWhileTheStoreIsBusyIsWrittenOnce) {
  std::promise<void> go;
  const std::uint64_t writes = archive_->writes();
  const auto ask_all = [&]() -> core::Task<int> {
    core::Loop& loop = core::current_loop();
    auto busy = loop.spawn(
        archive_->at_store([wait = go.get_future().share()](Store&) { return wait.wait(), 0; }),
        "busy");
    std::vector<core::TaskHandle<std::string>> asked;
    for (int i = 0; i < 20; ++i) {
      ban("#tea", against("n" + std::to_string(i)));
      asked.push_back(loop.spawn(bans_->write_down("#tea"), "asks"));
    }
    co_await core::sleep(std::chrono::milliseconds(1));
    go.set_value();
    int done = 0;
    for (auto& one : asked) done += (co_await one).empty() ? 1 : 0;
    co_return done + co_await busy;
  };
  EXPECT_EQ(world_.run(ask_all()), 20);
  EXPECT_EQ(archive_->writes() - writes, 20U) << "one for each ban";
}

}  // namespace
}  // namespace server
