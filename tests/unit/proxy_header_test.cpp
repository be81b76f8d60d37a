// The PROXY header in every form there is, cut anywhere, and what only looks like one.
#include "server/proxy_header.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace server {
namespace {

using namespace std::string_literals;
using State = ProxyHeader::State;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

// A header of version 2 with its length.
std::string binary(unsigned char command, unsigned char family, const std::string& rest) {
  std::string header = kSignature;
  header += {static_cast<char>(command), static_cast<char>(family),
             static_cast<char>(rest.size() >> 8), static_cast<char>(rest.size() & 255)};
  return header + rest;
}

// 192.0.2.1:56324 to 198.51.100.1:443, and 2001:db8::1 to 2001:db8::2.
const std::string kAddresses4 = "\xC0\x00\x02\x01\xC6\x33\x64\x01\xDC\x04\x01\xBB"s;
const std::string kAddresses6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" +
                                "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x02" +
                                "\xDC\x04\x01\xBB"s;

struct Form {
  std::string header;
  std::string source;  // "none": the connection's own address counts
};

std::vector<Form> forms() {
  return {
      {"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "192.0.2.1:56324"},
      {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 0 0\r\n", "192.0.2.1:0"},
      {"PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "[2001:db8::1]:56324"},
      {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
      {"PROXY UNKNOWN\r\n", "none"},
      {"PROXY UNKNOWN whatever it is\tthat follows\r\n", "none"},
      {"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "none"},  // the longest
      {binary(0x21, 0x11, kAddresses4), "192.0.2.1:56324"},
      {binary(0x21, 0x21, kAddresses6), "[2001:db8::1]:56324"},
      {binary(0x21, 0x11, kAddresses4 + "\x04\x00\x02\x00\x00"s), "192.0.2.1:56324"},
      {binary(0x21, 0x21, kAddresses6 + std::string(1000, 'T')), "[2001:db8::1]:56324"},
      {binary(0x21, 0x31, std::string(216, 'u')), "none"},
      {binary(0x21, 0x00, ""), "none"},
      {binary(0x21, 0x00, "a TLV or two"), "none"},
      {binary(0x20, 0x00, ""), "none"},
      {binary(0x20, 0x11, kAddresses4), "none"},
      {binary(0x20, 0xFF, "its family is ignored"), "none"},
  };
}

TEST(ProxyHeader, EveryFormIsUnderstood) {
  for (const Form& form : forms()) {
    ProxyHeader header;
    std::string_view bytes = form.header;
    EXPECT_EQ(header.feed(bytes), State::kComplete) << form.header << header.fault();
    EXPECT_EQ(bytes, "");
    EXPECT_EQ(header.source().to_string(), form.source);
  }
}

TEST(ProxyHeader, EveryBeginningOfOneNeedsMore) {
  for (const Form& form : forms()) {
    for (std::size_t size = 0; size < form.header.size(); ++size) {
      ProxyHeader header;
      std::string_view bytes = std::string_view(form.header).substr(0, size);
      ASSERT_EQ(header.feed(bytes), State::kIncomplete) << form.header.substr(0, size);
      ASSERT_EQ(bytes, "");
    }
  }
}

TEST(ProxyHeader, ItMayBeCutAnywhereAndWhatFollowsIsNotOfIt) {
  for (const Form& form : forms()) {
    for (std::size_t cut = 0; cut <= form.header.size(); ++cut) {
      const std::string all = form.header + "/nick alice\r\n";
      ProxyHeader header;
      std::string_view first = std::string_view(all).substr(0, cut);
      std::string_view second = std::string_view(all).substr(cut);
      if (header.feed(first) == State::kIncomplete) {
        ASSERT_EQ(header.feed(second), State::kComplete);
      }
      ASSERT_EQ(second.substr(second.size() - 13), "/nick alice\r\n");
      ASSERT_EQ(header.source().to_string(), form.source);
    }
  }
}

TEST(ProxyHeader, WhatIsNoneIsMalformedAndSaysWhy) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"hello\r\n", "it does not begin with a PROXY header"},
      {"proxy TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "it does not begin with a PROXY header"},
      {"PROXX", "it does not begin with a PROXY header"},
      {"PROXY\r\n", "it does not begin with a PROXY header"},
      {"\r\n\r\nhello", "it does not begin with a PROXY header"},
      {"\x16\x03\x01", "it does not begin with a PROXY header"},
      {"PROXY \r\n", "neither TCP4, TCP6 nor UNKNOWN"},
      {"PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n", "neither TCP4, TCP6 nor UNKNOWN"},
      {"PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n", "neither TCP4, TCP6 nor UNKNOWN"},
      {"PROXY UNKNOWNS\r\n", "neither TCP4, TCP6 nor UNKNOWN"},
      {"PROXY TCP4\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1  198.51.100.1 1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 192.0.2.1\0x 198.51.100.1 1 2\r\n"s, "its addresses or ports are none"},
      {"PROXY TCP4 localhost 198.51.100.1 1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n", "its addresses or ports are none"},
      {"PROXY TCP6 fe80::1%lo fe80::2 1 2\r\n", "its addresses or ports are none"},
      {"PROXY UNKNOWN\n", "CR and LF do not stand together"},
      {"PROXY UNKNOWN\rx", "CR and LF do not stand together"},
      {"PROXY UNKNOWN\r\r", "CR and LF do not stand together"},
      {"PROXY UNKNOWN " + std::string(93, 'x'), "version 1 has at most 107 bytes"},
      {kSignature + "\x11", "neither LOCAL nor PROXY of version 2"},
      {kSignature + "\x22", "neither LOCAL nor PROXY of version 2"},
      {kSignature + "\x31", "neither LOCAL nor PROXY of version 2"},
      {kSignature + "\x21\x12", "it comes for datagrams"},
      {kSignature + "\x21\x22", "it comes for datagrams"},
      {kSignature + "\x21\x32", "it comes for datagrams"},
      {kSignature + "\x21\x10", "its family is none"},
      {kSignature + "\x21\x41", "its family is none"},
      {kSignature + "\x21\x01", "its family is none"},
      {kSignature + "\x21\x11\x00\x0B"s, "it is too short for its addresses"},
      {kSignature + "\x21\x21\x00\x23"s, "it is too short for its addresses"},
      {kSignature + "\x21\x31\x00\xD7"s, "it is too short for its addresses"},
      {kSignature + "\x21\x11\xFF\xFF"s, "it is longer than 2 KiB"},
      {kSignature + "\x20\x11\xFF\xFF"s, "it is longer than 2 KiB"},
  };
  for (const auto& [text, fault] : cases) {
    ProxyHeader header;
    std::string_view bytes = text;
    EXPECT_EQ(header.feed(bytes), State::kMalformed) << text;
    EXPECT_EQ(header.fault(), fault) << text;
    EXPECT_EQ(header.source(), core::Address()) << text;
  }
}

// Who is no gateway after all is not kept waiting.
TEST(ProxyHeader, TheFirstWrongByteIsEnough) {
  for (const std::string& beginning : {"h"s, "PROXI"s, kSignature.substr(0, 4) + "x"}) {
    ProxyHeader header;
    std::string_view bytes = beginning;
    EXPECT_EQ(header.feed(bytes), State::kMalformed) << beginning;
    EXPECT_EQ(bytes, "");
  }
}

TEST(ProxyHeader, AtTheGreatestLengthItIsTaken) {
  ProxyHeader text;
  const std::string longest = "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n";
  ASSERT_EQ(longest.size(), ProxyHeader::kTextMost);
  std::string_view bytes = longest;
  EXPECT_EQ(text.feed(bytes), State::kComplete);

  ProxyHeader with_tlvs;
  const std::string greatest = binary(
      0x21, 0x11, kAddresses4 + std::string(ProxyHeader::kBinaryMost - 16 - kAddresses4.size(), 0));
  ASSERT_EQ(greatest.size(), ProxyHeader::kBinaryMost);
  bytes = greatest;
  EXPECT_EQ(with_tlvs.feed(bytes), State::kComplete);
  EXPECT_EQ(with_tlvs.source().to_string(), "192.0.2.1:56324");
}

}  // namespace
}  // namespace server
