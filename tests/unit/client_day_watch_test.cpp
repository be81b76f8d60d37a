// When a day begins, also where clocks are changed.
#include <cstdlib>

#include <gtest/gtest.h>

#include "client/terminal/day_watch.hpp"

namespace client {
namespace {

class ClientDayWatch : public ::testing::Test {
 protected:
  void SetUp() override { use("CET-1CEST,M3.5.0,M10.5.0/3"); }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static void use(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  static std::time_t at(int year, int month, int day, int hour, int minute) {
    std::tm calendar{};
    calendar.tm_year = year - 1900;
    calendar.tm_mon = month - 1;
    calendar.tm_mday = day;
    calendar.tm_hour = hour;
    calendar.tm_min = minute;
    calendar.tm_isdst = -1;
    return std::mktime(&calendar);
  }
};

TEST_F(ClientDayWatch, TellsOnceOfEachNewDay) {
  DayWatch days(at(2026, 11, 26, 23, 58));
  EXPECT_EQ(days.look(at(2026, 11, 26, 23, 59)), std::nullopt);
  EXPECT_EQ(days.look(at(2026, 11, 27, 0, 0)), "it is Friday, 27 November 2026");
  EXPECT_EQ(days.look(at(2026, 11, 27, 0, 1)), std::nullopt);
  EXPECT_EQ(days.look(at(2027, 11, 27, 0, 1)), "it is Saturday, 27 November 2027")
      << "a year asleep is no day";
}

TEST_F(ClientDayWatch, KnowsHowLongADayIs) {
  EXPECT_EQ(DayWatch::until_midnight(at(2026, 11, 26, 23, 59)), 60);
  EXPECT_EQ(DayWatch::until_midnight(at(2026, 12, 31, 0, 0)), 24 * 3600);
  EXPECT_EQ(DayWatch::until_midnight(at(2026, 3, 29, 0, 0)), 23 * 3600);
  EXPECT_EQ(DayWatch::until_midnight(at(2026, 10, 25, 0, 0)), 25 * 3600);
}

}  // namespace
}  // namespace client
