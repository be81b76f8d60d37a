// HOST[:PORT] as people write it.
#include <gtest/gtest.h>

#include "client/terminal/endpoint.hpp"

namespace client {
namespace {

std::string parsed(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  return endpoint ? endpoint->host + " " + std::to_string(endpoint->port) : "none";
}

TEST(ClientEndpoint, AHostAloneHasTheDefaultPort) {
  EXPECT_EQ(parsed("chat.example.org"), "chat.example.org 7777");
  EXPECT_EQ(parsed("10.0.0.1"), "10.0.0.1 7777");
}

TEST(ClientEndpoint, APortMayFollow) {
  EXPECT_EQ(parsed("chat.example.org:1"), "chat.example.org 1");
  EXPECT_EQ(parsed("127.0.0.1:65535"), "127.0.0.1 65535");
}

TEST(ClientEndpoint, AnIpv6AddressNeedsBracketsOnlyBeforeAPort) {
  EXPECT_EQ(parsed("::1"), "::1 7777");
  EXPECT_EQ(parsed("[::1]"), "::1 7777");
  EXPECT_EQ(parsed("[fe80::1%eth0]:7000"), "fe80::1%eth0 7000");
}

TEST(ClientEndpoint, APortIsANumberFrom1To65535) {
  for (const char* const text : {"host:", "host:0", "host:65536", "host:-1", "host:+1", "host: 1",
                                 "host:1x", "[::1]:", "[::1]:0"}) {
    EXPECT_EQ(parsed(text), "none") << text;
  }
}

TEST(ClientEndpoint, AHostHasNoSpacesControlsOrStrayBrackets) {
  for (const char* const text : {"", ":7777", "a b", "a\tb", "a\x7F", "[]", "[::1", "::1]",
                                 "[::1]7777", "[[::1]]", "a[b]"}) {
    EXPECT_EQ(parsed(text), "none") << text;
  }
}

TEST(ClientEndpoint, ACertificateNamesNeitherTheLastDotNorTheZone) {
  for (const auto& [host, name] :
       {std::pair("example.org.", "example.org"), std::pair("example.org", "example.org"),
        std::pair("localhost.", "localhost"), std::pair(".", "."),
        std::pair("127.0.0.1", "127.0.0.1"), std::pair("::1", "::1"),
        std::pair("fe80::1%eth0", "fe80::1"), std::pair("fe80::1%br0.", "fe80::1")}) {
    EXPECT_EQ((Endpoint{.host = host, .port = 7778}.certified_name()), name) << host;
  }
}

TEST(ClientEndpoint, WhatIsPrintedIsReadBack) {
  for (const char* const text : {"chat.example.org:7777", "[::1]:7000", "127.0.0.1:1"}) {
    EXPECT_EQ(parse_endpoint(text).value().to_string(), text);
  }
}

}  // namespace
}  // namespace client
