// Networks: which addresses are in, however they are written.
#include "core/network.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace core {
namespace {

Address at(const std::string& host) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return Address::parse(is_v6 ? "[" + host + "]:7" : host + ":7").value();
}

bool contains(const std::string& network, const std::string& host) {
  return Network::parse(network).value().contains(at(host));
}

TEST(NetworkTest, APrefixHoldsTheAddressesThatBeginWithIt) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(NetworkTest, AnAddressAloneIsANetworkOfOne) {
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_FALSE(contains("::1", "::2"));
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
}

TEST(NetworkTest, ThePrefixOfNoBitsHoldsAllOfItsFamily) {
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "2001:db8::1"));
}

TEST(NetworkTest, AnIpv4AddressWrittenAsIpv6IsTheSameAddress) {
  EXPECT_TRUE(contains("127.0.0.0/8", "::ffff:127.9.9.9"));
  EXPECT_TRUE(contains("::ffff:127.0.0.0/104", "127.9.9.9"));
}

TEST(NetworkTest, NoAddressIsInNoNetwork) {
  EXPECT_FALSE(Network::parse("::/0")->contains(Address()));
}

TEST(NetworkTest, WhatIsNoNetworkIsRefused) {
  using namespace std::string_literals;
  for (const auto& text :
       {""s, "/8"s, "10.0.0.0/"s, "10.0.0.0/33"s, "::/129"s, "10.0.0.0/-1"s, "10.0.0.0/+8"s,
        "10.0.0.0/4294967200"s, "10.0.0.1/8"s, "10/8"s, "localhost"s, "::1/64"s, "[::1]"s,
        "fe80::1%lo"s, "10.0.0.0/8 "s, "10.0.0.0\0/8"s, "10.0.0.0/8/8"s}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(NetworkTest, WhatIsPrintedIsRead) {
  for (const std::string text :
       {"10.0.0.0/8", "127.0.0.1", "0.0.0.0/0", "::1", "2001:db8::/32", "::/0"}) {
    EXPECT_EQ(Network::parse(text).value().to_string(), text);
  }
}

TEST(NetworkTest, ACustomerHasOneIpv4AddressOr64BitsOfIpv6) {
  EXPECT_EQ(Network::of_customer(at("203.0.113.9")).to_string(), "203.0.113.9");
  EXPECT_EQ(Network::of_customer(at("::ffff:203.0.113.9")),
            Network::of_customer(at("203.0.113.9")));
  EXPECT_EQ(Network::of_customer(at("2001:db8:1:2:3:4:5:6")).to_string(), "2001:db8:1:2::/64");
}

TEST(NetworkTest, WhatIsAroundAnAddressHasItsFirstBits) {
  EXPECT_EQ(Network::around(at("203.0.113.9"), 96 + 24).to_string(), "203.0.113.0/24");
  EXPECT_EQ(Network::around(at("2001:db8:1::7"), 32).to_string(), "2001:db8::/32");
}

TEST(NetworkTest, WidthIsJudgedByWhatIsInIt) {
  const auto is_wide = [](std::string_view text) {
    return Network::parse(text).value().is_wider_than(8, 16);
  };
  for (const char* const wide : {"0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/15", "::ffff:0:0/96",
                                 "::/80", "::fffe:0:0/95", "::ffff:10.0.0.0/103"}) {
    EXPECT_TRUE(is_wide(wide)) << wide;
  }
  for (const char* const narrow :
       {"10.0.0.0/8", "127.0.0.1", "2001::/16", "::/81", "::1", "::ffff:10.0.0.0/104"}) {
    EXPECT_FALSE(is_wide(narrow)) << narrow;
  }
}

TEST(NetworkTest, AnAddressIsInAnyOfSeveral) {
  const std::vector<Network> networks = {*Network::parse("10.0.0.0/8"), *Network::parse("::1")};
  EXPECT_TRUE(any_contains(networks, at("::1")));
  EXPECT_FALSE(any_contains(networks, at("11.0.0.1")));
  EXPECT_FALSE(any_contains({}, at("11.0.0.1")));
}

}  // namespace
}  // namespace core
