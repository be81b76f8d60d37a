// The server's bans: which address one concerns, how long, and who is told of new ones.
#include "server/ban_list.hpp"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace server {
namespace {

core::Address address(const std::string& host) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return core::Address::parse(is_v6 ? "[" + host + "]:4000" : host + ":4000").value();
}

class BanListTest : public ::testing::Test {
 protected:
  static ServerBan ban(const std::string& network, std::time_t until = 0) {
    return {core::Network::parse(network).value(), "alice", "spam", until};
  }
  // The network that is banned; empty: none is.
  std::string found(const std::string& host) {
    const auto ban = list_.find(address(host));
    return ban ? ban->network.to_string() : std::string();
  }

  std::time_t now_ = 1'000'000;
  BanList list_{[this] { return now_; }};
};

TEST_F(BanListTest, ConcernsTheAddressesOfItsNetworkAndNoOthers) {
  EXPECT_TRUE(list_.add(ban("192.0.2.0/24")));
  EXPECT_TRUE(list_.add(ban("2001:db8::/32")));
  EXPECT_EQ(found("192.0.2.1"), "192.0.2.0/24");
  EXPECT_EQ(found("::ffff:192.0.2.1"), "192.0.2.0/24");
  EXPECT_EQ(found("192.0.3.1"), "");
  EXPECT_EQ(found("2001:db8:1::7"), "2001:db8::/32");
  EXPECT_EQ(found("2001:db9::7"), "");
  EXPECT_EQ(list_.find(core::Address()), std::nullopt);
}

TEST_F(BanListTest, OfSeveralTheNarrowestIsFound) {
  list_.add(ban("192.0.0.0/16"));
  list_.add(ban("192.0.2.1"));
  list_.add(ban("192.0.2.0/24"));
  EXPECT_EQ(found("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(found("192.0.2.2"), "192.0.2.0/24");
  EXPECT_TRUE(list_.remove(core::Network::parse("192.0.2.1").value()));
  EXPECT_EQ(found("192.0.2.1"), "192.0.2.0/24");
}

TEST_F(BanListTest, IsOverByItself) {
  list_.add(ban("192.0.2.1", now_ + 60));
  now_ += 59;
  EXPECT_EQ(found("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(list_.all().size(), 1u);
  now_ += 1;
  EXPECT_EQ(found("192.0.2.1"), "");
  EXPECT_EQ(list_.all().size(), 0u);
  EXPECT_FALSE(list_.remove(core::Network::parse("192.0.2.1").value()));
}

TEST_F(BanListTest, TheSameNetworkAgainTakesThePlaceOfTheFirst) {
  list_.add(ban("192.0.2.1", now_ + 60));
  list_.add(ban("192.0.2.1"));
  now_ += 3600;
  EXPECT_EQ(found("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(list_.all().size(), 1u);
}

TEST_F(BanListTest, RemovesTheVeryNetworkOnly) {
  list_.add(ban("192.0.2.0/24"));
  EXPECT_FALSE(list_.remove(core::Network::parse("192.0.2.0/25").value()));
  EXPECT_FALSE(list_.remove(core::Network::parse("192.0.2.1").value()));
  EXPECT_TRUE(list_.remove(core::Network::parse("192.0.2.0/24").value()));
  EXPECT_EQ(found("192.0.2.1"), "");
}

TEST_F(BanListTest, HoldsSoManyAndOldOnesMakeRoom) {
  for (std::size_t i = 0; i < BanList::kMost; ++i) {
    const bool is_short = i == 7;
    ASSERT_TRUE(
        list_.add(ban(fmt::format("10.0.{}.{}", i / 250, i % 250), is_short ? now_ + 1 : 0)));
  }
  EXPECT_FALSE(list_.add(ban("192.0.2.1")));
  EXPECT_FALSE(list_.add(ban("192.0.2.0/24"))) << "of a length that no other has";
  EXPECT_EQ(found("192.0.2.1"), "");
  EXPECT_TRUE(list_.add(ban("10.0.0.0"))) << "it is there already";
  now_ += 1;
  EXPECT_TRUE(list_.add(ban("192.0.2.1")));
  EXPECT_EQ(list_.all().size(), BanList::kMost);
}

TEST_F(BanListTest, WhatIsListedCanBeRestored) {
  list_.add(ban("192.0.2.1", now_ + 60));
  list_.add(ban("2001:db8::/32"));
  list_.add(ban("10.0.0.0/8"));
  const std::vector<ServerBan> all = list_.all();
  ASSERT_EQ(all.size(), 3u);
  BanList other([this] { return now_; });
  other.add(ban("192.0.9.9"));
  other.restore(all);
  EXPECT_EQ(other.all(), all);
  now_ += 60;
  BanList later([this] { return now_; });
  later.restore(all);
  EXPECT_EQ(later.all().size(), 2u) << "what is over is left out";
}

TEST_F(BanListTest, WhoWatchesIsToldOfEachNewBanAsLongAsItWatches) {
  std::vector<std::string> told;
  {
    const BanList::Watch watch(list_, [&](const ServerBan& one) {
      told.push_back(one.network.to_string() + " " + one.reason);
    });
    list_.add(ban("192.0.2.1"));
    list_.restore({ban("192.0.2.2")});
    list_.add(ban("192.0.2.3"));
  }
  list_.add(ban("192.0.2.4"));
  EXPECT_EQ(told, (std::vector<std::string>{"192.0.2.1 spam", "192.0.2.3 spam"}));
}

}  // namespace
}  // namespace server
