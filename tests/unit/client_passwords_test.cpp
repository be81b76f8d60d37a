// Which lines hold a password, and how the server says that one is to be typed.
#include <gtest/gtest.h>

#include "client/terminal/passwords.hpp"

namespace client {
namespace {

TEST(ClientPasswords, CommandsThatTakeOneHoldOne) {
  for (const char* const line :
       {"/login", "/LOGIN alice secret", "/register secret", "/password a b", "/oper x",
        "/unregister y", "/login\tsecret", "hello\n/register secret\nbye"}) {
    EXPECT_TRUE(holds_password(line)) << line;
  }
}

TEST(ClientPasswords, OtherLinesHoldNone) {
  for (const char* const line : {"", "hello", "//login a b", "/loginx", "/me /login", "say /login",
                                 "/log in", "login alice secret"}) {
    EXPECT_FALSE(holds_password(line)) << line;
  }
}

TEST(ClientPasswords, TheRequestIsTakenOffTheEndOfALine) {
  std::string_view line = "-- please\xFF\xFB\x01";
  EXPECT_EQ(take_echo_request(line), EchoRequest::kHide);
  EXPECT_EQ(line, "-- please");
  line = "-- thank you\xFF\xFC\x01";
  EXPECT_EQ(take_echo_request(line), EchoRequest::kShow);
  EXPECT_EQ(line, "-- thank you");
}

TEST(ClientPasswords, ALineWithoutOneStaysWhole) {
  for (const std::string_view text : {"", "-- hello", "\xFF\xFB\x01 text", "\xFF\xFB"}) {
    std::string_view line = text;
    EXPECT_EQ(take_echo_request(line), std::nullopt);
    EXPECT_EQ(line, text);
  }
}

}  // namespace
}  // namespace client
