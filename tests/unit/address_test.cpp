// Addresses: text to the kernel's form and back.
#include "core/address.hpp"

#include <cstring>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>

namespace core {
namespace {

std::string round_trip(std::string_view text) {
  const auto address = Address::parse(text);
  return address ? address->to_string() : "refused";
}

TEST(Address, AnIPv4AddressHoldsWhatTheKernelWants) {
  const Address address = Address::parse("127.0.0.1:7777").value();
  ASSERT_EQ(address.size(), sizeof(sockaddr_in));
  sockaddr_in raw;
  std::memcpy(&raw, address.data(), sizeof(raw));
  EXPECT_EQ(raw.sin_family, AF_INET);
  EXPECT_EQ(raw.sin_port, htons(7777));
  EXPECT_EQ(raw.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

TEST(Address, AnIPv6AddressHoldsWhatTheKernelWants) {
  const Address address = Address::parse("[::1]:80").value();
  ASSERT_EQ(address.size(), sizeof(sockaddr_in6));
  sockaddr_in6 raw;
  std::memcpy(&raw, address.data(), sizeof(raw));
  EXPECT_EQ(raw.sin6_family, AF_INET6);
  EXPECT_EQ(raw.sin6_port, htons(80));
  EXPECT_EQ(std::memcmp(&raw.sin6_addr, &in6addr_loopback, sizeof(in6_addr)), 0);
}

TEST(Address, IsPrintedAsItIsParsed) {
  for (const char* text : {"127.0.0.1:7777", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80",
                           "[::]:7777", "[2001:db8::1]:443", "[::ffff:10.0.0.1]:1"}) {
    EXPECT_EQ(round_trip(text), text);
  }
}

TEST(Address, LocalhostIsTheIPv4Loopback) {
  EXPECT_EQ(round_trip("localhost:7777"), "127.0.0.1:7777");
}

TEST(Address, WhatIsNoNumericAddressWithAPortIsRefused) {
  for (const char* text : {"",
                           ":",
                           ":7777",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:x",
                           "127.0.0.1:-1",
                           "127.0.0.1:+1",
                           "127.0.0.1:65536",
                           "127.0.0.1: 1",
                           " 127.0.0.1:1",
                           "127.1:1",
                           "256.0.0.1:1",
                           "::1",
                           "::1:80",
                           "[::1]",
                           "[::1]80",
                           "[::1:80",
                           "[127.0.0.1]:80",
                           "[]:80",
                           "[:80",
                           "[::1%]:80",
                           "[::1%no-such-link]:80",
                           "example.org:80",
                           "*:80",
                           "LOCALHOST:80"}) {
    EXPECT_EQ(round_trip(text), "refused") << text;
  }
}

TEST(Address, ANulByteHidesNothing) {
  EXPECT_FALSE(Address::parse(std::string_view("127.0.0.1\0.evil:80", 18)));
  EXPECT_FALSE(Address::parse(std::string_view("[::1%lo\0x]:80", 13)));
}

TEST(Address, ALinkLocalAddressKeepsItsInterface) {
  const unsigned int index = if_nametoindex("lo");
  if (index == 0) GTEST_SKIP() << "no interface lo";
  const Address address = Address::parse("[fe80::1%lo]:80").value();
  sockaddr_in6 raw;
  std::memcpy(&raw, address.data(), sizeof(raw));
  EXPECT_EQ(raw.sin6_scope_id, index);
  EXPECT_EQ(address.to_string(), "[fe80::1%lo]:80");
  EXPECT_NE(address, Address::parse("[fe80::1]:80").value());
}

TEST(Address, AnInterfaceThatHasNoNameIsPrintedByNumber) {
  EXPECT_EQ(round_trip("[fe80::1%4000000]:80"), "[fe80::1%4000000]:80");
}

TEST(Address, IsTakenFromTheKernel) {
  const Address v4 = Address::parse("10.0.0.1:1").value();
  const Address v6 = Address::parse("[2001:db8::1]:2").value();
  EXPECT_EQ(Address::from(v4.data(), v4.size()), v4);
  EXPECT_EQ(Address::from(v6.data(), v6.size()), v6);
}

TEST(Address, WhatTheKernelCutShortOrKnowsOtherwiseIsNoAddress) {
  const Address v6 = Address::parse("[2001:db8::1]:2").value();
  EXPECT_EQ(Address::from(v6.data(), sizeof(sockaddr_in)), Address());
  EXPECT_EQ(Address::from(v6.data(), 0), Address());
  sockaddr local{};
  local.sa_family = AF_UNIX;
  EXPECT_EQ(Address::from(&local, sizeof(local)), Address());
}

TEST(Address, NoAddressSaysSo) {
  const Address none;
  EXPECT_EQ(none.family(), AF_UNSPEC);
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(none.port(), 0);
  EXPECT_EQ(none.to_string(), "none");
  EXPECT_FALSE(none.is_loopback());
}

TEST(Address, AnotherPortChangesNothingElse) {
  EXPECT_EQ(Address::parse("10.0.0.1:1")->with_port(65535).to_string(), "10.0.0.1:65535");
  EXPECT_EQ(Address::parse("[2001:db8::1]:1")->with_port(0).to_string(), "[2001:db8::1]:0");
}

TEST(Address, NoAddressCannotHaveAPort) {
  EXPECT_DEATH(static_cast<void>(Address().with_port(1)), "AF_INET");
}

TEST(Address, EqualityIsOfHostAndPort) {
  const Address address = Address::parse("10.0.0.1:1").value();
  EXPECT_EQ(address, Address::parse("10.0.0.1:1").value());
  EXPECT_NE(address, Address::parse("10.0.0.1:2").value());
  EXPECT_NE(address, Address::parse("10.0.0.2:1").value());
  EXPECT_NE(address, Address::parse("[::ffff:10.0.0.1]:1").value());
  EXPECT_NE(Address::parse("[::1]:1").value(), Address::parse("[::2]:1").value());
}

TEST(Address, LoopbackIsKnownInEveryForm) {
  for (const char* text : {"127.0.0.1:1", "127.255.255.254:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(Address::parse(text)->is_loopback()) << text;
  }
  for (const char* text : {"126.255.255.255:1", "128.0.0.1:1", "0.0.0.0:1", "[::]:1", "[::2]:1",
                           "[::ffff:128.0.0.1]:1", "[::7f00:1]:1"}) {
    EXPECT_FALSE(Address::parse(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace core
