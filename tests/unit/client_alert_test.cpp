// What makes a terminal ring or notify, and that nobody can write into the sequence.
#include <algorithm>

#include <gtest/gtest.h>

#include "client/terminal/alert.hpp"

namespace client {
namespace {

std::string alert(AlertChoice choice, std::string_view line) {
  std::string out;
  append_alert(choice, parse_server_line(line), out);
  return out;
}

constexpr const char* kLine = "12:03 #dev <bob> hi alice; lunch?";

TEST(ClientAlert, NothingUnlessChosen) {
  EXPECT_EQ(alert({}, kLine), "");
}

TEST(ClientAlert, ABellIsOneByte) {
  EXPECT_EQ(alert({.bell = true}, kLine), "\a");
}

TEST(ClientAlert, ANotificationSaysWhoWhereAndWhat) {
  EXPECT_EQ(alert({.notification = Notification::kOsc9}, kLine),
            "\x1B]9;bob in #dev: hi alice, lunch?\a");
  EXPECT_EQ(alert({.notification = Notification::kOsc777}, kLine),
            "\x1B]777;notify;bob in #dev;hi alice, lunch?\a");
  EXPECT_EQ(alert({.notification = Notification::kOsc777}, "-- 12:03 bob tells you: psst"),
            "\x1B]777;notify;bob;psst\a");
}

TEST(ClientAlert, NobodyEndsOrSplitsTheSequence) {
  const std::string out = alert({.notification = Notification::kOsc777},
                                "12:03 #dev <bo;b> alice \a \x1B\\ \x9C ;;; \xC2\x9C end");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\a'), 1);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\x1B'), 1);
  EXPECT_EQ(std::count(out.begin(), out.end(), ';'), 3);
  EXPECT_TRUE(out.ends_with(" end\a"));
}

TEST(ClientAlert, ALongTextIsCut) {
  const std::string line = "12:03 #dev <bob> alice " + std::string(10'000, 'x');
  EXPECT_LT(alert({.notification = Notification::kOsc9}, line).size(), 300U);
}

}  // namespace
}  // namespace client
