// A request's head, as it comes from clients, from the network and from those who mean no good.
#include "server/http_request.hpp"

#include <gtest/gtest.h>

namespace server {
namespace {

using State = HttpRequest::State;

TEST(HttpRequestTest, TheRequestLineIsRead) {
  HttpRequest request;
  EXPECT_EQ(request.feed("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\nbody"),
            State::kComplete);
  EXPECT_EQ(request.method(), "GET");
  EXPECT_EQ(request.path(), "/metrics");
}

TEST(HttpRequestTest, ItMayComeByteByByte) {
  const std::string_view text = "\r\nHEAD /healthz HTTP/1.0\r\nHost: a\r\n\r\n";
  HttpRequest request;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    ASSERT_EQ(request.feed(text.substr(i, 1)), State::kIncomplete) << i;
  }
  EXPECT_EQ(request.feed(text.substr(text.size() - 1)), State::kComplete);
  EXPECT_EQ(request.method(), "HEAD");
  EXPECT_EQ(request.path(), "/healthz");
}

TEST(HttpRequestTest, LinesMayEndWithLineFeedAlone) {
  HttpRequest request;
  EXPECT_EQ(request.feed("GET / HTTP/1.1\nHost: a\n\n"), State::kComplete);
  EXPECT_EQ(request.path(), "/");
}

TEST(HttpRequestTest, WhatIsNoRequestIsMalformed) {
  for (const char* const line :
       {"GET", "GET /", "GET / HTTP/2.0", "GET / HTTP/1.x", "GET  HTTP/1.1", " / HTTP/1.1",
        "GET / \x01 HTTP/1.1", "GET /\x80 HTTP/1.1", "hello there", "GET / HTTP/1.1 "}) {
    HttpRequest request;
    EXPECT_EQ(request.feed(std::string(line) + "\r\n\r\n"), State::kMalformed) << line;
  }
}

TEST(HttpRequestTest, AHeadOfTheGreatestSizeIsTaken) {
  const std::string begin = "GET / HTTP/1.1\r\nX: ";
  const std::string end = "\r\n\r\n";
  HttpRequest fits;
  const std::string filler(HttpRequest::kHeadMost - begin.size() - end.size(), 'x');
  EXPECT_EQ(fits.feed(begin + filler + end), State::kComplete);
}

TEST(HttpRequestTest, ALongerOneIsRefusedHoweverItComes) {
  HttpRequest at_once;
  EXPECT_EQ(at_once.feed("GET / HTTP/1.1\r\nX: " + std::string(1'000'000, 'x')), State::kTooLong);
  HttpRequest slowly;
  State state = slowly.feed("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 10'000 && state == State::kIncomplete; ++i) state = slowly.feed("X");
  EXPECT_EQ(state, State::kTooLong);
}

}  // namespace
}  // namespace server
